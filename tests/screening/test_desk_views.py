"""The desk: one act, one decision; nothing on it tells of a colleague."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Membership, Review
from screening.choices import Verdict
from screening.models import (
    EligibilityCriterion,
    ExclusionReason,
    HighlightTerm,
    Record,
    ScreeningDecision,
    ScreeningNote,
)
from tests.factories import RecordFactory
from tests.screening.helpers import FT, JSON, TA, page, to_full_text, url, vote

Login = Callable[[User], Client]


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("alice", 200), ("olga", 403), ("tess", 403), ("dave", 404)])
@pytest.mark.parametrize("name", ["desk", "desk-cards"])
def test_who_may_sit_at_the_desk(
    who: str, status: int, name: str, record: Record, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    for stage in (TA, FT):
        assert client.get(url(name, record.review, stage)).status_code == status
    assert client.get(f"/reviews/{record.review_id}/desk/third/").status_code in {404, status}


@pytest.mark.parametrize(("who", "status"), [("bob", 302), ("olga", 403), ("tess", 403), ("dave", 404)])
def test_who_may_decide_note_and_undo(
    who: str, status: int, record: Record, as_user: Login, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    client = as_user(user)
    review = record.review
    assert (
        client.post(url("note-keep", review, record.pk), {"stage": TA, "note": "n", "labels": ""}).status_code == status
    )
    assert (
        client.post(url("record-decide", review, record.pk), {"stage": TA, "verdict": "include"}).status_code == status
    )
    assert client.post(url("decision-undo", review), {"stage": TA}).status_code == status
    assert ScreeningDecision.objects.filter(reviewer=user).exists() == (status == 302)


def test_a_stranger_to_the_page_is_asked_to_log_in(client: Client, record: Record) -> None:
    assert client.get(url("desk", record.review, TA)).status_code == 302
    assert (
        client.post(url("record-decide", record.review, record.pk), {"stage": TA, "verdict": "include"}).status_code
        == 302
    )
    assert not ScreeningDecision.objects.exists()


def test_plain_forms_walk_through_the_records(bob: User, review: Review, as_user: Login) -> None:
    records = [RecordFactory(review=review) for _ in range(2)]
    client = as_user(bob)
    for record, verdict in zip(records, ("include", "exclude"), strict=True):
        shown = client.get(url("desk", review, TA))
        assert shown.context["card"].record == record
        sent = {
            "stage": TA,
            "request_key": shown.context["card"].request_key,
            "verdict": verdict,
            "note": "two\r\nlines",
            "labels": "later, child ,",
        }
        assert client.post(url("record-decide", review, record.pk), sent).headers["Location"] == url("desk", review, TA)
    note = ScreeningNote.objects.get(record=records[0])
    assert (note.text, note.labels) == ("two\nlines", ["later", "child"])
    done = client.get(url("desk", review, TA))
    assert done.context["card"] is None
    assert "You have judged 2 records" in done.content.decode()
    undone = client.post(url("decision-undo", review), {"stage": TA})
    assert undone.headers["Location"].endswith(f"?record={records[1].pk}")
    assert client.get(undone.headers["Location"]).context["card"].verdict == ""


def test_the_script_gets_figures_and_the_same_key_counts_once(bob: User, review: Review, as_user: Login) -> None:
    record = RecordFactory(review=review)
    client = as_user(bob)
    sent = {"stage": TA, "verdict": "include", "request_key": str(uuid.uuid4())}
    answers = [client.post(url("record-decide", review, record.pk), sent, headers=JSON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["progress"] == {"judged": 1, "total": 1}
    assert ScreeningDecision.objects.count() == 1
    assert not ScreeningNote.objects.exists()
    other = client.post(url("record-decide", review, record.pk), sent | {"verdict": "exclude"}, headers=JSON)
    assert other.status_code == 422
    assert ScreeningDecision.objects.get().verdict == "include"


def test_too_late_is_409_with_words_and_keeps_what_was_typed(
    alice: User, bob: User, carol: User, record: Record, as_user: Login
) -> None:
    vote(alice, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.INCLUDE)
    sent = {"stage": TA, "verdict": "include", "note": "typed at length", "labels": ""}
    client = as_user(bob)
    told = client.post(url("record-decide", record.review, record.pk), sent, headers=JSON)
    assert told.status_code == 409
    assert "Nothing was saved" in told.json()["message"]
    shown = client.post(url("record-decide", record.review, record.pk), sent)
    assert shown.status_code == 409
    assert "typed at length" in shown.content.decode()
    assert not ScreeningDecision.objects.filter(reviewer=bob).exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"verdict": "perhaps"},
        {"verdict": ""},
        {"verdict": "include", "request_key": "no key"},
        {"verdict": "include", "labels": "x" * 61},
        {"verdict": "exclude", "reason": "999999999999999999999999"},
        {"verdict": "exclude", "reason": "many"},
    ],
)
def test_bad_forms_are_422_and_change_nothing(bob: User, record: Record, as_user: Login, sent: dict[str, str]) -> None:
    answer = as_user(bob).post(url("record-decide", record.review, record.pk), {"stage": TA, **sent})
    assert answer.status_code == 422
    assert not ScreeningDecision.objects.exists()


def test_full_text_excludes_with_one_reason_and_parks_a_maybe(
    bob: User, carol: User, record: Record, reason: ExclusionReason, as_user: Login
) -> None:
    to_full_text(record, bob, carol)
    client = as_user(bob)
    shown = client.get(url("desk", record.review, FT)).content.decode()
    assert reason.label in shown
    assert "No file yet" in shown
    refused = client.post(
        url("record-decide", record.review, record.pk), {"stage": FT, "verdict": "exclude", "note": "why"}
    )
    assert refused.status_code == 422
    assert "exactly one primary reason" in refused.content.decode()
    assert (
        client.post(url("record-decide", record.review, record.pk), {"stage": FT, "verdict": "maybe"}).status_code
        == 302
    )
    assert client.get(url("desk", record.review, FT)).context["card"].verdict == "maybe"
    sent = {"stage": FT, "verdict": "exclude", "reason": reason.pk}
    assert client.post(url("record-decide", record.review, record.pk), sent).status_code == 302
    assert ScreeningDecision.objects.get(reviewer=bob, stage=FT, superseded_at=None).reason == reason


def test_a_reason_chosen_before_including_says_nothing(
    bob: User, carol: User, record: Record, reason: ExclusionReason, as_user: Login
) -> None:
    to_full_text(record, bob, carol)
    sent = {"stage": FT, "verdict": "include", "reason": reason.pk}
    assert as_user(bob).post(url("record-decide", record.review, record.pk), sent).status_code == 302


def test_records_of_other_reviews_and_huge_numbers_are_not_found(bob: User, record: Record, as_user: Login) -> None:
    foreign = RecordFactory()
    client = as_user(bob)
    for pk in (foreign.pk, 10**30):
        assert (
            client.post(url("record-decide", record.review, pk), {"stage": TA, "verdict": "include"}).status_code == 404
        )
        assert client.post(url("note-keep", record.review, pk), {"stage": TA, "note": "x"}).status_code == 404
        for side in ("record", "after", "before", "skip"):
            expected = 404 if side == "record" or pk > 10**18 else 200
            assert client.get(url("desk", record.review, TA), {side: pk}).status_code == expected
    assert client.get(url("desk", record.review, TA), {"record": "-1"}).status_code == 404


def test_cards_hold_the_next_records_and_skip_what_is_held(bob: User, review: Review, as_user: Login) -> None:
    records = [RecordFactory(review=review) for _ in range(6)]
    client = as_user(bob)
    shown = client.get(url("desk-cards", review, TA), {"skip": [records[0].pk, records[1].pk]})
    assert [card.record for card in shown.context["cards"]] == records[2:5]


def test_browsing_goes_through_waiting_and_own_records_only(
    alice: User, bob: User, carol: User, review: Review, as_user: Login
) -> None:
    first, filled, third = (RecordFactory(review=review) for _ in range(3))
    vote(bob, first, Verdict.EXCLUDE)
    for person in (alice, carol):
        vote(person, filled, Verdict.INCLUDE)
    client = as_user(bob)
    assert client.get(url("desk", review, TA), {"before": third.pk}).context["card"].record == first
    assert client.get(url("desk", review, TA), {"after": first.pk}).context["card"].record == third
    assert client.get(url("desk", review, TA), {"after": third.pk}).context["card"] is None


def test_awkward_texts_are_shown_whole(bob: User, review: Review, as_user: Login) -> None:
    HighlightTerm.objects.create(review=review, kind="for", term="peer*")
    EligibilityCriterion.objects.create(review=review, kind="inclusion", code="I1", text="Adults")
    long = RecordFactory(review=review, title="Peers <b>and</b> " + "x" * 400, abstract="")
    arabic = RecordFactory(
        review=review, title="العيش مع المرض", abstract="دعم الأقران", language="Arabic", doi="10.1/a"
    )
    client = as_user(bob)
    shown = client.get(url("desk", review, TA), {"record": long.pk}).content.decode()
    assert '<mark class="for">Peers</mark> &lt;b&gt;and' in shown
    assert "x" * 400 in shown
    assert 'class="long"' in shown
    assert "No abstract in any of its references" in shown
    assert "<b>I1</b>" in shown
    shown = client.get(url("desk", review, TA), {"record": arabic.pk}).content.decode()
    assert 'dir="rtl" lang="ar"' in shown


SECRETS: list[dict[str, object]] = [
    {"verdict": Verdict.INCLUDE},
    {"verdict": Verdict.EXCLUDE},
    {"verdict": Verdict.MAYBE, "note": "a secret note", "labels": ["secretlabel"]},
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_hidden_vote_changes_no_byte_of_the_desk(
    secret: dict[str, object], bob: User, carol: User, alice: User, record: Record, client: Client
) -> None:
    RecordFactory(review=record.review)
    addresses = [
        url("desk", record.review, TA),
        f"{url('desk', record.review, TA)}?record={record.pk}",
        url("desk-cards", record.review, TA),
    ]
    before = {(who.pk, a): page(client, who, a) for who in (bob, alice) for a in addresses}
    vote(carol, record, **secret)  # type: ignore[arg-type]
    assert {(who.pk, a): page(client, who, a) for who in (bob, alice) for a in addresses} == before


def test_as_many_queries_for_many_records_as_for_few(bob: User, review: Review, as_user: Login) -> None:
    client = as_user(bob)
    counts = []
    for more in (3, 27):
        for _ in range(more):
            RecordFactory(review=review)
        client.get(url("desk", review, TA))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(url("desk-cards", review, TA))
            client.get(url("desk", review, TA))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_one_who_left_the_review_finds_nothing(bob: User, record: Record, as_user: Login) -> None:
    client = as_user(bob)
    Membership.objects.filter(user=bob).update(left_at="2026-01-01T00:00Z")
    assert client.get(url("desk", record.review, TA)).status_code == 404
    assert (
        client.post(url("record-decide", record.review, record.pk), {"stage": TA, "verdict": "include"}).status_code
        == 404
    )


def test_a_vote_of_a_colleague_cannot_be_taken_back(bob: User, carol: User, record: Record, as_user: Login) -> None:
    theirs = vote(carol, record, Verdict.INCLUDE)
    answer = as_user(bob).post(
        url("decision-undo", record.review), {"stage": TA, "decision": str(theirs.uuid)}, headers=JSON
    )
    assert answer.status_code == 409
    theirs.refresh_from_db()
    assert theirs.superseded_at is None


@pytest.mark.django_db(transaction=True)
def test_the_same_decision_sent_twice_in_the_same_second_counts_once(bob: User, record: Record) -> None:
    sent = {"stage": TA, "verdict": "include", "request_key": str(uuid.uuid4())}

    def send(_: int) -> tuple[int, str]:
        client = Client()
        client.force_login(bob)
        try:
            answer = client.post(url("record-decide", record.review, record.pk), sent, headers=JSON)
            return answer.status_code, answer.json()["decision"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))
    assert [status for status, _ in answers] == [200]
    assert ScreeningDecision.objects.count() == 1
