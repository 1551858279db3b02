"""The report pages: the diagram with its exports, the rows behind a number, agreement, decisions as a table."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import SettlerSees, Stage, Verdict
from screening.models import ExclusionReason, Record, StageRule
from screening.services.decisions import make_decision
from tests.factories import RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
PAGES = ["prisma", "agreement", "agreement-export"]


def vote(who: User, record: Record, verdict: str, stage: str = TA, **more: Any) -> None:
    make_decision(actor=who, record=record, stage=stage, verdict=verdict, **more)


@pytest.fixture
def screened(review: Review, bob: User, carol: User, reason: ExclusionReason) -> Review:
    """Six records: one included, one excluded at full text, three excluded before, one waiting for its second vote."""
    records = [RecordFactory(review=review) for _ in range(6)]
    for record, verdict in zip(records, ["include", "maybe", "exclude", "exclude", "exclude"], strict=False):
        vote(bob, record, verdict)
        vote(carol, record, "include" if verdict == "maybe" else verdict)
    for who in (bob, carol):
        vote(who, records[0], Verdict.INCLUDE, FT)
        vote(who, records[1], Verdict.EXCLUDE, FT, reason=reason)
    vote(carol, records[5], Verdict.EXCLUDE)
    return review


def test_the_diagram_shows_the_counted_numbers(client: Client, screened: Review, alice: User) -> None:
    client.force_login(alice)
    page = client.get(reverse("reporting:prisma", args=[screened.pk])).content.decode()
    for words in ("Records screened (n = 6)", "Records excluded (n = 3)", "Not reported in English (n = 1)"):
        assert words in page
    assert "Does not hold" not in page


def test_every_linked_number_opens_exactly_as_many_rows(client: Client, screened: Review, alice: User) -> None:
    client.force_login(alice)
    page = client.get(reverse("reporting:prisma", args=[screened.pk])).content.decode()
    linked = re.findall(r'href="([^"]*report/records/\?box=[^"]*)"', page)
    assert len(linked) >= 10
    for address in linked:
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer.context["total"] == len(answer.context["rows"])


@pytest.mark.parametrize("form", ["svg", "png", "pdf", "csv"])
def test_exports(client: Client, screened: Review, alice: User, form: str) -> None:
    client.force_login(alice)
    answer = client.get(reverse("reporting:prisma-export", args=[screened.pk, form]))
    assert answer.status_code == 200
    assert f".{form}" in answer["Content-Disposition"]
    if form == "png":
        assert Image.open(io.BytesIO(answer.content)).width > 800
    elif form == "csv":
        rows = {row["data"]: row["n"] for row in csv.DictReader(io.StringIO(answer.content.decode()))}
        assert rows["records_screened"] == "6"
    else:
        assert answer.content.startswith(b"%PDF" if form == "pdf" else b"<svg")


def test_agreement_names_the_pair_and_their_table(client: Client, screened: Review, alice: User) -> None:
    client.force_login(alice)
    page = client.get(reverse("reporting:agreement", args=[screened.pk])).content.decode()
    assert "Bob (rows) and Carol (columns): κ 1.000" in page
    assert "5 records with all votes" in page


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("olga", 200), ("tess", 200), ("dave", 404)])
def test_who_may_read(
    client: Client, review: Review, page: str, who: str, status: int, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(f"reporting:{page}", args=[review.pk])).status_code == status


@pytest.mark.parametrize("who", ["alice", "bob", "olga", "tess"])
@pytest.mark.parametrize("page", PAGES)
def test_a_hidden_vote_changes_no_byte(
    client: Client, screened: Review, carol: User, page: str, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    waiting = RecordFactory(review=screened)
    address = reverse(f"reporting:{page}", args=[screened.pk])
    before = body(client, address)
    vote(carol, waiting, Verdict.INCLUDE, note="Peers themselves", labels=["look again"])
    assert body(client, address) == before


def body(client: Client, address: str) -> str:
    """The page without what changes with every request."""
    page = client.get(address).content.decode()
    return re.sub(
        r'csrf[^>]*value="[^"]*"|"X-CSRFToken": *"[^"]*"|nonce="[^"]*"|&quot;X-CSRFToken&quot;: *&quot;[^&]*', "", page
    )


def test_agreement_names_nobody_while_a_conflict_without_names_is_open(
    client: Client, screened: Review, bob: User, carol: User, tess: User
) -> None:
    record = RecordFactory(review=screened)
    vote(bob, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.EXCLUDE)
    client.force_login(tess)
    section = (
        client.get(reverse("reporting:agreement", args=[screened.pk]))
        .content.decode()
        .split('aria-label="Full text"')[0]
    )
    assert "Rater 1 (rows) and Rater 2 (columns)" in section
    StageRule.objects.filter(review=screened, stage=TA).update(settler_sees=SettlerSees.NAMES)
    assert (
        "Bob (rows) and Carol (columns)"
        in client.get(reverse("reporting:agreement", args=[screened.pk])).content.decode()
    )


def test_an_unknown_number_is_not_found(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    assert client.get(reverse("reporting:box", args=[review.pk]), {"box": "nonsense"}).status_code == 404
