"""Versions of the criteria, pilots and their results, and what was judged under an older version."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Min, QuerySet
from django.db.models.functions import Coalesce

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.agreement import AgreementReport, agreement_of, collapse
from screening.choices import Outcome, Stage, Verdict
from screening.models import CriteriaVersion, Pilot, Record, ScreeningDecision, ScreeningOutcome
from screening.queries.allocation import sample_of, screeners
from screening.visibility import pilot_names, pilot_votes, pilot_votes_visible_to

TWO = (Verdict.INCLUDE.value, Verdict.EXCLUDE.value)


def current_version(review: Review) -> int:
    """Number of the criteria in force; 0 before there are any."""
    return int(CriteriaVersion.objects.filter(review=review).aggregate(last=Max("number"))["last"] or 0)


def versions(review: Review) -> QuerySet[CriteriaVersion]:
    return CriteriaVersion.objects.filter(review=review).select_related("created_by").order_by("-number")


# --- Pilots -----------------------------------------------------------------------------------------------------------


def votes_needed(pilot: Pilot) -> int:
    """Votes until everybody who screens has judged the whole sample."""
    return len(screeners(pilot.review, pilot.stage)) * live_sample(pilot).count()


def live_sample(pilot: Pilot) -> QuerySet[Record]:
    return Record.objects.live().filter(pk__in=sample_of(pilot))


@dataclass(frozen=True)
class PilotRow:
    """One record of the sample with what each said: {rater: verdict}, in the order of the raters."""

    record: Record
    votes: list[ScreeningDecision | None]
    differ: bool


@dataclass(frozen=True)
class PilotResult:
    """What came out of a pilot, once its votes are shown; `hidden` counts records that are judged anew and not settled yet."""

    raters: list[str]
    report: AgreementReport
    rows: list[PilotRow]
    hidden: int

    @property
    def disagreements(self) -> list[PilotRow]:
        return [row for row in self.rows if row.differ]


def pilot_result(reader: User, pilot: Pilot) -> PilotResult | None:
    """None before the votes are shown."""
    if pilot.revealed_at is None:
        return None
    everything = list(_counted(pilot, pilot_votes(pilot)).values_list("root", "reviewer_id", "verdict"))
    people = list(User.objects.filter(pk__in={reviewer for _, reviewer, _ in everything}).order_by("pk"))
    names = pilot_names(reader, pilot, people)
    order = sorted(names, key=lambda pk: names[pk])
    units: dict[int, dict[int, str]] = defaultdict(dict)
    for root, reviewer, verdict in everything:
        units[root][reviewer] = collapse(verdict)
    shown: dict[int, dict[int, ScreeningDecision]] = defaultdict(dict)
    for vote in _counted(pilot, pilot_votes_visible_to(reader, pilot)):
        shown[vote.root][vote.reviewer_id] = vote
    records = Record.objects.in_bulk(list(shown))
    rows = [
        PilotRow(records[root], [votes.get(pk) for pk in order], len(set(units[root].values())) > 1)
        for root, votes in sorted(shown.items())
    ]
    report = agreement_of([[votes.get(pk) for pk in order] for votes in units.values()], TWO)
    return PilotResult([names[pk] for pk in order], report, rows, len(units) - len(rows))


def _counted(pilot: Pilot, votes: QuerySet[Any]) -> QuerySet[Any]:
    """At full text a maybe is parked and no vote."""
    return votes.exclude(verdict=Verdict.MAYBE) if pilot.stage == Stage.FULL_TEXT else votes


# --- Judged under older criteria --------------------------------------------------------------------------------------


def judged_before(review: Review, stage: str, version: int) -> QuerySet[ScreeningOutcome]:
    """Outcomes, of records whose votes are all in, that rest on a vote given under criteria older than this version."""
    oldest = (
        ScreeningDecision.objects.filter(review=review, stage=stage, superseded_at=None)
        .annotate(root=Coalesce("record__merged_into_id", "record_id"))
        .order_by()
        .values("root")
        .annotate(oldest=Min("criteria_version"))
        .filter(oldest__lt=version)
    )
    at_stage = Record.objects.in_review(review).at_stage(stage)
    return ScreeningOutcome.objects.filter(stage=stage, record__in=at_stage.values("pk")).filter(
        record__in=oldest.values("root")
    )


def outcomes_before(review: Review, stage: str, version: int) -> dict[str, int]:
    """How many of them are included, excluded and in conflict."""
    counts = Counter(judged_before(review, stage, version).values_list("outcome", flat=True))
    return {outcome.value: counts[outcome] for outcome in (Outcome.INCLUDED, Outcome.EXCLUDED, Outcome.CONFLICT)}
