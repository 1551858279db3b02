"""What people corrected on records."""

from collections.abc import Collection, Sequence

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from screening.models import Record, RecordCorrection


def standing_corrections(record_ids: Collection[int]) -> QuerySet[RecordCorrection]:
    """In force on these records or on those merged into them."""
    return (
        RecordCorrection.objects.filter(ended_at=None)
        .alias(root=Coalesce("record__merged_into_id", "record_id"))
        .filter(root__in=list(record_ids))
    )


def corrections_by_root(record_ids: Collection[int]) -> dict[int, dict[str, RecordCorrection]]:
    """What each record shows corrected, by field: its own correction before that of one merged into it, of those the latest."""
    shown: dict[int, dict[str, RecordCorrection]] = {}
    rows = standing_corrections(record_ids).select_related("record", "made_by").order_by("id")
    for row in sorted(rows, key=lambda row: row.record.merged_into_id is None):
        shown.setdefault(row.record.merged_into_id or row.record_id, {})[row.field] = row
    return shown


def note_corrections(records: Sequence[Record]) -> None:
    """Give each record `corrected`, the corrections it shows, in one query for all."""
    shown = corrections_by_root([record.pk for record in records])
    for record in records:
        record.corrected = list(shown.get(record.pk, {}).values())  # type: ignore[attr-defined]


def latest_correction(record: Record) -> int:
    """Id of the latest correction made on the record or what is merged into it, ended ones too; 0 when there was none.

    A form that was opened before it does not know what the record shows now.
    """
    ids = [record.pk, *record.absorbed.values_list("pk", flat=True)]
    return RecordCorrection.objects.filter(record__in=ids).order_by("-id").values_list("pk", flat=True).first() or 0
