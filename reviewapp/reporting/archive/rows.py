"""Rows of a review's tables as lines of JSON. Ids are numbers that count within the archive, so they tell nothing of rows left out."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Field, FileField

from reviewapp.accounts.models import User
from reviewapp.lib.archiving import Scope, Table
from reviewapp.reporting.archive.tables import TABLES
from reviewapp.reviews.models import Membership

CHUNK = 2000


@dataclass
class People:
    """Numbers for people: in the order of joining, or in a random order that stays the same for a review."""

    scope: Scope
    anonymous: bool
    numbers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ids = list(
            Membership.objects.filter(review=self.scope.review)
            .order_by("joined_at", "pk")
            .values_list("user", flat=True)
        )
        if self.anonymous:
            ids.sort(key=self._lot)
        for pk in ids:
            self.number(pk)

    def _lot(self, pk: int) -> str:
        message = f"archive:{self.scope.review.pk}:{pk}".encode()
        return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()

    def number(self, pk: int | None) -> int | None:
        return None if pk is None else self.numbers.setdefault(pk, len(self.numbers) + 1)

    def rows(self) -> Iterator[dict[str, Any]]:
        if self.anonymous:
            yield from ({"id": number, "name": f"Reviewer {number}"} for number in self.numbers.values())
            return
        known = User.objects.in_bulk(self.numbers)
        for pk, number in self.numbers.items():
            yield {"id": number, "name": known[pk].name, "initials": known[pk].initials}


class Rows:
    """All tables of one archive."""

    def __init__(self, scope: Scope, *, anonymous: bool) -> None:
        self.scope, self.anonymous = scope, anonymous
        self.people = People(scope, anonymous)
        self._numbers: dict[str, dict[Any, int]] = {}

    @cached_property
    def tables(self) -> dict[str, Table]:
        return {table.name: table for table in TABLES}

    def number(self, name: str, pk: Any) -> int | None:
        """The row's number in the archive; None for one that is not in it."""
        if name not in self._numbers:
            found = self.tables[name].rows(self.scope).order_by("pk").values_list("pk", flat=True)
            self._numbers[name] = {pk: number for number, pk in enumerate(found, start=1)}
        return self._numbers[name].get(pk)

    def of(self, table: Table) -> Iterator[dict[str, Any]]:
        columns, lists = _columns(table), [each.name for each in table.model._meta.many_to_many]
        rows = table.rows(self.scope).order_by("pk").prefetch_related(*lists)
        for row in rows.iterator(chunk_size=CHUNK):
            told: dict[str, Any] = {"id": self.number(table.name, row.pk)}
            told |= {column.name: self._value(column, row) for column in columns}
            told |= {
                name: sorted(self.people.number(one.pk) or 0 for one in getattr(row, name).all()) for name in lists
            }
            if table.veiled:
                told |= table.veiled(self.scope, row)
            if self.anonymous:
                told |= dict.fromkeys(table.own_words)
            yield told

    def _value(self, column: "Field[Any, Any]", row: Any) -> Any:
        value = getattr(row, column.attname)
        if column.related_model is User:
            return self.people.number(value)
        if column.related_model:
            return None if value is None else self.number(column.related_model._meta.label_lower, value)
        return value

    def schema(self, table: Table) -> dict[str, str]:
        """What stands in each field, for readers and for the check that no row points nowhere."""
        told = {"id": "number in this archive"}
        for column in _columns(table):
            told[column.name] = _kind(column)
        return told | {each.name: "list of people" for each in table.model._meta.many_to_many}


def _columns(table: Table) -> "list[Field[Any, Any]]":
    """Fields that are written: not the review, files, what the database works out, or what leads out of the archive."""
    inside = {each.name for each in TABLES}
    found = []
    for column in table.model._meta.concrete_fields:
        if column.primary_key or column.generated or column.name in table.without or isinstance(column, FileField):
            continue
        target = column.related_model
        if target and (column.name == "review" or (target is not User and target._meta.label_lower not in inside)):
            continue
        found.append(column)
    return found


def _kind(column: "Field[Any, Any]") -> str:
    if column.related_model is User:
        return "person"
    if column.related_model:
        return f"row of {column.related_model._meta.label_lower}"
    return column.get_internal_type().removesuffix("Field").lower()


def line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain).encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
