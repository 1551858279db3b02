"""The figures of the statistics page: of records whose votes are all in, and of nothing that is hidden from anybody."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from reviewapp.reporting.statistics.forecast import DAYS_LOOKED_AT, Forecast, forecast
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Stage
from screening.models import Record, ScreeningOutcome
from screening.queries.desk import StageTotals, stage_totals

NO_REASON = "No reason given"


@dataclass(frozen=True)
class Day:
    day: date
    records: int


@dataclass(frozen=True)
class Reason:
    label: str
    records: int


@dataclass(frozen=True)
class StageStatistics:
    """One stage: where its records stand, on which day each became complete, until when, and why they were excluded."""

    stage: str
    totals: StageTotals
    days: list[Day]
    forecast: Forecast | None
    reasons: list[Reason]

    @property
    def label(self) -> str:
        return Stage(self.stage).label

    @property
    def by_day(self) -> dict[str, date]:
        """The days of the forecast."""
        if self.forecast is None:
            return {}
        today = timezone.localdate()
        found = self.forecast
        return {name: today + timedelta(days=getattr(found, name)) for name in ("soonest", "expected", "latest")}


def stage_statistics(review: Review, stage: str) -> StageStatistics:
    """A record counts on the day on which its last vote came in: votes on records that still wait are in no figure."""
    at_stage = Record.objects.in_review(review).at_stage(stage)
    outcomes = ScreeningOutcome.objects.filter(record__in=at_stage.values("pk"), stage=stage)
    counted = Counter(
        dict(outcomes.annotate(day=TruncDate("completed_at")).order_by().values_list("day").annotate(n=Count("pk")))
    )
    days = _every_day(counted)
    totals = stage_totals(review, stage)
    rows = outcomes.filter(outcome=Outcome.EXCLUDED).order_by("reason__position", "reason__label")
    reasons: Counter[str] = Counter()
    for label, n in rows.values_list("reason__label").annotate(n=Count("pk")):
        reasons[label or NO_REASON] += n
    return StageStatistics(
        stage=stage,
        totals=totals,
        days=days,
        forecast=forecast([each.records for each in days[-DAYS_LOOKED_AT:]], totals.pending),
        reasons=[Reason(label, n) for label, n in reasons.most_common()],
    )


def _every_day(counted: Counter[date]) -> list[Day]:
    """From the first day on which a record became complete to today, days of rest among them."""
    if not counted:
        return []
    first, today = min(counted), timezone.localdate()
    return [Day(day, counted[day]) for day in (first + timedelta(days=n) for n in range((today - first).days + 1))]
