"""Which of a record's references is shown, what the others fill in, and what people corrected. The one writer of a record's displayed fields."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.permissions import Can
from screening.models import Bibliographic, Record, Reference
from screening.queries.corrections import corrections_by_root
from screening.services.bulk import batched
from screening.services.locks import act, acting_member, lock_live_record, own_review

RECORDS_A_BATCH = 1000
ALL = "all"  # the key of `Record.chosen` for every field that has no choice of its own


def completeness(reference: Reference) -> tuple[int, int, int]:
    """How much of a title page a reference carries: fields filled, then the length of its abstract and its author list."""
    filled = sum(bool(getattr(reference, name)) for name in Bibliographic.FIELDS)
    return (filled, min(len(reference.abstract), 20000), len(reference.authors))


def show_best_of(record: Record) -> None:
    """Show the most complete live reference (the earliest of equals) or the one people chose; gaps are filled from the next best."""
    references = list(record.references.filter(withdrawn_at=None).order_by("id"))
    if not references:
        return
    shown = best_fields(record.chosen, references) | corrected_fields([record.pk]).get(record.pk, {})
    for name, value in shown.items():
        setattr(record, name, value)
    record.save(update_fields=list(shown))


def best_fields(chosen: dict[str, int], references: Iterable[Reference]) -> dict[str, object]:
    """What a record shows of its live references; a choice whose reference is not among them rests."""
    ranked = sorted(references, key=lambda r: (r.pk != chosen.get(ALL), *(-part for part in completeness(r)), r.pk))
    by_pk = {reference.pk: reference for reference in ranked}
    shown: dict[str, object] = {}
    for name in Bibliographic.FIELDS:
        picked = by_pk.get(chosen.get(name, 0))
        values = [getattr(reference, name) for reference in ([picked] if picked else ranked)]
        shown[name] = next((value for value in values if value), values[0])
    return shown


def corrected_fields(record_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """What people corrected on these records or on those merged into them, by record and field: its own word first, then the latest."""
    shown = corrections_by_root(record_ids)
    return {root: {field: row.value for field, row in rows.items()} for root, rows in shown.items()}


def show_best_of_all(record_ids: Iterable[int]) -> None:
    """As `show_best_of` for many records; only those that come to show something else are written."""
    for some in batched(record_ids, RECORDS_A_BATCH):
        under: defaultdict[int, list[Reference]] = defaultdict(list)
        live = Reference.objects.filter(record__in=some, withdrawn_at=None)
        for reference in live.only("record_id", *Bibliographic.FIELDS):
            under[reference.record_id].append(reference)
        corrected = corrected_fields(under.keys())
        changed = []
        for record in Record.objects.filter(pk__in=under.keys()).only("chosen", *Bibliographic.FIELDS):
            shown = best_fields(record.chosen, under[record.pk]) | corrected.get(record.pk, {})
            if any(getattr(record, name) != value for name, value in shown.items()):
                changed.append((record.pk, shown))
        _write_shown(changed)


def _write_shown(changed: Sequence[tuple[int, dict[str, object]]]) -> None:
    fields = [field for field in Record._meta.concrete_fields if field.name in Bibliographic.FIELDS]
    columns = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields)
    rows = [[*(field.get_db_prep_save(shown[field.name], connection) for field in fields), pk] for pk, shown in changed]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {Record._meta.db_table} SET {columns} WHERE id = %s", rows)  # noqa: S608  # column names only


def refresh(record_ids: Iterable[int]) -> None:
    """Withdraw records that have no reference left, bring back those that have one again, and show what remains best."""
    live = Reference.objects.filter(record=OuterRef("pk"), withdrawn_at=None)
    rows = Record.objects.filter(pk__in=set(record_ids))
    rows.filter(~Exists(live), withdrawn_at=None).update(withdrawn_at=timezone.now())
    rows.filter(Exists(live)).exclude(withdrawn_at=None).update(withdrawn_at=None)
    back = rows.filter(withdrawn_at=None).order_by("pk").select_for_update(of=("self",))
    show_best_of_all(list(back.values_list("pk", flat=True)))


@act
def choose_shown(*, actor: User, record: Record, reference: Reference | None, field: str = ALL) -> Record:
    """Show this reference's text for one field, or for all that have no choice of their own; None leaves it to completeness again.

    Kept through later looks for duplicates. Raises Invalid for a reference that does not stand under the record.
    """
    own_review(record.review)
    acting_member(actor, record.review, Can.RULE_DUPLICATES)
    record = lock_live_record(record)
    if field != ALL and field not in Bibliographic.FIELDS:
        raise Invalid("A record has no such field.")
    if reference and not record.references.filter(pk=reference.pk, withdrawn_at=None).exists():
        raise Invalid("This reference does not stand under the record any more. Nothing was changed.")
    before = dict(record.chosen)
    record.chosen.pop(field, None)
    if reference:
        record.chosen[field] = reference.pk
    if record.chosen == before:
        return record
    record.save(update_fields=["chosen"])
    show_best_of(record)
    audit.log(
        actor=actor,
        review=record.review,
        action="screening.record.shown_chosen",
        target=record,
        before={"chosen": before},
        after={"chosen": record.chosen, "field": field},
    )
    return record


@act
def reset_shown(*, actor: User, record: Record) -> Record:
    """Leave every field of the record to completeness again."""
    own_review(record.review)
    acting_member(actor, record.review, Can.RULE_DUPLICATES)
    record = lock_live_record(record)
    for field in list(record.chosen):
        record = choose_shown(actor=actor, record=record, reference=None, field=field)
    return record
