"""The list of records and a record's own page: filters, paging by key, and no trace of a hidden judgement."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.models import Record
from screening.services.duplicates import link
from tests.factories import RecordFactory, make_record
from tests.screening.helpers import FT, TA, conflict_on, page, url, vote

Login = Callable[[User], Client]


def listed(client: Client, review: Review, **query: object) -> list[Record]:
    return list(client.get(url("record-list", review), query).context["page"].rows)


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("olga", 200), ("tess", 200), ("dave", 404)])
def test_who_may_read(who: str, status: int, record: Record, as_user: Login, request: pytest.FixtureRequest) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("record-list", record.review)).status_code == status
    assert client.get(url("record-detail", record.review, record.pk)).status_code == status


def test_filters_find_what_they_say(alice: User, bob: User, carol: User, review: Review, as_user: Login) -> None:
    waiting, mine, included, split = (RecordFactory(review=review, title=f"Title {n}") for n in "abcd")
    odd = make_record(review, source="PubMed", title="Odd one out")
    vote(bob, mine, Verdict.MAYBE, labels=["child"])
    for person in (bob, carol):
        vote(person, included, Verdict.INCLUDE)
    conflict_on(split, bob, carol)
    client = as_user(bob)
    assert set(listed(client, review)) == {waiting, mine, included, split, odd}
    assert set(listed(client, review, state="pending")) == {waiting, mine, odd}
    assert set(listed(client, review, state="waiting")) == {waiting, odd}
    assert set(listed(client, review, state="mine")) == {mine, included, split}
    assert listed(client, review, state="conflict") == [split]
    assert listed(client, review, stage=FT) == [included]
    assert listed(client, review, label="child") == [mine]
    assert listed(client, review, source="PubMed") == [odd]
    assert listed(client, review, q='"odd one" -nothing') == [odd]
    assert '<mark class="found">Odd</mark>' in client.get(url("record-list", review), {"q": "odd"}).content.decode()
    assert listed(as_user(carol), review, label="child") == []
    assert "child" not in as_user(carol).get(url("record-list", review)).content.decode()


@pytest.mark.parametrize("sort", ["id", "-id", "year", "-year", "title", "-title"])
def test_pages_by_key_meet_every_record_once_in_order_and_lead_back(
    sort: str, review: Review, bob: User, as_user: Login
) -> None:
    for n in range(103):
        RecordFactory(
            review=review, year=None if n % 7 == 0 else 2000 + n % 5, title=f"Ünder {n % 11}" if n % 3 else ""
        )
    client, address, seen, pages = as_user(bob), f"{url('record-list', review)}?sort={sort}", [], []
    while address:
        shown = client.get(address).context["page"]
        pages.append([r.pk for r in shown.rows])
        seen += pages[-1]
        last, address = shown, url("record-list", review) + shown.next_url if shown.next_url else ""
    assert [len(p) for p in pages] == [50, 50, 3]
    assert len(set(seen)) == 103
    back = client.get(url("record-list", review) + last.previous_url).context["page"]
    assert [r.pk for r in back.rows] == pages[1]
    first = client.get(url("record-list", review) + back.previous_url).context["page"]
    assert [r.pk for r in first.rows] == pages[0]
    assert first.previous_url == ""
    years = [r.year or 0 for r in Record.objects.in_bulk(seen).values()]
    if sort == "year":
        by_pk = Record.objects.in_bulk(seen)
        assert [by_pk[pk].year or 0 for pk in seen] == sorted(years)


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WzEsIDJd", "WyJcdTAwMDAiLCAxXQ", "WzFlOTk5LCAxXQ", "W251bGwsIDFlOTBd", "é"]
)
@pytest.mark.parametrize("sort", ["id", "year", "title"])
def test_an_invented_cursor_is_no_error_of_the_server(
    cursor: str, sort: str, record: Record, bob: User, as_user: Login
) -> None:
    answer = as_user(bob).get(url("record-list", record.review), {"after": cursor, "sort": sort})
    assert answer.status_code in {200, 400}


def test_a_number_of_the_diagram_is_not_answered_with_everything(record: Record, bob: User, as_user: Login) -> None:
    assert as_user(bob).get(url("record-list", record.review), {"box": "records_screened"}).status_code == 400


def test_a_record_shows_its_references_and_where_fields_come_from(review: Review, alice: User, as_user: Login) -> None:
    one = make_record(review, title="Same story", abstract="", pages="1-9")
    other = make_record(review, source="PubMed", title="Same story", abstract="Told at length.")
    link([one.references.get().pk, other.references.get().pk])
    client = as_user(alice)
    assert client.get(url("record-detail", review, other.pk)).headers["Location"] == url(
        "record-detail", review, one.pk
    )
    shown = client.get(url("record-detail", review, one.pk))
    origins = {o.name: [r.batch.search.source for r in o.references] for o in shown.context["origins"]}
    assert origins["abstract"] == ["PubMed"]
    assert origins["pages"] == ["Scopus"]
    assert "TY  - JOUR" in shown.content.decode()
    answer = client.post(url("reference-split", review, other.references.model.objects.get(own_record=other).pk))
    assert answer.headers["Location"] == url("record-detail", review, other.pk)


def test_votes_and_history_appear_when_all_are_in(
    bob: User, carol: User, olga: User, record: Record, as_user: Login
) -> None:
    address = url("record-detail", record.review, record.pk)
    vote(bob, record, Verdict.INCLUDE, note="bobs note")
    assert "bobs note" in as_user(bob).get(address).content.decode()
    assert "bobs note" not in as_user(olga).get(address).content.decode()
    vote(carol, record, Verdict.INCLUDE)
    shown = as_user(olga).get(address).content.decode()
    assert "bobs note" in shown
    assert "<strong>Bob</strong> decided" in shown


def test_ones_own_vote_can_be_taken_back_from_the_record(bob: User, record: Record, as_user: Login) -> None:
    mine = vote(bob, record, Verdict.INCLUDE)
    client = as_user(bob)
    assert str(mine.uuid) in client.get(url("record-detail", record.review, record.pk)).content.decode()
    client.post(url("decision-undo", record.review), {"stage": TA, "decision": str(mine.uuid)})
    mine.refresh_from_db()
    assert mine.superseded_at


SECRETS = [(Verdict.INCLUDE, {}), (Verdict.EXCLUDE, {}), (Verdict.MAYBE, {"note": "secret", "labels": ["secretlabel"]})]


@pytest.mark.parametrize(("verdict", "more"), SECRETS)
def test_hidden_votes_change_no_byte(
    verdict: str,
    more: dict[str, object],
    alice: User,
    bob: User,
    carol: User,
    olga: User,
    record: Record,
    client: Client,
) -> None:
    other = RecordFactory(review=record.review)
    vote(bob, other, Verdict.MAYBE)
    queries = ["", "?state=pending", "?state=mine", "?state=waiting", "?sort=-year", "?q=living", "?label=secretlabel"]
    addresses = [url("record-list", record.review) + query for query in queries]
    addresses += [url("record-detail", record.review, pk) for pk in (record.pk, other.pk)]
    addresses += [url("duplicate-list", record.review)]
    before = [page(client, who, a) for who in (alice, bob, olga) for a in addresses]
    vote(carol, record, verdict, **more)
    assert [page(client, who, a) for who in (alice, bob, olga) for a in addresses] == before


def test_as_many_queries_for_many_records_as_for_few(bob: User, review: Review, as_user: Login) -> None:
    client, counts = as_user(bob), []
    for more in (3, 27):
        for _ in range(more):
            RecordFactory(review=review)
        client.get(url("record-list", review))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("record-list", review), {"q": "living", "state": "pending", "source": "Scopus"})
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_records_of_other_reviews_are_not_found(bob: User, review: Review, as_user: Login) -> None:
    for pk in (RecordFactory().pk, 10**30):
        assert as_user(bob).get(url("record-detail", review, pk)).status_code == 404
