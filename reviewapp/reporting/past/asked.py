"""Which moment an address asks for, and the diagram of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format

from reviewapp.lib.errors import BadRequest
from reviewapp.reporting.flow.shown import as_shown
from reviewapp.reporting.past.facts import Version, facts_at
from reviewapp.reporting.past.picture import Picture, counts_references, picture_of
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.queries import prisma_counts, reasons_at_title, rows_behind
from reviewapp.reviews.models import Review
from screening.models import Record, Reference


@dataclass(frozen=True)
class Asked:
    """A moment, or now; and perhaps the last day of what is to count as the version before."""

    on: datetime | None = None
    on_text: str = ""
    updates: date | None = None

    @property
    def is_past(self) -> bool:
        return self.on is not None or self.updates is not None

    @property
    def query(self) -> dict[str, str]:
        """What a link has to say to stay with it."""
        given = {"on": self.on_text, "updates": self.updates.isoformat() if self.updates else ""}
        return {name: text for name, text in given.items() if text}

    @property
    def words(self) -> str:
        """ "as it stood on 1 March 2025", to go behind a title."""
        parts = []
        if self.on:
            whole_day = "T" not in self.on_text and " " not in self.on_text
            parts.append(
                f"as it stood on {date_format(timezone.localtime(self.on), 'j F Y' if whole_day else 'j F Y H:i')}"
            )
        if self.updates:
            parts.append(f"drawn as an update of the version of {date_format(self.updates, 'j F Y')}")
        return ", ".join(parts)


def moment_of(text: str) -> datetime:
    """The end of a day, or a moment given with its time; nothing later than now. Raises BadRequest."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day = moment = None
    if day is not None:
        if not date(1970, 1, 1) <= day <= timezone.localdate():
            raise BadRequest("That day is still to come, or long gone.")
        end = timezone.make_aware(datetime.combine(day, time.max))
        return min(end, timezone.now())
    if moment is None or not 1970 <= moment.year <= 9000:
        raise BadRequest("Give a day such as 2025-03-01, or a moment such as 2025-03-01T12:00.")
    found = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    if found > timezone.now() + timedelta(minutes=1):
        raise BadRequest("That moment is still to come.")
    return found


def asked_of(query: Mapping[str, Any]) -> Asked:
    """`on` and `updates` of an address. Raises BadRequest."""
    text, updates = str(query.get("on") or ""), str(query.get("updates") or "")
    if not text and not updates:
        return Asked()
    return Asked(
        moment_of(text) if text else None, text, timezone.localtime(moment_of(updates)).date() if updates else None
    )


def picture_at(review: Review, asked: Asked) -> Picture:
    """The diagram of that moment with the ids behind each number."""
    facts = facts_at(review, asked.on or timezone.now())
    if asked.updates:
        facts = replace(facts, version=Version(cut_off=asked.updates))
    return picture_of(facts)


def counts_for(review: Review, asked: Asked) -> PrismaCounts:
    """The numbers as the team shows them: today's from the rows, those of another moment worked out."""
    if not asked.is_past:
        return as_shown(review, prisma_counts(review), reasons_at_title(review))
    picture = picture_at(review, asked)
    return as_shown(review, picture.counts, parts_of(picture, "records_excluded_reasons"), asked.on)


def parts_of(picture: Picture, key: str) -> dict[str, int]:
    """The lines below a total, with their numbers."""
    return {name.partition("/")[2]: len(ids) for name, ids in picture.boxes.items() if name.startswith(f"{key}/")}


def rows_for(review: Review, key: str, asked: Asked) -> QuerySet[Any] | None:
    """Exactly what a number counted; None for an unknown key."""
    if not asked.is_past:
        return rows_behind(review, key)
    ids = picture_at(review, asked).behind(key)
    return None if ids is None else rows_of(review, key, ids)


def rows_of(review: Review, key: str, ids: frozenset[int]) -> QuerySet[Any]:
    """The references or records with these ids, as the key has it."""
    model = Reference if counts_references(key) else Record
    return model._default_manager.filter(review=review, pk__in=ids).order_by("id")
