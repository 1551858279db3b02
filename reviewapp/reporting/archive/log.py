"""The audit log in the archive: with its chain of hashes once nothing is hidden any more, before that only what may be seen."""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps

from appraisal.models import Assignment, Comparison
from reviewapp.audit.models import AuditEvent
from reviewapp.audit.services import content_of, links
from reviewapp.reporting.archive.rows import Rows
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Stage
from screening.models import Conflict, Record
from screening.visibility import audit_events_visible_to
from synthesis.models import CodingAssignment, CodingComparison

EMAIL = re.compile(r"[^\s@\"']+@[^\s@\"']+\.[^\s@\"']+")


def blinding_has_ended(review: Review) -> bool:
    """Whether no judgement is due anywhere, by what everybody may know; the same whatever is hidden."""
    for stage in Stage:
        if Record.objects.in_review(review).at_stage(stage).with_outcome(stage, Outcome.PENDING).exists():
            return False
    if Conflict.objects.filter(review=review, closed_at=None).exists():
        return False
    answering = Assignment.objects.filter(
        instrument__review=review, instrument__retired_at=None, withdrawn_at=None
    ).values_list("instrument", "study")
    settled = Comparison.objects.filter(instrument__review=review).exclude(settled_at=None)
    if set(answering) - set(settled.values_list("instrument", "study")):
        return False
    coding = CodingAssignment.objects.filter(study__review=review, withdrawn_at=None).values_list("study", flat=True)
    compared = CodingComparison.objects.filter(study__review=review).exclude(settled_at=None)
    return not set(coding) - set(compared.values_list("study", flat=True))


def log_rows(rows: Rows, *, chained: bool) -> Iterator[dict[str, Any]]:
    """Events in their order. Of an event that the reader may not see, or that holds an e-mail address, a chain keeps the
    hashes alone."""
    review, names = rows.scope.review, _names()
    seen = audit_events_visible_to(rows.scope.reader, review)
    if not chained:
        for event in seen.order_by("sequence").iterator(chunk_size=2000):
            yield _told(event, rows, names) | _content(event, rows)
        return
    open_to_reader = {event.pk: event for event in seen}
    for pk, sequence, previous, digest in links(review).iterator(chunk_size=2000):
        told: dict[str, Any] = {"sequence": sequence, "previous_hash": previous, "hash": digest}
        shown = open_to_reader.get(pk)
        if shown and not _holds_email(shown):
            told |= _told(shown, rows, names) | {"content": content_of(shown)}
        yield told


def _told(event: AuditEvent, rows: Rows, names: dict[str, str]) -> dict[str, Any]:
    name = names.get(event.target_type, "")
    number = None
    if name in rows.tables and event.target_id:
        key = rows.tables[name].model._meta.pk.to_python(event.target_id)
        number = rows.number(name, key)
    told = {"at": event.at, "person": rows.people.number(event.actor_id), "action": event.action}
    return told | ({"row": [name, number]} if number else {})


def _content(event: AuditEvent, rows: Rows) -> dict[str, Any]:
    if rows.anonymous or _holds_email(event):
        return {}
    return {"before": event.before, "after": event.after, "reason": event.reason}


def _holds_email(event: AuditEvent) -> bool:
    return bool(EMAIL.search(f"{event.before} {event.after} {event.reason}"))


def _names() -> dict[str, str]:
    return {model._meta.model_name or "": model._meta.label_lower for model in apps.get_models()}
