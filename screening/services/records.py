"""Which of a record's references is shown, and what the others fill in. The one writer of a record's displayed fields."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils import timezone

from screening.models import Bibliographic, Record, Reference


def completeness(reference: Reference) -> tuple[int, int, int]:
    """How much of a title page a reference carries: fields filled, then the length of its abstract and its author list."""
    filled = sum(bool(getattr(reference, name)) for name in Bibliographic.FIELDS)
    return (filled, min(len(reference.abstract), 20000), len(reference.authors))


def show_best_of(record: Record) -> None:
    """Show the most complete live reference (the earliest of equals); gaps are filled from the next best."""
    references = list(record.references.filter(withdrawn_at=None).order_by("id"))
    if not references:
        return
    ranked = sorted(references, key=lambda r: (*(-part for part in completeness(r)), r.pk))
    for name in Bibliographic.FIELDS:
        values = [getattr(reference, name) for reference in ranked]
        setattr(record, name, next((value for value in values if value), values[0]))
    record.save(update_fields=list(Bibliographic.FIELDS))


def refresh(record_ids: Iterable[int]) -> None:
    """Withdraw records that have no reference left, bring back those that have one again, and show what remains best."""
    live = Reference.objects.filter(record=OuterRef("pk"), withdrawn_at=None)
    rows = Record.objects.filter(pk__in=set(record_ids))
    rows.filter(~Exists(live), withdrawn_at=None).update(withdrawn_at=timezone.now())
    rows.filter(Exists(live)).exclude(withdrawn_at=None).update(withdrawn_at=None)
    for record in rows.filter(withdrawn_at=None).order_by("pk").select_for_update(of=("self",)):
        show_best_of(record)
