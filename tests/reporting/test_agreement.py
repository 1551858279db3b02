"""Agreement as people read it: the worked example on the page and in the table, week by week, nothing from hidden votes."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reporting.agreement import COLUMNS, agreement_at
from reviewapp.reporting.drift import chart_of
from reviewapp.reviews.models import Review
from screening.choices import SettlerSees, Stage, Verdict
from screening.models import Conflict, ScreeningDecision, StageRule
from screening.services import conflicts
from tests.factories import RecordFactory
from tests.screening.helpers import conflict_on, vote

TA = Stage.TITLE_ABSTRACT
YES, MAYBE, NO = Verdict.INCLUDE, Verdict.MAYBE, Verdict.EXCLUDE


def judge(review: Review, *rounds: tuple[dict[User, str], int]) -> None:
    """So many records with these votes."""
    for votes, times in rounds:
        for _ in range(times):
            record = RecordFactory(review=review)
            for who, verdict in votes.items():
                vote(who, record, verdict)


def table(client: Client, review: Review, who: User) -> dict[tuple[str, ...], str]:
    client.force_login(who)
    content = client.get(reverse("reporting:agreement-export", args=[review.pk])).content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(content))
    assert tuple(header) == COLUMNS
    return {tuple(row[:5]): row[5] for row in rows}


def test_the_table_holds_the_worked_example(client: Client, review: Review, bob: User, carol: User) -> None:
    """E1 of the methods with a fifth of its records; κ, PABAK and AC1 stay as they are: 4, 1, 2, 3."""
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NAMES)
    judge(
        review,
        ({bob: YES, carol: YES}, 4),
        ({bob: YES, carol: NO}, 1),
        ({bob: NO, carol: MAYBE}, 2),
        ({bob: NO, carol: NO}, 3),
    )
    found = table(client, review, bob)
    pair = (TA, "maybe as include", "Bob and Carol", "")
    assert float(found[*pair, "Cohen's kappa"]) == pytest.approx(0.4)
    assert float(found[*pair, "PABAK"]) == pytest.approx(0.4)
    assert found[*pair, "records include / exclude"] == "1"
    assert float(found[TA, "maybe as include", "all", "", "Gwet's AC1"]) == pytest.approx(0.405941, abs=5e-7)
    assert float(found[TA, "as given", "all", "", "percent agreement"]) == pytest.approx(0.7)
    assert found[Stage.FULL_TEXT, "as given", "all", "", "percent agreement"] == ""


def test_settling_a_conflict_changes_no_figure(
    client: Client, review: Review, bob: User, carol: User, tess: User
) -> None:
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NAMES)
    judge(review, ({bob: YES, carol: YES}, 2), ({bob: NO, carol: YES}, 1))
    before = table(client, review, bob)
    [conflict] = Conflict.objects.filter(review=review)
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=NO, rationale="Not about peers.")
    assert table(client, review, bob) == before


def test_every_week_has_its_own_figure_and_a_chart_shows_the_drift(
    client: Client, review: Review, bob: User, carol: User
) -> None:
    judge(review, ({bob: YES, carol: YES}, 2), ({bob: YES, carol: NO}, 2))
    first = datetime(2026, 3, 4, 9, tzinfo=UTC)  # a Wednesday
    for weeks, record in enumerate(review.records.order_by("pk")):
        ScreeningDecision.objects.filter(record=record).update(revealed_at=first + timedelta(weeks=weeks // 2))
    found = agreement_at(bob, review, TA)
    assert [(week.monday.isoformat(), week.records, week.observed) for week in found.weeks] == [
        ("2026-03-02", 2, 1.0),
        ("2026-03-09", 2, 0.0),
    ]
    chart = chart_of(found.weeks)
    assert chart is not None
    assert chart.points[0].y < chart.points[1].y  # agreement fell: on a drawing down is more
    client.force_login(bob)
    page = client.get(reverse("reporting:agreement", args=[review.pk])).content.decode()
    assert "9 Mar 2026" in page
    assert f'points="{chart.line}"' in page


def test_one_week_has_no_chart(review: Review, bob: User, carol: User) -> None:
    judge(review, ({bob: YES, carol: YES}, 2))
    assert chart_of(agreement_at(bob, review, TA).weeks) is None


def test_who_settles_without_seeing_votes_learns_none_from_the_figures(
    review: Review, bob: User, carol: User, alice: User, tess: User
) -> None:
    """With three voters the table of a contested record would tell which way two of them went."""
    StageRule.objects.filter(review=review, stage=TA).update(votes_required=3, settler_sees=SettlerSees.NOTHING)
    judge(review, ({alice: YES, bob: YES, carol: YES}, 2))
    record = RecordFactory(review=review)
    for who, verdict in ((alice, YES), (bob, YES), (carol, NO)):
        vote(who, record, verdict)
    to_settle, voted = agreement_at(tess, review, TA), agreement_at(bob, review, TA)
    assert (to_settle.collapsed.units, to_settle.withheld) == (2, 1)
    assert (voted.collapsed.units, voted.withheld) == (3, 0)


def test_no_figure_moves_with_a_hidden_vote(client: Client, review: Review, bob: User, carol: User, olga: User) -> None:
    judge(review, ({bob: YES, carol: YES}, 2))
    conflict_on(RecordFactory(review=review), bob, carol)
    before = table(client, review, olga)
    vote(carol, RecordFactory(review=review), NO)
    assert table(client, review, olga) == before
