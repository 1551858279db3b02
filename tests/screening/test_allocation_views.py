"""The page on which a lead shares records out."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Allotting, Stage, Verdict
from screening.models import Allocation, AllocationBatch, Record
from screening.services import allocation as services
from tests.factories import RecordFactory
from tests.screening.helpers import page, url, vote

TA = Stage.TITLE_ABSTRACT
Login = Callable[[User], Client]


@pytest.fixture
def records(review: Review) -> list[Record]:
    return [RecordFactory(review=review) for _ in range(6)]


@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 403), ("olga", 403), ("dave", 404)])
def test_who_may_open(who: str, status: int, review: Review, as_user: Login, request: pytest.FixtureRequest) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("allocation", review, TA)).status_code == status
    assert client.post(url("allocation-change", review, TA), {"mode": "evenly"}).status_code in {status, 302}
    assert Allocation.objects.exists() == (status == 200)


def test_a_preview_shows_the_shares_and_changes_nothing(
    review: Review, records: list[Record], alice: User, as_user: Login
) -> None:
    answer = as_user(alice).get(url("allocation", review, TA) + "?mode=evenly")
    assert [(row["share"], row["then"]) for row in answer.context["rows"]] == [(6, 4)] * 3
    assert "Share out this way" in answer.content.decode()
    assert not Allocation.objects.exists()
    client = as_user(alice)
    client.post(url("allocation-change", review, TA), {"mode": "evenly"})
    rows = client.get(url("allocation", review, TA)).context["rows"]
    assert [row["share"] for row in rows] == [4] * 3


def test_what_cannot_be_is_said(review: Review, alice: User, as_user: Login) -> None:
    client = as_user(alice)
    answer = client.get(url("allocation", review, TA) + "?mode=pairs")
    assert answer.status_code == 422
    assert "Choose who is experienced" in answer.content.decode()
    assert client.get(url("allocation", review, TA) + "?mode=nonsense").status_code == 422
    assert client.post(url("allocation-change", review, TA), {"mode": "pairs"}).status_code == 422
    assert client.get(url("allocation", review, "none")).status_code == 404


def test_batches_are_given_and_taken_back_on_the_page(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, as_user: Login
) -> None:
    services.allocate(actor=alice, review=review, stage=TA, mode=Allotting.BATCHES)
    client = as_user(alice)
    assert "6 records in no batch" in client.get(url("allocation", review, TA)).content.decode()
    sent = {"size": 4, "people": [bob.pk, carol.pk]}
    client.post(url("allocation-batch-create", review, TA), sent)
    assert "Bob, Carol" in client.get(url("allocation", review, TA)).content.decode()
    refused = client.post(url("allocation-batch-create", review, TA), {"size": 4, "people": [bob.pk]})
    assert refused.status_code == 422
    assert "at least 2 people" in refused.content.decode()
    client.post(url("allocation-batch-dissolve", review, AllocationBatch.objects.get().pk))
    assert not AllocationBatch.objects.exists()


@pytest.mark.parametrize("mode", [Allotting.EVERYBODY, Allotting.EVENLY, Allotting.DRAWN, Allotting.BATCHES])
def test_a_colleagues_vote_shows_in_their_totals_only(
    mode: str, review: Review, records: list[Record], alice: User, bob: User, carol: User, client: Client
) -> None:
    """Two worlds that differ in what Carol said look the same to the lead, and to Bob they look as if she had said nothing."""
    services.allocate(actor=alice, review=review, stage=TA, mode=mode)
    if mode == Allotting.BATCHES:
        services.add_batch(actor=alice, review=review, stage=TA, size=6, people=[alice.pk, bob.pk, carol.pk])
    address, desk = url("allocation", review, TA), url("desk", review, TA)
    before = page(client, bob, desk)
    decision = vote(carol, records[5], Verdict.INCLUDE)
    assert page(client, bob, desk) == before
    included = page(client, alice, address)
    decision.verdict = Verdict.EXCLUDE
    decision.save()
    assert page(client, alice, address) == included


def test_the_page_asks_as_much_for_three_as_for_thirty_batches(
    review: Review, alice: User, bob: User, carol: User, as_user: Login
) -> None:
    services.allocate(actor=alice, review=review, stage=TA, mode=Allotting.BATCHES)
    client = as_user(alice)

    def asked(batches: int) -> int:
        for _ in range(batches):
            RecordFactory(review=review)
            services.add_batch(actor=alice, review=review, stage=TA, size=1, people=[bob.pk, carol.pk])
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(url("allocation", review, TA))
        return len(found)

    assert asked(3) == asked(27)
