"""The reading list: the queue of the desk under one another, and nothing on it tells of a colleague."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import Stage, Verdict
from screening.models import Record, ScreeningDecision, ScreeningNote
from screening.queries.desk import AT_ONCE
from screening.services.decisions import keep_note
from screening.services.ranking import choose_order, start_ranking
from tests.factories import RecordFactory
from tests.screening.helpers import TA, page, to_full_text, url, vote

Login = Callable[[User], Client]


def shown(client: Client, review: Review, **query: object) -> list[Record]:
    answer = client.get(url("desk-list", review), query)
    assert answer.status_code == 200
    return [card.record for card in answer.context["cards"]]


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("alice", 200), ("olga", 403), ("tess", 403), ("dave", 404)])
def test_who_may_read_the_list(
    who: str, status: int, record: Record, as_user: Login, request: pytest.FixtureRequest
) -> None:
    assert as_user(request.getfixturevalue(who)).get(url("desk-list", record.review)).status_code == status


def test_the_list_is_the_queue_of_the_desk_in_its_order(alice: User, bob: User, review: Review, as_user: Login) -> None:
    records = [RecordFactory(review=review, year=2000 + place) for place in range(5)]
    vote(bob, records[0], Verdict.EXCLUDE)
    client = as_user(bob)
    assert shown(client, review) == records[1:]
    choose_order(actor=alice, review=review, stage=TA, order="newest")
    job = start_ranking(actor=alice, review=review, stage=TA)
    assert job is not None
    tasks.rank_records(str(job.pk))
    first = client.get(url("desk", review, TA)).context["card"].record
    assert shown(client, review)[0] == first == records[4]
    assert set(shown(client, review)) == set(records[1:])


def test_what_was_left_undecided_is_skipped_and_found_again(bob: User, review: Review, as_user: Login) -> None:
    records = [RecordFactory(review=review) for _ in range(AT_ONCE + 2)]
    client = as_user(bob)
    answer = client.get(url("desk-list", review))
    assert [card.record for card in answer.context["cards"]] == records[:AT_ONCE]
    below = client.get(f"{url('desk-list', review)}?{answer.context['further']}")
    assert [card.record for card in below.context["cards"]] == records[AT_ONCE:]
    assert "Back to what was left undecided" in below.content.decode()
    assert client.get(url("desk-list", review), {"skip": "x"}).status_code == 404


def test_filters_narrow_what_waits(alice: User, bob: User, carol: User, review: Review, as_user: Login) -> None:
    peer = RecordFactory(review=review, title="Peers who listen")
    other = RecordFactory(review=review, title="Something else")
    keep_note(actor=bob, record=other, stage=TA, text="", labels=["mine"])
    keep_note(actor=carol, record=peer, stage=TA, text="", labels=["theirs"])
    client = as_user(bob)
    assert shown(client, review, q="peers") == [peer]
    assert shown(client, review, label="mine") == [other]
    assert shown(client, review, label="theirs") == []
    assert shown(client, review, source="Nowhere") == []


def test_plain_forms_come_back_to_the_list_with_its_filters(bob: User, review: Review, as_user: Login) -> None:
    record = RecordFactory(review=review, title="Peers")
    client = as_user(bob)
    back = f"{url('desk-list', review)}?q=peers"
    sent = {"stage": TA, "note": "kept", "labels": "one", "list": "q=peers"}
    assert client.post(url("note-keep", review, record.pk), sent).headers["Location"] == back
    decided = client.post(url("record-decide", review, record.pk), sent | {"verdict": "include"})
    assert decided.headers["Location"] == back
    assert shown(client, review, q="peers") == []
    assert client.post(url("decision-undo", review), {"stage": TA, "list": "q=peers"}).headers["Location"] == back
    assert shown(client, review, q="peers") == [record]
    note = ScreeningNote.objects.get()
    assert (note.text, note.labels) == ("kept", ["one"])
    assert not ScreeningDecision.objects.filter(superseded_at=None).exists()


def test_a_query_sent_along_leads_nowhere_else(bob: User, record: Record, as_user: Login) -> None:
    sent = {"stage": TA, "verdict": "include", "list": "//evil.example/\r\nX: y"}
    answer = as_user(bob).post(url("record-decide", record.review, record.pk), sent)
    assert answer.headers["Location"].startswith(f"{url('desk-list', record.review)}?")
    assert "\n" not in answer.headers["Location"]


@pytest.mark.parametrize(
    "secret", [{"verdict": Verdict.INCLUDE}, {"verdict": Verdict.MAYBE, "labels": ["secretlabel"]}]
)
def test_a_hidden_vote_changes_no_byte_of_the_list(
    secret: dict[str, object], alice: User, bob: User, carol: User, record: Record, client: Client
) -> None:
    RecordFactory(review=record.review)
    addresses = [url("desk-list", record.review) + query for query in ("", "?label=secretlabel", "?q=a", "?skip=1")]
    before = {(who.pk, a): page(client, who, a) for who in (alice, bob) for a in addresses}
    vote(carol, record, **secret)  # type: ignore[arg-type]
    assert {(who.pk, a): page(client, who, a) for who in (alice, bob) for a in addresses} == before


def test_as_many_queries_for_many_records_as_for_few(bob: User, review: Review, as_user: Login) -> None:
    client = as_user(bob)
    counts = []
    for more in (3, 27):
        for _ in range(more):
            RecordFactory(review=review)
        client.get(url("desk-list", review))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("desk-list", review), {"q": "a"})
            client.get(url("desk-list", review))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_programs_read_the_same_list(bob: User, carol: User, review: Review) -> None:
    records = [RecordFactory(review=review, title=title) for title in ("Peers here", "Peers there", "Else")]
    to_full_text(records[2], bob, carol)
    client = APIClient()
    client.force_login(bob)
    address = f"/api/v1/reviews/{review.pk}/records/queue/"
    asked = {"stage": TA, "q": "peers"}
    assert [row["id"] for row in client.get(address, asked).json()] == [records[0].pk, records[1].pk]
    assert [row["id"] for row in client.get(address, asked | {"skip": f"{records[0].pk},7"}).json()] == [records[1].pk]
    assert [row["id"] for row in client.get(address, {"stage": Stage.FULL_TEXT}).json()] == [records[2].pk]
