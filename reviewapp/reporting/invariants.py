"""What must always hold in a review's tables: numbers add up, and what is stored is what the votes say.

Every function yields one sentence for each breach. For administrators: a breach may name a record, never a verdict.
"""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from appraisal.models import Instrument
from appraisal.queries.comparison import compared_all
from reviewapp.reporting.prisma.counts import breaches as broken_identities
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reviews.models import Review
from screening.choices import ImportState, Outcome, PairState, Stage
from screening.models import Conflict, DuplicatePair, ImportBatch, Record, Reference, Report, ScreeningOutcome
from screening.services.outcomes import stale_outcomes


def breaches(review: Review) -> Iterator[str]:
    """Everything that does not hold in this review."""
    for check in (_imports, _references, _records, _rulings, _outcomes, _conflicts, _reports, _comparisons, _diagram):
        yield from check(review)


def _imports(review: Review) -> Iterator[str]:
    done = ImportBatch.objects.filter(review=review, state=ImportState.DONE).annotate(n=Count("references"))
    for batch in done:
        if not batch.n == batch.kept == batch.read + batch.repaired:
            yield (
                f"import {batch.pk}: {batch.read + batch.repaired} entries were read and {batch.kept} kept, "
                f"but {batch.n} references are there"
            )
    gone = Reference.objects.filter(review=review, batch__state=ImportState.UNDONE, withdrawn_at=None)
    yield from _each("reference", gone, "is live though its import was undone")


def _references(review: Review) -> Iterator[str]:
    references = Reference.objects.filter(review=review)
    live = references.filter(withdrawn_at=None)
    not_live = ~Q(record__merged_into=None) | ~Q(record__withdrawn_at=None)
    yield from _each("reference", live.filter(not_live), "stands under a record that is merged or withdrawn")
    strays = ~Q(record__review=review) | ~Q(batch__review=review) | ~Q(own_record__review=review)
    yield from _each("reference", references.filter(strays), "points into another review")
    at_home = Q(own_record=F("record")) | Q(own_record__merged_into=F("record"))
    yield from _each("reference", references.exclude(at_home), "was parted from the record it was born with")
    records = Record.objects.in_review(review).live().annotate(n=Count("references", Q(references__withdrawn_at=None)))
    under = sum(records.values_list("n", flat=True))
    if under != live.count():
        yield f"{live.count()} references are live, but live records have {under}"


def _records(review: Review) -> Iterator[str]:
    records = Record.objects.in_review(review)
    has_live = Exists(Reference.objects.filter(record=OuterRef("pk"), withdrawn_at=None))
    yield from _each("record", records.live().filter(~has_live), "is live without a live reference")
    merged = records.exclude(merged_into=None)
    yield from _each("record", merged.exclude(merged_into__merged_into=None), "is merged into a merged record")
    holds = Exists(Reference.objects.filter(record=OuterRef("pk")))
    yield from _each("record", merged.filter(holds), "is merged but still holds references")
    for stage in Stage:
        at_stage = records.at_stage(stage)
        states = {state: at_stage.with_outcome(stage, state).count() for state in Outcome}
        if sum(states.values()) != at_stage.count():
            yield f"{stage.label}: the states {states} do not sum to {at_stage.count()} records"


def _rulings(review: Review) -> Iterator[str]:
    live = DuplicatePair.objects.filter(review=review, first__withdrawn_at=None, second__withdrawn_at=None)
    together = Q(first__record=F("second__record"))
    yield from _each("pair", live.filter(together, state=PairState.DIFFERENT), "is judged different but linked")
    yield from _each("pair", live.exclude(together).filter(state=PairState.SAME), "is judged the same but not linked")


def _outcomes(review: Review) -> Iterator[str]:
    stored = ScreeningOutcome.objects.filter(record__review=review)
    yield from _each("outcome", stored.exclude(record__merged_into=None), "is stored for a merged record")
    for stage in Stage:
        for record in stale_outcomes(review, stage):
            yield f"record {record}: the outcome stored at {stage.label} is not what the votes give"


def _conflicts(review: Review) -> Iterator[str]:
    still = Conflict.objects.filter(review=review, closed_at=None).annotate(
        root=Coalesce("record__merged_into_id", "record_id")
    )
    in_conflict = ScreeningOutcome.objects.filter(record__review=review, outcome=Outcome.CONFLICT)
    mirrored = in_conflict.filter(record=OuterRef("root"), stage=OuterRef("stage"))
    yield from _each("conflict", still.filter(~Exists(mirrored)), "is open though its record is not in conflict")
    open_at = [tuple(row) for row in still.values_list("root", "stage")]
    for record, stage in in_conflict.values_list("record", "stage"):
        if (n := open_at.count((record, stage))) != 1:
            yield f"record {record}: in conflict at {Stage(stage).label} with {n} open conflicts"


def _reports(review: Review) -> Iterator[str]:
    live = Record.objects.in_review(review).live()
    has_report = Exists(Report.objects.filter(record=OuterRef("pk")))
    included = live.with_outcome(Stage.TITLE_ABSTRACT, Outcome.INCLUDED)
    yield from _each("record", included.filter(~has_report), "is included without a report to seek")
    has_study = Exists(Report.objects.filter(record=OuterRef("pk")).exclude(study=None))
    at_end = live.with_outcome(Stage.FULL_TEXT, Outcome.INCLUDED)
    yield from _each("record", at_end.filter(~has_study), "is an included report without a study")


def _comparisons(review: Review) -> Iterator[str]:
    for instrument in Instrument.objects.filter(review=review):
        for found in compared_all(instrument, list(instrument.comparisons.all())):
            if bool(found.open_rows) == (found.comparison.settled_at is not None):
                yield f"comparison {found.comparison.pk}: whether it is settled is not what its answers give"


def _diagram(review: Review) -> Iterator[str]:
    for identity in broken_identities(prisma_counts(review)):
        if identity.level == "error":
            yield f"diagram: {identity.name} ({identity.left} against {identity.right})"


def _each(what: str, rows: object, words: str) -> Iterator[str]:
    for pk in rows.values_list("pk", flat=True).order_by("pk"):  # type: ignore[attr-defined]
        yield f"{what} {pk} {words}"
