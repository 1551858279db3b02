"""The votes that statistics of agreement are made of."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import ImportState
from screening.models import ScreeningDecision, ScreeningOutcome, StageRule
from screening.visibility import ROOT, withheld_records


@dataclass
class Unit:
    """One complete record: its independent verdicts by reviewer, and the Monday of the week in which the last came in."""

    week: date
    votes: dict[int, str] = field(default_factory=dict)
    taken_over: int = 0


@dataclass(frozen=True)
class IndependentVotes:
    units: list[Unit]
    withheld: int  # records in open conflict that this reader is to judge without seeing the votes
    taken_over: int  # votes among them that came with a file, of which a lead said that they were given blind


def independent_votes(reader: User | None, review: Review, stage: str) -> IndependentVotes:
    """Verdicts on each complete record with several votes: the independent ones, as they were first revealed.

    Without a reader: those that every member may know.
    """
    needed = min(2, StageRule.objects.get(review=review, stage=stage).votes_required)
    complete = ScreeningOutcome.objects.filter(record__review=review, record__merged_into=None, stage=stage).values(
        "record"
    )
    rows = (
        ScreeningDecision.objects.filter(review=review, stage=stage, independent=True, set_aside_at=None)
        .exclude(revealed_at=None)
        .exclude(handover__state=ImportState.UNDONE)
        .annotate(root=ROOT)
        .filter(root__in=complete)
        .order_by("id")
        .values_list("root", "reviewer_id", "verdict", "revealed_at__date", "handover")
    )
    units: dict[int, Unit] = {}
    for root, reviewer, verdict, revealed, handover in rows:
        unit = units.setdefault(root, Unit(revealed))
        if reviewer not in unit.votes:
            unit.votes[reviewer] = verdict
            unit.taken_over += handover is not None
        unit.week = max(unit.week, revealed)
    hidden = withheld_records(reader, review, stage) & units.keys()
    shown = [unit for root, unit in units.items() if root not in hidden and len(unit.votes) >= needed]
    for unit in shown:
        unit.week -= timedelta(days=unit.week.weekday())
    return IndependentVotes(shown, len(hidden), sum(unit.taken_over for unit in shown))


def by_week(units: list[Unit]) -> dict[date, list[Unit]]:
    """The units of each week that had some, in the order of time."""
    weeks: dict[date, list[Unit]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit.week):
        weeks[unit.week].append(unit)
    return dict(weeks)
