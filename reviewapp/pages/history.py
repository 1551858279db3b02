"""The audit trail as a person reads it, with filters; only through `audit_events_visible_to`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import BadRequest
from reviewapp.pages.words import KINDS, sentence
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.visibility import audit_events_visible_to

PAGE = 50


@dataclass(frozen=True)
class Told:
    """An event in words."""

    event: AuditEvent
    who: str
    what: str
    url: str

    @property
    def details(self) -> list[tuple[str, Any, Any]]:
        """(field, before, after) for everything the event holds."""
        before, after = self.event.before or {}, self.event.after or {}
        return [(key.replace("_", " "), before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]


def told(reader: User, review: Review, events: Iterable[AuditEvent]) -> list[Told]:
    return [Told(event, _who(reader, event), sentence(event), _page_of(review, event)) for event in events]


def _who(reader: User, event: AuditEvent) -> str:
    if event.actor is None:
        return "Tandem"
    return "You" if event.actor == reader else str(event.actor)


def _page_of(review: Review, event: AuditEvent) -> str:
    if event.judged_stage in Stage.values:
        return reverse("screening:record-detail", args=[review.pk, event.judged_record])
    if event.target_type == "importbatch":
        return reverse("screening:import-detail", args=[review.pk, int(event.target_id)])
    if event.target_type == "search":
        return reverse("screening:search-detail", args=[review.pk, int(event.target_id)])
    return ""


def recent(reader: User, review: Review, count: int) -> list[Told]:
    events = audit_events_visible_to(reader, review).select_related("actor").order_by("-id")
    return told(reader, review, events[:count])


def filtered(reader: User, review: Review, query: QueryDict) -> QuerySet[AuditEvent]:
    """Visible events by person, kind of act and dates. Raises BadRequest for filters no page offers."""
    events = audit_events_visible_to(reader, review).select_related("actor")
    if person := query.get("person"):
        if not person.isdecimal() or len(person) > 18:
            raise BadRequest("Choose a person of this review.")
        events = events.filter(actor=int(person))
    if kind := query.get("kind"):
        if kind not in KINDS:
            raise BadRequest("Choose one of the kinds of acts offered.")
        events = events.filter(action__startswith=kind)
    if first := _date(query.get("from")):
        events = events.filter(at__gte=first)
    if last := _date(query.get("to")):
        events = events.filter(at__lt=last + timedelta(days=1))
    return events


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.min, tzinfo=timezone.get_default_timezone())
    except ValueError:
        raise BadRequest("Dates look like 2026-05-31.") from None


@dataclass(frozen=True)
class EventPage:
    events: list[AuditEvent]
    next_query: str
    previous_query: str


def page(events: QuerySet[AuditEvent], query: QueryDict) -> EventPage:
    """Newest first. The cursor is an event's random UUID: a number in a row would tell how many hidden events there are."""
    back = "before" in query
    cursor = query.get("before") or query.get("after") or ""
    if cursor:
        at = _event(events, cursor)
        events = events.filter(Q(pk__gt=at.pk) if back else Q(pk__lt=at.pk))
    rows = list(events.order_by("id" if back else "-id")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if back:
        rows.reverse()
    return EventPage(
        rows,
        _query(query, "after", rows[-1]) if rows and (more or back) else "",
        _query(query, "before", rows[0]) if rows and ((more and back) or (cursor and not back)) else "",
    )


def _event(events: QuerySet[AuditEvent], cursor: str) -> AuditEvent:
    try:
        return events.get(uuid=UUID(cursor))
    except (ValueError, AuditEvent.DoesNotExist):
        raise BadRequest("This address does not come from an earlier page of the list.") from None


def _query(query: QueryDict, side: str, event: AuditEvent) -> str:
    kept = query.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    kept[side] = str(event.uuid)
    return f"?{kept.urlencode()}"
