"""What waits for a reviewer, and how far everybody is."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership, Review
from screening.choices import ConflictKind, Outcome, Retrieval, Stage, Verdict
from screening.models import (
    Adjudication,
    Conflict,
    Record,
    Report,
    ScreeningDecision,
    ScreeningNote,
    ScreeningOutcome,
)
from screening.queries.allocation import (
    STAGE_TASK,
    Portions,
    allocation_at,
    allotted_to,
    open_pilots,
    portions_of,
    sample_of,
)
from screening.queries.duplicates import uncertain_pairs_in


def votes_of(reader: User, stage: str) -> QuerySet[Any]:
    """The reader's standing decisions, each with the `root` it counts for: its record, or the one that was merged into."""
    rows = ScreeningDecision.objects.annotate(root=F("stands_on"))
    return rows.filter(stage=stage, reviewer=reader, superseded_at=None)


def final_votes_of(reader: User, stage: str) -> QuerySet[Any]:
    """Own decisions that count as votes: at full text a maybe is parked."""
    votes = votes_of(reader, stage)
    return votes.exclude(verdict=Verdict.MAYBE) if stage == Stage.FULL_TEXT else votes


def own_decisions(reader: User, stage: str) -> QuerySet[ScreeningDecision]:
    """The reader's standing decision on the outer record or on one merged into it."""
    return votes_of(reader, stage).filter(root=OuterRef("pk"))


def has_judged(reader: User, record: Record, stage: str) -> bool:
    """Whether the reader's own decision stands on this record."""
    return Record.objects.filter(Exists(own_decisions(reader, stage)), pk=record.pk).exists()


def queue(reader: User, review: Review, stage: str) -> QuerySet[Record]:
    """Records that wait for this reader's vote, in the order of import; parked maybes of full text come last.

    Only those that are theirs to judge. A record leaves when enough votes are in.
    """
    parked: Case | Value = Value(0)
    if stage == Stage.FULL_TEXT:  # elsewhere whoever has a vote there waits for nothing
        mine = Exists(own_decisions(reader, stage))
        parked = Case(When(mine, then=Value(1)), default=Value(0), output_field=IntegerField())
    return _waiting(reader, [review.pk], stage).annotate(parked=parked).order_by(parked, "id")


def _waiting(reader: User, reviews: Collection[UUID], stage: str) -> QuerySet[Record]:
    records = Record.objects.filter(allotted_to(reader, reviews, stage), review__in=reviews)
    return records.at_stage(stage).with_outcome(stage, Outcome.PENDING).filter(~Exists(final_decisions(reader, stage)))


def final_decisions(reader: User, stage: str) -> QuerySet[ScreeningDecision]:
    """The reader's standing vote on the outer record or on one merged into it."""
    return final_votes_of(reader, stage).filter(root=OuterRef("pk"))


AT_ONCE = 20  # records on a page of the reading list


def next_records(
    reader: User,
    review: Review,
    stage: str,
    *,
    count: int = 1,
    skip: tuple[int, ...] = (),
    among: QuerySet[Record] | None = None,
) -> list[Record]:
    """The first records of the reader's queue: by the order that was laid, behind them those that came since.

    `among` narrows the queue to records that match a filter.
    The order depends on nothing that a colleague did and that is hidden: it is laid from outcomes, and for everybody alike.
    """
    waiting = queue(reader, review, stage).exclude(pk__in=skip)
    if among is not None:
        waiting = waiting.filter(pk__in=among.values("pk"))
    placed = waiting.filter(places__stage=stage, places__position__gt=0).order_by(
        *_parked_last(stage), "places__position"
    )
    found = list(placed[:count])
    if len(found) < count:
        found += waiting.exclude(pk__in=[record.pk for record in found])[: count - len(found)]
    return found


def _parked_last(stage: str) -> tuple[str, ...]:
    return ("parked",) if stage == Stage.FULL_TEXT else ()  # elsewhere nothing is parked, and an index gives the order


@dataclass(frozen=True)
class Progress:
    """One person's work at one stage: how many of the records they can still judge or have judged."""

    judged: int
    waiting: int

    @property
    def total(self) -> int:
        return self.judged + self.waiting

    @property
    def percent(self) -> int:
        return 100 * self.judged // self.total if self.total else 0


def progress_of(reader: User, review: Review, stage: str) -> Progress:
    """The reader's own progress; it moves with their own votes and with records that leave a full queue."""
    judged = Record.objects.in_review(review).at_stage(stage).filter(Exists(own_decisions(reader, stage))).count()
    waiting = _waiting(reader, [review.pk], stage).count()
    return Progress(judged=judged - _parked(reader, review, stage), waiting=waiting)


def _parked(reader: User, review: Review, stage: str) -> int:
    """Reports that the reader put off with a maybe; at title and abstract maybe is a vote."""
    if stage != Stage.FULL_TEXT:
        return 0
    pending = Record.objects.in_review(review).at_stage(stage).with_outcome(stage, Outcome.PENDING)
    maybes = own_decisions(reader, stage).filter(verdict=Verdict.MAYBE)
    return pending.filter(Exists(maybes)).exclude(Exists(final_decisions(reader, stage))).count()


@dataclass(frozen=True)
class StageTotals:
    """Where the records of a stage stand, as every member may know it: a record counts as judged once all votes are in."""

    records: int
    included: int
    excluded: int
    conflicts: int

    @property
    def pending(self) -> int:
        return self.records - self.included - self.excluded - self.conflicts

    @property
    def settled(self) -> int:
        return self.included + self.excluded

    @property
    def percent(self) -> int:
        return 100 * self.settled // self.records if self.records else 0


def stage_totals(review: Review, stage: str) -> StageTotals:
    at_stage = Record.objects.in_review(review).at_stage(stage)
    counts: dict[str, int] = dict(
        ScreeningOutcome.objects.filter(record__in=at_stage.values("pk"), stage=stage)
        .values_list("outcome")
        .annotate(n=Count("pk"))
    )
    return StageTotals(
        records=at_stage.count(),
        included=counts.get(Outcome.INCLUDED, 0),
        excluded=counts.get(Outcome.EXCLUDED, 0),
        conflicts=counts.get(Outcome.CONFLICT, 0),
    )


def lead_progress(review: Review) -> list[tuple[Membership, Mapping[str, Progress]]]:
    """For the lead: who has judged how many at each stage. Totals only, never a record or a verdict."""
    memberships = list(review.memberships.filter(left_at=None).select_related("user"))
    stages = {stage: _progress_of_everybody(review, stage) for stage in STAGE_TASK}
    return [
        (
            membership,
            {
                stage.value: stages[stage](membership.user_id)
                for stage, task in STAGE_TASK.items()
                if task in membership.tasks
            },
        )
        for membership in memberships
    ]


def _progress_of_everybody(review: Review, stage: str) -> Callable[[int], Progress]:
    """What `progress_of` says of each reviewer, in a fixed number of queries for any number of people."""
    at_stage = Record.objects.in_review(review).at_stage(stage)
    pending = at_stage.with_outcome(stage, Outcome.PENDING)
    votes = ScreeningDecision.objects.filter(review=review, stage=stage, superseded_at=None).annotate(
        root=Coalesce("record__merged_into_id", "record_id")
    )
    final = votes.exclude(verdict=Verdict.MAYBE) if stage == Stage.FULL_TEXT else votes
    judged = _per_reviewer(votes.filter(root__in=at_stage.values("pk")))
    judged_pending = _per_reviewer(votes.filter(root__in=pending.values("pk")))
    final = final.filter(root__in=pending.values("pk")).order_by()
    given_pending = _per_reviewer(final)
    portions = portions_of(allocation_at(review, stage))
    if pilots := open_pilots([review.pk], stage):
        portions, pending = Portions(None), pending.filter(pk__in=sample_of(*pilots))
        final = final.filter(root__in=pending.values("pk"))
    waiting: dict[int, int] = dict(pending.order_by().values_list(portions.of("pk")).annotate(n=Count("pk")))
    done = final.values_list("reviewer_id", portions.of("root")).annotate(n=Count("root", distinct=True))
    given: dict[int, dict[int, int]] = defaultdict(dict)
    for reviewer, portion, count in done:
        given[reviewer][portion] = count

    def progress(reviewer: int) -> Progress:
        voted = given[reviewer]
        parked = judged_pending.get(reviewer, 0) - given_pending.get(reviewer, 0)
        left = sum(n - voted.get(at, 0) for at, n in waiting.items() if portions.belongs(at, reviewer))
        return Progress(judged=judged.get(reviewer, 0) - parked, waiting=left)

    return progress


def _per_reviewer(votes: QuerySet[ScreeningDecision]) -> dict[int, int]:
    rows = votes.order_by().values_list("reviewer_id").annotate(n=Count("root", distinct=True))
    return dict(rows)


# --- Records ----------------------------------------------------------------------------------------------------------


def with_own_work(records: QuerySet[Record], reader: User, stage: str) -> QuerySet[Record]:
    """Records with `own_verdict` (the reader's) and `outcome` (what everybody may know) at a stage."""
    return records.annotate(
        own_verdict=Coalesce(own_decisions(reader, stage).values("verdict")[:1], Value("")),
        outcome=Coalesce(
            ScreeningOutcome.objects.filter(record=OuterRef("pk"), stage=stage).values("outcome")[:1],
            Value(Outcome.PENDING.value),
        ),
    )


def reasons_given(review: Review) -> dict[str, int]:
    """Reports excluded at full text per reason, in the order of the team's list: exactly one reason each."""
    rows = (
        ScreeningOutcome.objects.filter(
            record__in=Record.objects.in_review(review).at_stage(Stage.FULL_TEXT).values("pk"),
            stage=Stage.FULL_TEXT,
            outcome=Outcome.EXCLUDED,
        )
        .values_list("reason__label")
        .annotate(n=Count("pk"))
        .order_by("reason__position", "reason__label")
    )
    return {label or "No reason given": n for label, n in rows}


# --- Conflicts --------------------------------------------------------------------------------------------------------


def open_conflicts(review: Review, stage: str | None = None) -> QuerySet[Conflict]:
    found = _open_in([review.pk]).select_related("record", "review").order_by("id")
    return found.filter(stage=stage) if stage else found


def _open_in(reviews: Collection[UUID]) -> QuerySet[Conflict]:
    """Open conflicts about live records; those of an undone import wait until it is brought back."""
    live = Record.objects.filter(review__in=reviews).live().values("pk")
    return (
        Conflict.objects.filter(review__in=reviews, closed_at=None)
        .alias(root=Coalesce("record__merged_into_id", "record_id"))
        .filter(root__in=live)
    )


def settled_conflicts(review: Review, stage: str | None = None) -> QuerySet[Adjudication]:
    found = Adjudication.objects.filter(conflict__review=review, reopened_at=None).select_related(
        "conflict__record", "reason"
    )
    found = found.filter(conflict__stage=stage) if stage else found
    return found.order_by("-id")


def conflicts_for(reader: User, review: Review, tasks: list[str], stage: str | None = None) -> QuerySet[Conflict]:
    """Open conflicts this member can do something about: their own votes disagree, or they settle and did not vote."""
    voted = _has_own_vote(reader)
    found = open_conflicts(review, stage).annotate(voted=voted)
    return found if Task.SETTLE_CONFLICTS in tasks else found.filter(voted)


def _has_own_vote(reader: User) -> Exists:
    """For conflicts with `root`, the record that the one in conflict was perhaps merged into."""
    voted = ScreeningDecision.objects.filter(
        stands_on=OuterRef("root"),
        stage=OuterRef("stage"),
        reviewer=reader,
        superseded_at=None,
    )
    return Exists(voted)


KIND_WORDS = {
    ConflictKind.DECISION: "include against exclude",
    ConflictKind.REASON: "reasons differ",
    ConflictKind.UNDECIDED: "all maybe",
    ConflictKind.OWN: "one reviewer, two verdicts",
}


# --- Home -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """One line of "what waits for me": how many, of what, where."""

    count: int
    what: str
    url_name: str
    stage: str = ""


def waiting_for(membership: Membership) -> list[Waiting]:
    """What waits for this member in their review, by their tasks."""
    return waiting_across(membership.user, [membership])[membership.review_id]


def waiting_across(user: User, memberships: Collection[Membership]) -> dict[UUID, list[Waiting]]:
    """What waits for one person in each of their reviews, by their tasks there; the number of queries does not grow."""
    lines: dict[UUID, list[Waiting]] = {membership.review_id: [] for membership in memberships}
    counts = _counts_across(user, memberships)
    for membership in memberships:
        tasks = set(membership.tasks)
        for needed, what, url_name, stage in WAITING:
            count = counts[what].get(membership.review_id, 0)
            if count and tasks & needed:
                lines[membership.review_id].append(Waiting(count, what, url_name, stage))
    return lines


WAITING: tuple[tuple[set[str], str, str, str], ...] = (
    ({Task.SCREEN_TITLE_ABSTRACT}, "records to screen", "screening:desk", Stage.TITLE_ABSTRACT),
    ({Task.SCREEN_FULL_TEXT}, "full texts to judge", "screening:desk", Stage.FULL_TEXT),
    (set(Task), "conflicts to settle", "screening:conflict-list", ""),
    ({Task.LEAD, *STAGE_TASK.values()}, "possible duplicates to judge", "screening:duplicate-list", ""),
    ({Task.LEAD, Task.SCREEN_FULL_TEXT}, "full texts to find", "screening:report-list", ""),
)


def _counts_across(user: User, memberships: Collection[Membership]) -> dict[str, dict[UUID, int]]:
    reviews = [membership.review_id for membership in memberships]
    settling = [m.review_id for m in memberships if Task.SETTLE_CONFLICTS in m.tasks]
    conflicts = _open_in(reviews).filter(Q(_has_own_vote(user)) | Q(review__in=settling))
    return {
        "records to screen": _per_review(_waiting(user, reviews, Stage.TITLE_ABSTRACT)),
        "full texts to judge": _per_review(_waiting(user, reviews, Stage.FULL_TEXT)),
        "conflicts to settle": _per_review(conflicts),
        "possible duplicates to judge": _per_review(uncertain_pairs_in(reviews)),
        "full texts to find": _per_review(_sought_in(reviews).filter(retrieval=Retrieval.SOUGHT)),
    }


def _per_review(rows: QuerySet[Any]) -> dict[UUID, int]:
    return dict(rows.order_by().values_list("review_id").annotate(n=Count("pk")))


def reports_sought(review: Review) -> QuerySet[Report]:
    """Reports of live records that title and abstract let through."""
    return _sought_in([review.pk]).select_related("record", "study").order_by("id")


def _sought_in(reviews: Collection[UUID]) -> QuerySet[Report]:
    live = Record.objects.filter(review__in=reviews).live()
    included = live.with_outcome(Stage.TITLE_ABSTRACT, Outcome.INCLUDED)
    return Report.objects.filter(review__in=reviews, record__in=included.values("pk"))


def included_reports(review: Review) -> QuerySet[Report]:
    included = (
        Record.objects.in_review(review).at_stage(Stage.FULL_TEXT).with_outcome(Stage.FULL_TEXT, Outcome.INCLUDED)
    )
    return reports_sought(review).filter(record__in=included.values("pk"))


def own_note(reader: User, record: Record, stage: str) -> ScreeningNote | None:
    return ScreeningNote.objects.filter(record=record, stage=stage, reviewer=reader).first()
