"""A vote can name the criterion it rests on, and that is as blind as the vote."""

import csv
import io
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.models import EligibilityCriterion, Record, ScreeningDecision
from screening.services.decisions import undo_decision
from tests.factories import CriterionFactory
from tests.screening.helpers import TA, page, url, vote

Login = Callable[[User], Client]


@pytest.fixture
def children(review: Review) -> EligibilityCriterion:
    return CriterionFactory(review=review, code="E1", text="Children only")


def test_the_desk_names_a_criterion_by_its_number(
    bob: User, record: Record, children: EligibilityCriterion, as_user: Login
) -> None:
    client = as_user(bob)
    shown = client.get(url("desk", record.review, TA)).content.decode()
    assert f'name="criterion" value="{children.pk}" data-key="1"' in shown
    sent = {"stage": TA, "verdict": "exclude", "criterion": children.pk}
    assert client.post(url("record-decide", record.review, record.pk), sent).status_code == 302
    assert ScreeningDecision.objects.get().criterion == children
    again = client.get(url("desk", record.review, TA), {"record": record.pk}).content.decode()
    assert f'value="{children.pk}" data-key="1" data-toggle checked' in again


def test_one_that_the_protocol_does_not_hold_is_refused(
    bob: User, record: Record, children: EligibilityCriterion, as_user: Login
) -> None:
    foreign = CriterionFactory()
    sent = {"stage": TA, "verdict": "exclude", "criterion": foreign.pk}
    assert as_user(bob).post(url("record-decide", record.review, record.pk), sent).status_code == 422
    with pytest.raises(Invalid):
        vote(bob, record, Verdict.EXCLUDE, criterion=foreign)
    children.retired_at = timezone.now()
    children.save()
    with pytest.raises(Invalid):
        vote(bob, record, Verdict.EXCLUDE, criterion=children)
    assert not ScreeningDecision.objects.exists()


def test_the_same_key_with_another_criterion_is_refused(
    bob: User, record: Record, children: EligibilityCriterion
) -> None:
    key = uuid.uuid4()
    first = vote(bob, record, Verdict.EXCLUDE, criterion=children, request_key=key)
    assert vote(bob, record, Verdict.EXCLUDE, criterion=children, request_key=key) == first
    with pytest.raises(Invalid):
        vote(bob, record, Verdict.EXCLUDE, request_key=key)


def test_a_changed_mind_leaves_the_first_criterion_where_it_was(
    bob: User, record: Record, children: EligibilityCriterion
) -> None:
    first = vote(bob, record, Verdict.EXCLUDE, criterion=children)
    vote(bob, record, Verdict.MAYBE)
    first.refresh_from_db()
    assert first.superseded_at is not None
    assert first.criterion == children


def test_programs_name_it_too(bob: User, record: Record, children: EligibilityCriterion) -> None:
    client = APIClient()
    client.force_authenticate(bob)
    address = reverse("api:decision-list", args=[record.review_id, record.pk])
    body = {"stage": TA, "verdict": "exclude", "criterion": children.pk}
    given = client.post(address, body, format="json")
    assert given.status_code == 201
    assert given.json()["criterion"] == {"id": children.pk, "code": "E1", "text": "Children only"}
    foreign = client.post(address, body | {"criterion": CriterionFactory().pk}, format="json")
    assert foreign.status_code == 422


@pytest.mark.parametrize("who", ["alice", "bob", "olga"])
def test_nobody_sees_which_criterion_carol_named_before_all_votes_are_in(
    who: str,
    alice: User,
    carol: User,
    record: Record,
    children: EligibilityCriterion,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    reader = request.getfixturevalue(who)
    review = record.review
    pages = [
        url("record-detail", review, record.pk),
        url("record-list", review),
        url("protocol", review),
        reverse("reporting:decision-export", args=[review.pk, "csv"]),
        reverse("reporting:agreement", args=[review.pk]),
    ]
    if who != "olga":
        pages += [url("desk", review, TA), url("desk-cards", review, TA)]
    before = [page(client, reader, address) for address in pages]
    hidden = vote(carol, record, Verdict.EXCLUDE, criterion=children)
    assert [page(client, reader, address) for address in pages] == before
    undo_decision(actor=carol, decision=hidden)
    assert [page(client, reader, address) for address in pages] == before


def test_everybody_reads_it_once_all_votes_are_in(
    bob: User, carol: User, olga: User, record: Record, children: EligibilityCriterion, client: Client
) -> None:
    vote(carol, record, Verdict.EXCLUDE, criterion=children)
    vote(bob, record, Verdict.EXCLUDE)
    assert b"<b>E1</b> Children only" in page(client, olga, url("record-detail", record.review, record.pk))
    table = page(client, olga, reverse("reporting:decision-export", args=[record.review_id, "csv"])).decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(table.split("\r\n", 1)[1]))
    assert sorted(row["criterion"] for row in rows) == ["", "E1"]
