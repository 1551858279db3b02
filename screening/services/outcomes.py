"""The one writer of outcomes, conflicts that open or fall away, reports that are sought and studies that are included."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from reviewapp.reviews.models import Review
from screening.choices import Outcome, Stage, Verdict
from screening.models import (
    Adjudication,
    Conflict,
    Pilot,
    Record,
    Report,
    ScreeningDecision,
    ScreeningOutcome,
    StageRule,
    Study,
)
from screening.queries.allocation import open_pilots, sample_of
from screening.rules import PENDING, Result, Rule, Vote, result_of


def cluster(record: Record) -> Q:
    """Judgements on the record itself and on those merged into it."""
    return Q(record__in=_together(record))


def _together(record: Record) -> QuerySet[Record, int]:
    """Ids of the record and of those merged into it: asked of one table, so that indexes find the rest whatever the review's size."""
    return Record.objects.filter(Q(pk=record.pk) | Q(merged_into=record.pk)).values_list("pk", flat=True)


def standing_decisions(record: Record, stage: str) -> QuerySet[ScreeningDecision]:
    """All standing decisions, hidden ones too: for services that compute, never for anything that shows."""
    return ScreeningDecision.objects.filter(cluster(record), stage=stage, superseded_at=None)


def judged_among(record_ids: Collection[int]) -> set[int]:
    """Of these records the ones on which, or on what is merged into them, anything was decided or is in conflict."""
    found: set[int] = set()
    for model in (ScreeningDecision, ScreeningOutcome, Conflict):
        for path in ("record", "record__merged_into"):
            found.update(model._default_manager.filter(**{f"{path}__in": record_ids}).values_list(path, flat=True))
    return found


def votes_on(record: Record, stage: str) -> list[Vote]:
    rows = standing_decisions(record, stage).values_list("reviewer_id", "verdict", "reason_id", "reason__position")
    return [Vote(reviewer, verdict, reason, rank or 0) for reviewer, verdict, reason, rank in rows]


def adjudication_in_force(record: Record, stage: str) -> Adjudication | None:
    found = Adjudication.objects.filter(conflict__record__in=_together(record), conflict__stage=stage, reopened_at=None)
    return found.order_by("-id").first()


def in_open_pilot(record: Record, stage: str) -> Pilot | None:
    """The pilot in whose sample the record is: until it ends, votes on it lead to no outcome."""
    return Pilot.objects.filter(sample__record__in=_together(record), stage=stage, closed_at=None).first()


def result_for(record: Record, stage: str, rule: Rule) -> Result:
    """What votes and settlement give under a rule; a settlement stands above the conflict it settled."""
    result = result_of(votes_on(record, stage), rule, stage)
    if result != PENDING and in_open_pilot(record, stage):
        return PENDING
    if result.outcome != Outcome.CONFLICT:
        return result
    return _settled(result, adjudication_in_force(record, stage))


def _settled(result: Result, ruling: Adjudication | None) -> Result:
    if ruling is None or result.outcome != Outcome.CONFLICT:
        return result
    return Result(Outcome.INCLUDED if ruling.verdict == Verdict.INCLUDE else Outcome.EXCLUDED, reason=ruling.reason_id)


def results_under(rule: Rule, review: Review, stage: str) -> dict[int, Result]:
    """What `result_for` says of every record whose votes are all in now, in two queries: {record id: result}."""
    complete = ScreeningOutcome.objects.filter(stage=stage).values("record")
    return results_of(rule, review, stage, Record.objects.filter(review=review, merged_into=None, pk__in=complete))


def results_of(rule: Rule, review: Review, stage: str, records: QuerySet[Record]) -> dict[int, Result]:
    """What `result_for` says of these records, of those without votes nothing."""
    ids = records.values("pk")
    votes: dict[int, list[Vote]] = {}
    standing = ScreeningDecision.objects.filter(review=review, stage=stage, superseded_at=None)
    for root, reviewer, verdict, reason, rank in (
        standing.annotate(root=Coalesce("record__merged_into_id", "record_id"))
        .filter(root__in=ids)
        .values_list("root", "reviewer_id", "verdict", "reason_id", "reason__position")
    ):
        votes.setdefault(root, []).append(Vote(reviewer, verdict, reason, rank or 0))
    rulings = {
        ruling.conflict.record.merged_into_id or ruling.conflict.record_id: ruling
        for ruling in Adjudication.objects.filter(conflict__review=review, conflict__stage=stage, reopened_at=None)
        .select_related("conflict__record")
        .order_by("id")
    }
    piloted = {root for (root,) in sample_of(*open_pilots([review.pk], stage))}
    return {
        root: PENDING if root in piloted else _settled(result_of(cast, rule, stage), rulings.get(root))
        for root, cast in votes.items()
    }


def stale_outcomes(review: Review, stage: str) -> list[int]:
    """Ids of records, not merged ones, whose stored outcome is not what `result_for` says now; none is as it should be."""
    rule = StageRule.objects.get(review=review, stage=stage).rule
    roots = Record.objects.filter(review=review, merged_into=None)
    stored = {
        row.record_id: (row.outcome, row.reason_id)
        for row in ScreeningOutcome.objects.filter(record__in=roots, stage=stage)
    }
    results = results_of(rule, review, stage, roots)
    pending = (Outcome.PENDING.value, None)
    now = {pk: (result.outcome, result.reason) for pk, result in results.items()}
    return sorted(pk for pk in stored.keys() | now.keys() if stored.get(pk, pending) != now.get(pk, pending))


def recompute(record: Record, stage: str, *, moved: bool = False) -> str:
    """Bring the stored outcome in line with the votes; the caller holds the record's lock. Returns the outcome.

    `moved`: the record was merged or parted, so an open conflict may have come or stayed behind without an outcome.
    """
    rule = StageRule.objects.get(review_id=record.review_id, stage=stage)
    result = result_for(record, stage, rule.rule)
    stored = ScreeningOutcome.objects.filter(record=record, stage=stage).first()
    if result.outcome == Outcome.PENDING and stored is None and not moved:
        return result.outcome
    if moved or Outcome.CONFLICT in {result.outcome, stored.outcome if stored else ""}:
        _keep_conflict(record, stage, result)
    if result.outcome == Outcome.PENDING:
        ScreeningOutcome.objects.filter(record=record, stage=stage).delete()
        return result.outcome
    standing_decisions(record, stage).filter(revealed_at=None).update(revealed_at=timezone.now())
    if stored is None or (stored.outcome, stored.reason_id) != (result.outcome, result.reason):
        ScreeningOutcome.objects.update_or_create(
            record=record, stage=stage, defaults={"outcome": result.outcome, "reason_id": result.reason}
        )
    if result.outcome == Outcome.INCLUDED:
        _go_on(record, stage)
    return result.outcome


def set_aside(review: Review, stage: str, roots: Collection[int], pilot: Pilot | None = None) -> int:
    """Start a new round on these records: their standing votes and settlements stay in the history and count no more.

    The caller owns the review, so nobody votes meanwhile. Returns how many votes were set aside.
    """
    now = timezone.now()
    votes = ScreeningDecision.objects.filter(review=review, stage=stage, superseded_at=None)
    votes = votes.annotate(root=Coalesce("record__merged_into_id", "record_id")).filter(root__in=roots)
    # One that was given before in this round and changed since belongs to the round as well.
    round_votes = ScreeningDecision.objects.filter(review=review, stage=stage, set_aside_at=None)
    changed = round_votes.annotate(root=Coalesce("record__merged_into_id", "record_id")).filter(root__in=roots)
    count = votes.update(superseded_at=now, set_aside_at=now, pilot=pilot)
    changed.exclude(superseded_at=None).update(set_aside_at=now)
    conflicts = Conflict.objects.filter(review=review, stage=stage)
    conflicts = conflicts.annotate(root=Coalesce("record__merged_into_id", "record_id")).filter(root__in=roots)
    Adjudication.objects.filter(conflict__in=conflicts.values("pk"), reopened_at=None).update(reopened_at=now)
    conflicts.filter(closed_at=None).update(closed_at=now)
    ScreeningOutcome.objects.filter(record__in=roots, stage=stage).delete()
    return count


def _keep_conflict(record: Record, stage: str, result: Result) -> None:
    standing = list(Conflict.objects.filter(cluster(record), stage=stage, closed_at=None).order_by("id"))
    conflict = standing[0] if standing else None
    for other in standing[1:]:  # two records in conflict that turned out to be one have one conflict
        other.closed_at = timezone.now()
        other.save(update_fields=["closed_at"])
    if result.outcome == Outcome.CONFLICT and conflict is None:
        Conflict.objects.create(review_id=record.review_id, record=record, stage=stage, kind=result.conflict)
    elif conflict is not None and result.outcome != Outcome.CONFLICT:
        conflict.closed_at = timezone.now()
        conflict.save(update_fields=["closed_at"])
    elif conflict is not None and conflict.kind != result.conflict:
        conflict.kind = result.conflict
        conflict.save(update_fields=["kind"])


def _go_on(record: Record, stage: str) -> None:
    """An included record has a report to seek; an included report belongs to a study."""
    report, _ = Report.objects.get_or_create(record=record, defaults={"review_id": record.review_id})
    if stage == Stage.FULL_TEXT and report.study_id is None:
        report.study = Study.objects.create(review_id=record.review_id, label=record.short_name[:120])
        report.save(update_fields=["study"])
