"""Pages of a long list by key: the address holds the last row seen, so a page is equally fast at any depth."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from reviewapp.lib.errors import BadRequest, require_clean_text

M = TypeVar("M", bound=Model)
BIGGEST = 2**62


@dataclass(frozen=True)
class Page(Generic[M]):
    rows: list[M]
    next_url: str
    previous_url: str


def page_by_key(
    rows: "QuerySet[M, Any]",
    request: HttpRequest,
    *,
    key: str = "pk",
    kind: type = int,
    descending: bool = False,
    size: int = 50,
) -> Page[M]:
    """One page of rows ordered by `key`, then by primary key. Raises BadRequest for an address no page gave.

    `key` names a column or annotation of `kind` (int or str) that is never null. The cursor stands in `?after=` or `?before=`.
    """
    back = "before" in request.GET
    cursor = _read(
        request.GET.get("before") or request.GET.get("after") or "", kind=kind if key != "pk" else type(None)
    )
    falling = descending != back
    sign = "-" if falling else ""
    order = [f"{sign}pk"] if key == "pk" else [f"{sign}{key}", f"{sign}pk"]
    rows = rows.order_by(*order)
    if cursor is not None:
        beyond = "lt" if falling else "gt"
        past = Q(**{f"pk__{beyond}": cursor[1]})
        if key != "pk":
            past = Q(**{f"{key}__{beyond}": cursor[0]}) | Q(**{key: cursor[0]}) & past
        rows = rows.filter(past)
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    return Page(
        found,
        next_url=_url(request, "after", found[-1], key) if found and (more or back) else "",
        previous_url=_url(request, "before", found[0], key)
        if found and ((more and back) or (cursor and not back))
        else "",
    )


def _url(request: HttpRequest, side: str, row: Model, key: str) -> str:
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    value = None if key == "pk" else getattr(row, key)
    query[side] = urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode().rstrip("=")
    return f"?{query.urlencode()}"


def _read(cursor: str, *, kind: type) -> tuple[Any, int] | None:
    if not cursor:
        return None
    try:
        value, pk = json.loads(urlsafe_b64decode(cursor.encode() + b"=="))
    except (ValueError, TypeError, RecursionError):
        raise BadRequest("This address does not come from an earlier page of the list.") from None
    if isinstance(value, str):
        require_clean_text(value, what="address")
    if (
        type(value) is not kind
        or type(pk) is not int
        or abs(pk) > BIGGEST
        or (isinstance(value, int) and abs(value) > BIGGEST)
    ):
        raise BadRequest("This address does not come from an earlier page of the list.")
    return value, pk
