"""The page that lays the diagrams of two days side by side, and the records behind a difference."""

import csv
import io
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviewapp.lib.errors import BadRequest
from reviewapp.reporting.past.asked import Asked, asked_of, picture_at
from reviewapp.reporting.past.changes import COLUMNS, Change, changes, table_rows
from reviewapp.reporting.past.picture import Picture
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.formats.writers import guarded

SIDES = ("came", "went")


def two_moments(query: dict[str, str]) -> tuple[Asked, Asked]:
    """`since` and `on` of an address, the earlier first; without `on` it is today. Raises BadRequest."""
    then, now = asked_of({"on": query.get("since", "")}), asked_of({"on": query.get("on", "")})
    if then.on and then.on > (now.on or timezone.now()):
        raise BadRequest("The first day lies after the second.")
    return then, now


def two_pictures(request_query: dict[str, str], request: ReviewRequest) -> tuple[Picture, Picture]:
    then, now = two_moments(request_query)
    return picture_at(request.review, then), picture_at(request.review, now)


@require_safe
@review_view(Can.READ)
def prisma_changes(request: ReviewRequest) -> HttpResponse:
    """Each box then and now, what came and what went."""
    query = {name: request.GET.get(name, "") for name in ("since", "on")}
    found: list[Change] = changes(*two_pictures(query, request)) if query["since"] else []
    base = reverse("reporting:changed", args=[request.review.pk])
    moments = {name: text for name, text in query.items() if text}
    context = {
        "page_title": "What changed",
        "since": query["since"],
        "on": query["on"],
        "today": timezone.localdate().isoformat(),
        "query": urlencode(moments),
        "lines": [
            (one, *(f"{base}?{urlencode({**moments, 'box': one.key, 'side': side})}" for side in SIDES))
            for one in found
        ],
        "changed": sum(one.is_one for one in found),
    }
    return render(request, "reporting/changes.html", context)


@require_safe
@review_view(Can.READ)
def prisma_changes_export(request: ReviewRequest) -> HttpResponse:
    query = {name: request.GET.get(name, "") for name in ("since", "on")}
    if not query["since"]:
        raise BadRequest("Say since when.")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for row in table_rows(changes(*two_pictures(query, request))):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    answer = HttpResponse(table.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="prisma-changes.csv"'
    return answer


def changed_ids(then: Picture, now: Picture, key: str, side: str) -> frozenset[int]:
    """What came into a box, or went. Raises Http404 for a number that neither diagram has."""
    before, after = then.behind(key), now.behind(key)
    if (before is None and after is None) or side not in SIDES:
        raise Http404("The diagrams have no such number.")
    before, after = before or frozenset(), after or frozenset()
    return after - before if side == "came" else before - after
