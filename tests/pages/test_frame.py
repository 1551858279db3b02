"""The frame: stages with honest progress, links by task, and few queries."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.pages.pipeline import pipeline
from reviewapp.reviews.models import Membership, Review
from screening.choices import Stage, Verdict
from screening.queries.desk import progress_of, stage_totals
from screening.queries.frame import own_stage
from screening.services.decisions import make_decision
from tests.factories import ExclusionReasonFactory, RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def notes(user: User, review: Review) -> dict[str, str]:
    return {line.key: line.note for line in pipeline(Membership.objects.get(user=user, review=review), None)}


def vote(who: User, record: object, verdict: str, stage: str = TA, **more: object) -> None:
    make_decision(actor=who, record=record, stage=stage, verdict=verdict, **more)  # type: ignore[arg-type]


def test_stages_tell_own_work_and_conflicts(review: Review, bob: User, carol: User, olga: User) -> None:
    records = [RecordFactory(review=review) for _ in range(4)]
    vote(bob, records[0], Verdict.INCLUDE)
    vote(carol, records[0], Verdict.EXCLUDE)
    vote(bob, records[1], Verdict.EXCLUDE)
    assert notes(bob, review)["title_abstract"] == "2 of 4 by you · 1 conflict"
    assert notes(olga, review)["title_abstract"] == "0 of 4 settled · 1 conflict"
    assert notes(bob, review)["conflicts"] == "1 open · 1 for you"
    assert notes(olga, review)["conflicts"] == "1 open"


def test_a_hidden_vote_changes_nothing_in_a_colleagues_frame(
    review: Review, bob: User, carol: User, alice: User
) -> None:
    record = RecordFactory(review=review)
    before = [notes(who, review) for who in (bob, alice)]
    vote(carol, record, Verdict.EXCLUDE)
    assert [notes(who, review) for who in (bob, alice)] == before


def test_own_stage_says_what_the_single_queries_say(review: Review, bob: User, carol: User) -> None:
    reason = ExclusionReasonFactory(review=review)
    records = [RecordFactory(review=review) for _ in range(5)]
    for record in records[:4]:
        vote(bob, record, Verdict.INCLUDE)
        vote(carol, record, Verdict.INCLUDE)
    vote(bob, records[0], Verdict.MAYBE, FT)
    vote(bob, records[1], Verdict.EXCLUDE, FT, reason=reason)
    vote(carol, records[2], Verdict.INCLUDE, FT)
    for who in (bob, carol):
        for stage in Stage:
            own, single, totals = (
                own_stage(who, review, stage),
                progress_of(who, review, stage),
                stage_totals(review, stage),
            )
            assert (own.judged, own.waiting) == (single.judged, single.waiting)
            assert (own.records, own.settled, own.conflicts) == (totals.records, totals.settled, totals.conflicts)
    assert (own_stage(bob, review, FT).judged, own_stage(bob, review, FT).waiting) == (1, 3)


def test_the_frame_asks_the_database_a_few_times_whatever_the_size(client: Client, review: Review, bob: User) -> None:
    client.force_login(bob)
    url = reverse("screening:protocol", args=[review.pk])
    client.get(url)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
        for _ in range(10):
            RecordFactory(review=review)
    assert counts[0] == counts[1]
    frame = [q["sql"] for q in queries.captured_queries if "screening_record" in q["sql"]]
    assert len(frame) <= 12


@pytest.mark.parametrize(("who", "settings_link"), [("alice", True), ("bob", False), ("olga", False)])
def test_only_leads_are_offered_the_settings(
    who: str, settings_link: bool, client: Client, review: Review, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    page = client.get(reverse("review-detail", args=[review.pk])).content.decode()
    assert (reverse("team:review-edit", args=[review.pk]) in page) is settings_link


def test_pages_outside_a_review_have_no_pipeline(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert 'class="pipeline"' not in client.get(reverse("home")).content.decode()


def test_no_page_may_be_shown_inside_another(review: Review, alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.get(reverse("review-detail", args=[review.pk]))
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
