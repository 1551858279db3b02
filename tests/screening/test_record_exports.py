"""Records as files: what the list shows, whole, for whoever may read it, and without a trace of any judgement."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.formats import ParsedReference, Person, read
from screening.formats.writers import WRITERS
from screening.models import Record
from screening.queries.exports import exported
from screening.services.duplicates import link
from tests.factories import RecordFactory, make_record
from tests.screening.helpers import FT, TA, conflict_on, url, vote

Login = Callable[[User], Client]
DETAILS = {
    "people": [
        {"family": "Quux", "given": "Anna", "literal": "", "role": "author", "orcid": "0000-0002-1825-0097"},
        {"family": "Ito", "given": "Ren", "literal": "", "role": "editor", "orcid": ""},
    ],
    "issns": ["2049-3630"], "pmcid": "PMC7000001", "database": "Embase", "trial_ids": ["NCT01234567"], "date_text": "2019 Mar",
    "urls": ["https://x.example/a"], "notes": ["A note"], "article_no": "e77",
}  # fmt: skip


def file_of(client: Client, review: Review, kind: str = "csl-json", **query: str) -> bytes:
    answer = client.get(url("record-export", review, kind), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def read_again(data: bytes) -> list[ParsedReference]:
    return list(read(data).references)


def titles(client: Client, review: Review, **query: str) -> set[str]:
    try:
        return {reference.title for reference in read_again(file_of(client, review, "ris", **query))}
    except ValueError:
        return set()


@pytest.mark.parametrize("kind", WRITERS)
def test_a_record_comes_back_from_every_format(kind: str, review: Review, bob: User, as_user: Login) -> None:
    record = RecordFactory(
        review=review, title="=Listening, +1", authors=["Quux A"], year=2019, journal="Journal of Invented Care", volume="12",
        issue="3", pages="101-118", doi="10.1234/jic.1", pmid="31234567", type="journal-article", keywords=["care, kind", "b"],
        abstract="One.\nTwo.", language="English",
    )  # fmt: skip
    record.references.update(details=DETAILS)
    (back,) = read_again(file_of(as_user(bob), review, kind))
    assert (back.title, back.abstract, back.keywords) == ("=Listening, +1", "One.\nTwo.", ["care, kind", "b"])
    assert (back.year, back.date_text, back.journal, back.volume) == (
        2019,
        "2019 Mar",
        "Journal of Invented Care",
        "12",
    )
    assert (back.issue, back.pages, back.article_no) == ("3", "101-118", "e77")
    assert (back.doi, back.pmid, back.pmcid, back.issns) == ("10.1234/jic.1", "31234567", "PMC7000001", ["2049-3630"])
    assert (back.database, back.urls, back.language) == ("Embase", ["https://x.example/a"], "English")
    assert [(p.family, p.given, p.role) for p in back.people] == [("Quux", "Anna", "author"), ("Ito", "Ren", "editor")]
    assert back.trial_ids == ["NCT01234567"]


def test_no_cell_of_a_table_is_run(review: Review, bob: User, as_user: Login) -> None:
    RecordFactory(review=review, title="=HYPERLINK(1)", authors=["@sum"], journal="+cmd", abstract="-1+1")
    table = file_of(as_user(bob), review, "csv").decode("utf-8-sig")
    assert all(f"'{cell}" in table for cell in ("=HYPERLINK(1)", "@sum", "+cmd", "-1+1"))
    with zipfile.ZipFile(io.BytesIO(file_of(as_user(bob), review, "xlsx"))) as workbook:
        assert b"<f>" not in workbook.read("xl/worksheets/sheet1.xml")


def test_the_file_holds_what_the_list_shows(
    alice: User, bob: User, carol: User, review: Review, as_user: Login
) -> None:
    waiting, mine, included, split = (RecordFactory(review=review, title=f"Title {n}") for n in "abcd")
    make_record(review, source="PubMed", title="Odd one out")
    vote(bob, mine, Verdict.MAYBE, labels=["child"])
    for person in (bob, carol):
        vote(person, included, Verdict.INCLUDE)
    conflict_on(split, bob, carol)
    client = as_user(bob)
    assert titles(client, review) == {"Title a", "Title b", "Title c", "Title d", "Odd one out"}
    assert titles(client, review, state="waiting") == {"Title a", "Odd one out"}
    assert titles(client, review, state="mine") == {"Title b", "Title c", "Title d"}
    assert titles(client, review, state="conflict") == {"Title d"}
    assert titles(client, review, stage=FT) == {"Title c"}
    assert titles(client, review, label="child") == {"Title b"}
    assert titles(client, review, source="PubMed") == {"Odd one out"}
    assert titles(client, review, q="odd -nothing") == {"Odd one out"}
    assert titles(as_user(carol), review, label="child") == set()
    page = client.get(url("record-list", review), {"state": "waiting"}).content.decode()
    assert f"{url('record-export', review, 'ris')}?state=waiting" in page
    assert waiting.title in page


def test_merged_records_are_one_and_tell_both_databases(review: Review, bob: User, as_user: Login) -> None:
    one, two = make_record(review, source="Scopus"), make_record(review, source="PubMed")
    link([one.references.get().pk, two.references.get().pk])
    (back,) = read_again(file_of(as_user(bob), review))
    assert back.database == "Scopus; PubMed"


@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("olga", 200), ("tess", 200), ("dave", 404)])
def test_who_may_take_records_along(
    who: str, status: int, record: Record, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("record-export", record.review, "ris")).status_code == status
    assert client.get(url("record-export", record.review, "doc")).status_code == 404


@pytest.mark.parametrize("verdict", [Verdict.INCLUDE, Verdict.EXCLUDE])
def test_a_hidden_vote_changes_no_byte_of_any_file(
    verdict: str, review: Review, alice: User, bob: User, carol: User, olga: User, as_user: Login
) -> None:
    records = [RecordFactory(review=review) for _ in range(3)]
    vote(bob, records[0], Verdict.INCLUDE)

    def look() -> dict[tuple[str, str, str], bytes]:
        return {
            (who.email, kind, state): file_of(as_user(who), review, kind, stage=TA, state=state)
            for who in (alice, bob, olga)
            for kind in WRITERS
            for state in ("", "pending", "included", "excluded", "conflict", "mine")
        }

    before = look()
    with transaction.atomic():
        vote(carol, records[1], verdict, labels=["secret"], note="secret")
        after = look()
        transaction.set_rollback(True)
    assert [place for place in before if before[place] != after[place]] == []


def test_as_many_queries_for_thirty_records_as_for_three(review: Review, bob: User) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            RecordFactory(review=review)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert list(exported(Record.objects.in_review(review).live()))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_large_reviews_are_read_in_batches(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screening.queries.exports.BATCH", 2)
    made = [RecordFactory(review=review).pk for _ in range(5)]
    assert [reference.position for reference in exported(Record.objects.in_review(review))] == made


def test_names_that_came_from_nowhere_are_taken_apart(review: Review) -> None:
    RecordFactory(review=review, authors=["Okello T", "WINTER Study Group"])
    (found,) = exported(Record.objects.in_review(review))
    assert found.people == [Person("Okello", "T"), Person(literal="WINTER Study Group")]
