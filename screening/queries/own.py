"""What one person did at the desk. For that person alone: there is no way to ask for somebody else."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from django.db.models import Count
from django.db.models.functions import TruncDate

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import ScreeningDecision

PAUSE = timedelta(minutes=5)  # somebody who did not decide for so long was not at the desk
LATEST = 500  # decisions that the pace is taken from
DAYS = 14


@dataclass(frozen=True)
class OwnStageWork:
    """One's own standing verdicts at a stage, and how long one usually takes for a record."""

    stage: Stage
    include: int
    maybe: int
    exclude: int
    seconds: float | None  # median, pauses left out; None while there are too few decisions

    @property
    def total(self) -> int:
        return self.include + self.maybe + self.exclude


@dataclass(frozen=True)
class OwnDay:
    day: date
    count: int


def own_work(reader: User, review: Review) -> list[OwnStageWork]:
    """The reader's work at each stage, in two queries each."""
    return [_work_at(reader, review, stage) for stage in Stage]


def _work_at(reader: User, review: Review, stage: Stage) -> OwnStageWork:
    mine = ScreeningDecision.objects.filter(review=review, reviewer=reader, stage=stage)
    counts = dict(mine.filter(superseded_at=None).order_by().values_list("verdict").annotate(n=Count("pk")))
    return OwnStageWork(
        stage=stage,
        include=counts.get(Verdict.INCLUDE, 0),
        maybe=counts.get(Verdict.MAYBE, 0),
        exclude=counts.get(Verdict.EXCLUDE, 0),
        seconds=_pace(list(mine.order_by("-id").values_list("decided_at", flat=True)[:LATEST])),
    )


def _pace(latest_first: list[datetime]) -> float | None:
    steps = [newer - older for newer, older in pairwise(latest_first)]
    worked = [step.total_seconds() for step in steps if timedelta() <= step <= PAUSE]
    return median(worked) if len(worked) >= 5 else None


def own_days(reader: User, review: Review) -> list[OwnDay]:
    """Decisions per day on the latest days with any, earliest first."""
    rows = (
        ScreeningDecision.objects.filter(review=review, reviewer=reader)
        .order_by()
        .values(day=TruncDate("decided_at"))
        .annotate(n=Count("pk"))
        .order_by("-day")[:DAYS]
    )
    return [OwnDay(row["day"], row["n"]) for row in reversed(rows)]
