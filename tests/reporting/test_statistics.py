"""The statistics page: what became complete when, what is left, until when; nothing of it moves with a hidden vote."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.reporting.statistics.forecast import FURTHEST, forecast
from reviewapp.reporting.statistics.queries import stage_statistics
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import ExclusionReason, Record, ScreeningOutcome
from screening.services.decisions import make_decision
from tests.factories import make_record

TA = Stage.TITLE_ABSTRACT


def judged(review: Review, *people: User, verdict: str = "include", reason: ExclusionReason | None = None) -> Record:
    record = make_record(review)
    for who in people:
        make_decision(actor=who, record=record, stage=TA, verdict=verdict, reason=reason)
    return record


def test_a_steady_pace_has_no_range_and_a_wild_one_a_wide_one() -> None:
    steady = forecast([10] * 28, 100)
    wild = forecast([0, 0, 40, 0, 0, 20, 10] * 4, 100)
    assert steady is not None
    assert (steady.soonest, steady.expected, steady.latest) == (10, 10, 10)
    assert wild is not None
    assert wild.soonest < wild.expected < wild.latest
    assert forecast([10] * 4 + [0] * 24, 100) is None  # too few days tell anything
    assert forecast([10] * 28, 0) is None
    slow = forecast([1, 0, 0, 0] * 7, 10**9)
    assert slow is not None
    assert slow.latest == FURTHEST


@pytest.mark.parametrize("left", [1, 7, 50, 1000])
def test_the_range_holds_the_expected_day(left: int) -> None:
    found = forecast([3, 0, 9, 4, 0, 0, 12] * 4, left)
    assert found is not None
    assert 1 <= found.soonest <= found.expected <= found.latest


def test_records_count_on_the_day_of_their_last_vote(
    client: Client, review: Review, alice: User, bob: User, carol: User, reason: ExclusionReason
) -> None:
    old = judged(review, bob, carol)
    ScreeningOutcome.objects.filter(record=old).update(completed_at=timezone.now() - timedelta(days=3))
    judged(review, bob, carol, verdict=Verdict.EXCLUDE, reason=reason)
    judged(review, bob)
    found = stage_statistics(review, TA)
    assert [day.records for day in found.days] == [1, 0, 0, 1]
    assert (found.totals.pending, found.forecast) == (1, None)
    assert [(each.label, each.records) for each in found.reasons] == [("Not reported in English", 1)]
    client.force_login(alice)
    page = client.get(reverse("reporting:statistics", args=[review.pk])).content.decode()
    assert "cannot be told yet" in page
    assert "Not reported in English" in page
    table = client.get(reverse("reporting:statistics-export", args=[review.pk])).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {"stage": "title_abstract", "figure": "reasons", "line": "Not reported in English", "value": "1"} in rows
    api = APIClient()
    api.force_authenticate(alice)
    told = api.get(f"/api/v1/reviews/{review.pk}/statistics/").json()
    assert [day["records"] for day in told["stages"][0]["days"]] == [1, 0, 0, 1]
    assert told["stages"][0]["forecast"] is None


def test_a_forecast_in_days_of_the_calendar(
    client: Client, review: Review, alice: User, bob: User, carol: User
) -> None:
    for days in range(10):
        record = judged(review, bob, carol)
        ScreeningOutcome.objects.filter(record=record).update(completed_at=timezone.now() - timedelta(days=days))
    for _ in range(20):
        make_record(review)
    found = stage_statistics(review, TA)
    assert found.by_day["expected"] == timezone.localdate() + timedelta(days=20)
    client.force_login(alice)
    assert "most probably between" in client.get(reverse("reporting:statistics", args=[review.pk])).content.decode()


def test_a_hidden_vote_moves_nothing_and_only_leads_look(
    client: Client, review: Review, alice: User, bob: User, carol: User
) -> None:
    judged(review, bob, carol)
    waiting = make_record(review)
    before = [stage_statistics(review, stage) for stage in Stage]
    make_decision(actor=carol, record=waiting, stage=TA, verdict=Verdict.EXCLUDE)
    assert [stage_statistics(review, stage) for stage in Stage] == before
    client.force_login(bob)
    assert client.get(reverse("reporting:statistics", args=[review.pk])).status_code == 403
    assert client.get(reverse("reporting:statistics-export", args=[review.pk])).status_code == 403


def test_the_number_of_queries_does_not_grow(
    client: Client, review: Review, alice: User, bob: User, carol: User
) -> None:
    client.force_login(alice)

    def asked(n: int) -> int:
        for _ in range(n):
            judged(review, bob, carol, verdict=Verdict.EXCLUDE)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("reporting:statistics", args=[review.pk]))
        return len(queries)

    assert asked(3) == asked(27)
