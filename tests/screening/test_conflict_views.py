"""The settling table: votes without names while it is open, two ways out, and nothing before all votes are in."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Outcome, SettlerSees, Verdict
from screening.models import Adjudication, Conflict, ConflictComment, ExclusionReason, Record, StageRule
from screening.services import conflicts
from screening.services.decisions import undo_decision
from screening.visibility import outcome_of
from tests.factories import ExclusionReasonFactory, RecordFactory
from tests.screening.helpers import FT, TA, conflict_on, page, to_full_text, url, vote

Login = Callable[[User], Client]


@pytest.fixture
def conflict(bob: User, carol: User, record: Record) -> Conflict:
    return conflict_on(record, bob, carol)


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("tess", 200), ("olga", 200), ("alice", 200), ("dave", 404)])
def test_who_may_read(
    who: str, status: int, conflict: Conflict, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("conflict-list", conflict.review)).status_code == status
    assert client.get(url("conflict-detail", conflict.review, conflict.pk)).status_code == status


@pytest.mark.parametrize(
    ("who", "comment", "agree", "rule"),
    [
        ("bob", 302, 302, 403),
        ("tess", 302, 403, 302),
        ("alice", 403, 403, 403),
        ("olga", 403, 403, 403),
        ("dave", 404, 404, 404),
    ],
)
def test_who_may_act(
    who: str, comment: int, agree: int, rule: int, conflict: Conflict, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    review, pk = conflict.review, conflict.pk
    assert client.post(url("conflict-comment", review, pk), {"text": "I read it so"}).status_code == comment
    assert client.post(url("conflict-agree", review, pk), {"verdict": "include"}).status_code == agree
    sent = {"verdict": "include", "rationale": "It fits I1."}
    assert client.post(url("conflict-adjudicate", review, pk), sent).status_code == rule


@pytest.mark.parametrize("who", ["bob", "tess", "olga", "alice"])
def test_an_open_conflict_names_nobody(
    who: str, conflict: Conflict, client: Client, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(who)
    carol = User.objects.get(name="Carol")
    conflicts.comment(actor=carol, conflict=conflict, text="To me it is about providers")
    conflicts.agree(actor=carol, conflict=conflict, verdict=Verdict.EXCLUDE)
    shown = page(client, reader, url("conflict-detail", conflict.review, conflict.pk)).decode()
    main = shown[shown.index('class="settle"') :]
    assert "about providers" in main
    assert "Reviewer " in main
    assert "Carol" not in main


def test_names_appear_where_the_rule_shows_them_and_after_settling(
    tess: User, conflict: Conflict, as_user: Login
) -> None:
    client = as_user(tess)
    address = url("conflict-detail", conflict.review, conflict.pk)
    StageRule.objects.filter(review=conflict.review).update(settler_sees=SettlerSees.NAMES)
    assert "<figcaption>Carol" in client.get(address).content.decode()
    StageRule.objects.filter(review=conflict.review).update(settler_sees=SettlerSees.ANONYMOUS)
    assert "<figcaption>Carol" not in client.get(address).content.decode()
    client.post(
        url("conflict-adjudicate", conflict.review, conflict.pk), {"verdict": "include", "rationale": "It fits."}
    )
    settled = client.get(address).content.decode()
    assert "<figcaption>Carol" in settled
    assert "It fits." in settled


def test_a_settler_who_judges_alone_sees_no_vote_and_no_word(
    tess: User, bob: User, conflict: Conflict, as_user: Login
) -> None:
    StageRule.objects.filter(review=conflict.review).update(settler_sees=SettlerSees.NOTHING)
    conflicts.comment(actor=bob, conflict=conflict, text="my own reading")
    conflicts.agree(actor=bob, conflict=conflict, verdict=Verdict.INCLUDE)
    shown = as_user(tess).get(url("conflict-detail", conflict.review, conflict.pk)).content.decode()
    assert "my own reading" not in shown
    assert "<figure" not in shown
    assert "propose" not in shown
    assert "Your ruling as third assessor" in shown


def test_the_voters_agree_by_forms_and_the_next_conflict_follows(
    bob: User, carol: User, conflict: Conflict, as_user: Login
) -> None:
    following = conflict_on(RecordFactory(review=conflict.review), bob, carol)
    address = url("conflict-agree", conflict.review, conflict.pk)
    own = url("conflict-detail", conflict.review, conflict.pk)
    assert as_user(bob).post(address, {"verdict": "include"}).headers["Location"] == own
    assert "Waits for the others" in as_user(bob).get(own).content.decode()
    assert "Confirm" in as_user(carol).get(own).content.decode()
    answer = as_user(carol).post(address, {"verdict": "include"})
    assert answer.headers["Location"] == url("conflict-detail", conflict.review, following.pk)
    assert outcome_of(conflict.record, TA) == Outcome.INCLUDED


def test_a_proposal_can_be_withdrawn_by_its_author_only(
    bob: User, carol: User, conflict: Conflict, as_user: Login
) -> None:
    conflicts.agree(actor=bob, conflict=conflict, verdict=Verdict.INCLUDE)
    address = url("conflict-withdraw", conflict.review, conflict.pk)
    assert as_user(carol).post(address).status_code == 409
    assert as_user(bob).post(address).status_code == 302
    assert not conflict.proposals.filter(withdrawn_at=None).exists()


def test_a_settler_who_voted_cannot_rule(bob: User, conflict: Conflict, as_user: Login) -> None:
    bob.memberships.update(tasks=["screen_title_abstract", "settle_conflicts"])
    client = as_user(bob)
    assert "Your ruling" not in client.get(url("conflict-detail", conflict.review, conflict.pk)).content.decode()
    sent = {"verdict": "include", "rationale": "mine"}
    assert client.post(url("conflict-adjudicate", conflict.review, conflict.pk), sent).status_code == 403
    assert not Adjudication.objects.exists()


def test_a_ruling_needs_a_rationale_and_keeps_what_was_typed(tess: User, conflict: Conflict, as_user: Login) -> None:
    client = as_user(tess)
    address = url("conflict-adjudicate", conflict.review, conflict.pk)
    assert client.post(address, {"verdict": "exclude", "rationale": " "}).status_code == 422
    refused = client.post(address, {"verdict": "perhaps", "rationale": "a long thought"})
    assert refused.status_code == 422
    assert "a long thought" in refused.content.decode()
    assert client.post(url("conflict-comment", conflict.review, conflict.pk), {"text": ""}).status_code == 422
    assert not Adjudication.objects.exists()
    assert not ConflictComment.objects.exists()


def test_a_faster_colleague_is_409_with_the_settled_state(
    tess: User, bob: User, conflict: Conflict, as_user: Login
) -> None:
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="Providers only.")
    answer = as_user(bob).post(url("conflict-agree", conflict.review, conflict.pk), {"verdict": "include"})
    assert answer.status_code == 409
    assert "Providers only." in answer.content.decode()
    assert outcome_of(conflict.record, TA) == Outcome.EXCLUDED


@pytest.mark.parametrize(("who", "status"), [("alice", 302), ("tess", 302), ("bob", 403), ("olga", 403), ("dave", 404)])
def test_who_may_reopen(
    who: str, status: int, tess: User, conflict: Conflict, as_user: Login, request: pytest.FixtureRequest
) -> None:
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="Providers only.")
    client = as_user(request.getfixturevalue(who))
    answer = client.post(url("conflict-reopen", conflict.review, conflict.pk), {"why": "The criteria changed"})
    assert answer.status_code == status
    assert Conflict.objects.filter(closed_at=None).exists() == (status == 302)
    if status == 302:
        again = client.post(url("conflict-reopen", conflict.review, conflict.pk), {"why": "Twice"})
        assert again.status_code == 409


def test_reasons_conflict_at_full_text(
    bob: User, carol: User, tess: User, record: Record, reason: ExclusionReason, as_user: Login
) -> None:
    other = ExclusionReasonFactory(review=record.review, label="Insufficient data")
    to_full_text(record, bob, carol)
    vote(bob, record, Verdict.EXCLUDE, FT, reason=reason)
    vote(carol, record, Verdict.EXCLUDE, FT, reason=other)
    conflict = Conflict.objects.get(stage=FT)
    client = as_user(tess)
    shown = client.get(url("conflict-detail", record.review, conflict.pk)).content.decode()
    assert 'value="include"' not in shown
    address = url("conflict-adjudicate", record.review, conflict.pk)
    assert client.post(address, {"verdict": "exclude", "rationale": "x"}).status_code == 422
    sent = {"verdict": "exclude", "rationale": "No data on lived experience.", "reason": other.pk}
    assert client.post(address, sent).status_code == 302
    assert record.outcomes.get(stage=FT).reason == other


def test_lists_tell_mine_from_all_and_keep_how_it_was_settled(
    alice: User, bob: User, carol: User, tess: User, olga: User, conflict: Conflict, as_user: Login
) -> None:
    review = conflict.review
    theirs = conflict_on(RecordFactory(review=review, title="Theirs alone"), alice, carol)
    assert "Theirs alone" not in as_user(bob).get(url("conflict-list", review)).content.decode()
    assert "Theirs alone" in as_user(bob).get(url("conflict-list", review), {"show": "open"}).content.decode()
    assert "Theirs alone" in as_user(tess).get(url("conflict-list", review)).content.decode()
    filtered = as_user(tess).get(url("conflict-list", review), {"stage": FT})
    assert "Theirs alone" not in filtered.content.decode()
    conflicts.adjudicate(actor=tess, conflict=theirs, verdict=Verdict.EXCLUDE, rationale="Providers only.")
    settled = as_user(olga).get(url("conflict-list", review), {"show": "settled"}).content.decode()
    assert "Theirs alone" in settled
    assert "Ruling of the third assessor" in settled
    assert "Tess" in settled


def test_what_was_said_is_hidden_again_while_a_vote_is_missing(
    alice: User, bob: User, carol: User, conflict: Conflict, client: Client
) -> None:
    address = url("conflict-detail", conflict.review, conflict.pk)
    conflicts.comment(actor=carol, conflict=conflict, text="my secret reading")
    undo_decision(actor=bob, decision=conflict.record.decisions.get(reviewer=bob))
    for reader in (alice, bob):
        shown = page(client, reader, address).decode()
        assert "my secret reading" not in shown
        assert "<figure" not in shown


def test_hidden_votes_change_no_byte_of_the_conflict_pages(
    alice: User, bob: User, carol: User, tess: User, conflict: Conflict, client: Client
) -> None:
    other = RecordFactory(review=conflict.review)
    addresses = [
        url("conflict-list", conflict.review),
        f"{url('conflict-list', conflict.review)}?show=open",
        f"{url('conflict-list', conflict.review)}?show=settled",
        url("conflict-detail", conflict.review, conflict.pk),
    ]
    before = [page(client, who, a) for who in (alice, bob, tess) for a in addresses]
    vote(carol, other, Verdict.EXCLUDE, note="secret", labels=["secret"])
    assert [page(client, who, a) for who in (alice, bob, tess) for a in addresses] == before


@pytest.mark.parametrize("show", ["mine", "open", "settled"])
def test_as_many_queries_for_many_conflicts_as_for_few(
    show: str, bob: User, carol: User, tess: User, review: Review, as_user: Login
) -> None:
    client, counts = as_user(tess), []
    for more in (3, 27):
        for _ in range(more):
            conflict = conflict_on(RecordFactory(review=review), bob, carol)
            if show == "settled":
                conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="So.")
        client.get(url("conflict-list", review), {"show": show})
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(url("conflict-list", review), {"show": show})
        counts.append(len(asked))
    assert len(shown.context["page"].rows) == 30
    assert counts[0] == counts[1]


def test_conflicts_of_other_reviews_are_not_found(bob: User, carol: User, review: Review, as_user: Login) -> None:
    foreign = RecordFactory()
    theirs = Conflict.objects.create(review=foreign.review, record=foreign, stage=TA, kind="decision")
    client = as_user(bob)
    for pk in (theirs.pk, 10**30):
        assert client.get(url("conflict-detail", review, pk)).status_code == 404
        assert client.post(url("conflict-agree", review, pk), {"verdict": "include"}).status_code == 404
