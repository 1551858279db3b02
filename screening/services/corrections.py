"""Correcting what a record shows: a wrong title, a missing abstract. The references stay exactly as their files gave them."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.permissions import Can
from screening.formats.values import doi_in
from screening.models import Bibliographic, Record, RecordCorrection
from screening.queries.corrections import latest_correction, standing_corrections
from screening.services.locks import act, acting_member, lock_live_record, share_review
from screening.services.records import best_fields, show_best_of

LISTS = {"authors", "keywords"}
LONGEST = {"abstract": 20_000, "pmid": 20, "language": 60, "type": 40}
MOST_NAMES = 2000


@act
def correct_record(
    *, actor: User, record: Record, changes: Mapping[str, Any], reason: str = "", seen: int | None = None
) -> Record:
    """Show these values instead; fields that show them already stay. `seen`: the latest correction the person knew of.

    What the references say themselves needs no correction: setting it ends the one that stood. Raises Invalid, AlreadyDone.
    """
    share_review(record.review)
    acting_member(actor, record.review, Can.RULE_DUPLICATES)
    record = lock_live_record(record)
    wanted = {field: tidy(field, value) for field, value in changes.items()}
    if seen is not None and seen != latest_correction(record):
        raise AlreadyDone(
            "Somebody corrected this record while you were writing. Look at it again; nothing was saved yet."
        )
    changed = {field: value for field, value in wanted.items() if value != getattr(record, field)}
    if not changed:
        return record
    before = {field: getattr(record, field) for field in changed}
    given = best_fields(record.chosen, record.references.filter(withdrawn_at=None).order_by("id"))
    for field, value in changed.items():
        _end(actor, record, field)
        if value != given[field]:
            RecordCorrection.objects.create(
                review_id=record.review_id, record=record, field=field, value=value, before=before[field], made_by=actor
            )
    show_best_of(record)
    _log(actor, record, "screening.record.corrected", before, changed, reason)
    return record


@act
def undo_correction(*, actor: User, record: Record, field: str) -> Record:
    """Show in this field what the references say. Raises AlreadyDone when no correction stands."""
    share_review(record.review)
    acting_member(actor, record.review, Can.RULE_DUPLICATES)
    record = lock_live_record(record)
    before = getattr(record, field) if field in Bibliographic.FIELDS else None
    if not _end(actor, record, field):
        raise AlreadyDone("No correction of this field stands. Nothing was changed.")
    show_best_of(record)
    _log(actor, record, "screening.record.correction_undone", {field: before}, {field: getattr(record, field)})
    return record


def _end(actor: User, record: Record, field: str) -> int:
    """End what stands on the record, and on those merged into it, for this field."""
    standing = standing_corrections([record.pk]).filter(field=field).values_list("pk", flat=True)
    return RecordCorrection.objects.filter(pk__in=list(standing)).update(ended_by=actor, ended_at=timezone.now())


def _log(
    actor: User, record: Record, action: str, before: dict[str, Any], after: dict[str, Any], reason: str = ""
) -> None:
    audit.log(
        actor=actor,
        review=record.review,
        action=action,
        target=record,
        before=before,
        after=after | {"record": record.pk, "fields": ", ".join(after)},
        reason=require_clean_text(reason, what="reason")[:1000],
    )


def tidy(field: str, value: Any) -> Any:
    """The value as the record keeps it. Raises Invalid for what a title page cannot say."""
    if field not in Bibliographic.FIELDS:
        raise Invalid("A record has no such field.")
    if field == "year":
        if value is not None and not (isinstance(value, int) and 1000 <= value <= 2100):
            raise Invalid("A year has four digits, up to 2100.")
        return value
    if field in LISTS:
        names = [_text(field, name) for name in value]
        if len(names) > MOST_NAMES:
            raise Invalid(f"Up to {MOST_NAMES} {field}, please.")
        return [name for name in names if name]
    text = _text(field, value)
    if field == "doi" and text and not (text := doi_in(text)):
        raise Invalid("This is not a DOI: one begins with 10. and has a slash.")
    return text


def _text(field: str, value: Any) -> str:
    text = require_clean_text(str(value), what=field).replace("\r\n", "\n").strip()
    if len(text) > LONGEST.get(field, 5000):
        raise Invalid(
            f"The {field} may have up to {LONGEST.get(field, 5000):,} characters; this one has {len(text):,}."
        )
    return text
