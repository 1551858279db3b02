"""Which of a record's references is shown, and what the others fill in. The one writer of a record's displayed fields."""

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
