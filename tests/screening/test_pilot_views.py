"""The pages of pilots, versions and rounds, and the same by the API."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import Pilot, Record
from screening.services import pilots, protocol
from tests.factories import RecordFactory
from tests.screening.helpers import page, url, vote

TA = Stage.TITLE_ABSTRACT
YES, NO = Verdict.INCLUDE, Verdict.EXCLUDE
Login = Callable[[User], Client]


@pytest.fixture
def records(review: Review) -> list[Record]:
    return [RecordFactory(review=review) for _ in range(6)]


@pytest.fixture
def pilot(review: Review, records: list[Record], alice: User) -> Pilot:
    return pilots.start_pilot(actor=alice, review=review, stage=TA, size=3, seed="oak")


def judge(pilot: Pilot, *people: User) -> None:
    for who in people:
        for place in pilot.sample.select_related("record").order_by("record"):
            vote(who, place.record, NO if who == people[-1] else YES)


@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("olga", 200), ("dave", 404)])
def test_everybody_reads_and_only_a_lead_acts(
    who: str, status: int, review: Review, pilot: Pilot, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("pilot-list", review)).status_code == status
    assert client.get(url("pilot-detail", review, pilot.pk)).status_code == status
    acted = 302 if who == "alice" else 403 if status == 200 else 404
    assert client.post(url("pilot-reveal", review, pilot.pk)).status_code == acted
    assert client.post(url("pilot-end", review, pilot.pk)).status_code == acted
    assert client.post(url("pilot-create", review), {"stage": TA, "size": 3}).status_code == acted
    sent = {"stage": TA, "older_than": 1, "outcomes": "excluded", "why": "New"}
    assert client.post(url("pilot-round-start", review), sent).status_code == (422 if who == "alice" else acted)


@pytest.mark.parametrize("reader", ["alice", "bob", "olga", "tess"])
def test_a_hidden_vote_of_the_pilot_or_after_it_changes_no_byte(
    reader: str,
    review: Review,
    pilot: Pilot,
    alice: User,
    bob: User,
    carol: User,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    """For the lead the totals move; what was said does not show to her either."""
    who, address = request.getfixturevalue(reader), url("pilot-detail", review, pilot.pk)
    record = pilot.sample.first().record
    decision = vote(carol, record, YES)
    before = page(client, who, address)
    decision.verdict = NO
    decision.save()
    assert page(client, who, address) == before
    judge(pilot, alice, bob, carol)
    pilots.start_fresh(actor=alice, pilot=pilot)
    addresses = [address, url("pilot-list", review), url("record-detail", review, record.pk)]
    fresh = [page(client, who, each) for each in addresses]
    assert b"judged anew" in fresh[0]
    vote(carol, record, YES)
    assert [page(client, who, each) for each in addresses] == fresh


def test_results_show_each_vote_to_all_once_all_are_in(
    review: Review, pilot: Pilot, alice: User, bob: User, carol: User, olga: User, as_user: Login
) -> None:
    address = url("pilot-detail", review, pilot.pk)
    judge(pilot, alice, bob)
    assert "What each said" not in as_user(olga).get(address).content.decode()
    judge(pilot, alice, bob, carol)
    content = as_user(olga).get(address).content.decode()
    assert "3 disagreements" in content
    assert "Reviewer 3" in content
    assert "Carol" not in content.split('id="records-title"')[1]
    assert "33.3 %" in content


def test_the_page_asks_as_much_for_three_as_for_thirty_records(
    review: Review, alice: User, bob: User, carol: User, as_user: Login
) -> None:
    def asked(size: int) -> int:
        for _ in range(size):
            RecordFactory(review=review)
        pilot = pilots.start_pilot(actor=alice, review=review, stage=TA, size=size)
        judge(pilot, alice, bob, carol)
        client = as_user(bob)
        with CaptureQueriesContext(connection) as found:
            client.get(url("pilot-detail", review, pilot.pk))
        pilots.start_fresh(actor=alice, pilot=pilot)
        return len(found)

    assert asked(3) == asked(30)


def test_a_lead_queues_again_on_the_page(
    review: Review, record: Record, alice: User, bob: User, carol: User, as_user: Login
) -> None:
    for who in (bob, carol):
        vote(who, record, NO)
    protocol.add_criterion(actor=alice, review=review, kind="inclusion", text="Adults only")
    client = as_user(alice)
    content = client.get(url("pilot-list", review)).content.decode()
    assert "Judged under older criteria" in content
    assert "Adults only" in content
    sent = {"stage": TA, "older_than": 1, "outcomes": "excluded", "why": "Children were left open."}
    answer = client.post(url("pilot-round-start", review), sent, follow=True)
    assert "1 record waits for votes again" in answer.content.decode()
    assert "Judged under older criteria" not in client.get(url("pilot-list", review)).content.decode()
    assert "queued 1 records of title" in client.get(f"/reviews/{review.pk}/history/").content.decode()


def test_the_same_by_the_api(review: Review, records: list[Record], alice: User, bob: User, carol: User) -> None:
    client, inside = APIClient(), f"/api/v1/reviews/{review.pk}/"
    client.force_authenticate(alice)
    made = client.post(f"{inside}pilots/", {"stage": TA, "size": 3}, format="json").json()
    assert client.post(f"{inside}pilots/", {"stage": TA, "size": 3}, format="json").status_code == 409
    judge(Pilot.objects.get(), alice, bob, carol)
    result = client.get(f"{inside}pilots/{made['id']}/").json()["result"]
    assert (len(result["rows"]), result["observed"]) == (3, pytest.approx(1 / 3))
    assert client.post(f"{inside}pilots/{made['id']}/fresh-start/").json()["result"]["hidden"] == 3
    client.post(f"{inside}criteria/", {"kind": "inclusion", "text": "Adults"}, format="json")
    [version] = client.get(f"{inside}criteria-versions/").json()["results"]
    assert (version["number"], version["criteria"][0]["text"]) == (1, "Adults")
    for who in (bob, carol):
        record = Record.objects.get(pk=records[0].pk)
        vote(who, record, NO)
    assert client.get(f"{inside}rounds/?stage={TA}&older_than=1").json() == {
        "included": 0,
        "excluded": 0,
        "conflict": 0,
    }
