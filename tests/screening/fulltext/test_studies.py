"""Reports of one study: suggested with what speaks for it; linked, parted, dismissed, taken back."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.documents import DifferentStudies
from screening.fulltext.likeness import Told, likely_pairs, registration_numbers
from screening.models import Report, Study
from screening.queries.studies import suggestions
from screening.services import reports, studies
from tests.factories import RecordFactory
from tests.screening.helpers import FT, page, to_full_text, url, vote

Login = Callable[[User], Client]
TITLE = "Peer support for adults living with HIV in Kampala"


def told(pk: int, title: str, authors: str, *numbers: str, study: int | None = None) -> Told:
    return Told(pk, study, title, tuple(authors.split("; ")), frozenset(numbers))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("registered (NCT01234567), see nct01234567", ["NCT01234567"]),
        ("ISRCTN12345678; ACTRN12612000123456", ["ACTRN12612000123456", "ISRCTN12345678"]),
        ("EudraCT number: 2012-001234-12 and EUCTR2012-001234-12", ["EUCTR2012-001234-12"]),
        ("PROSPERO CRD42020123456, NCT123, ISRCTN1", []),
        ("CTRI/2019/05/019197, DRKS00012345, NTR1234", ["CTRI/2019/05/019197", "DRKS00012345", "NTR1234"]),
    ],
)
def test_registration_numbers(text: str, numbers: list[str]) -> None:
    assert registration_numbers(text) == numbers


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (told(1, "A", "Okello T", "NCT01234567"), told(2, "B", "Silva M", "NCT01234567"), "NCT01234567 in both"),
        (told(1, TITLE, "Okello T; Berg R"), told(2, f"{TITLE}: a follow-up", "Okello T; Berg R"), "titles"),
        (told(1, "Hope", "A, B; Cole, D; Evans, F"), told(2, "Fear", "Cole, D; Evans, F; A, B"), ""),
        (told(1, TITLE, "Okello T"), told(2, TITLE, "Silva M"), ""),
        (told(1, "Hope", "Okello T"), told(2, "Fear", "Okello T"), ""),
        (told(1, TITLE, "Okello T", "NCT01234567", study=7), told(2, TITLE, "Okello T", "NCT01234567", study=7), ""),
    ],
)
def test_what_speaks_for_one_study(one: Told, other: Told, says: str) -> None:
    found = likely_pairs([one, other])
    assert bool(found) == bool(says)
    if says:
        assert any(says in words for words in found[0].evidence)


# --- In a review ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(review: Review, bob: User, carol: User) -> tuple[Report, Report]:
    texts = ({"title": TITLE}, {"title": f"{TITLE}: five years later", "abstract": "Registered as NCT01234567."})
    one, other = (to_full_text(RecordFactory(review=review, **text), bob, carol) for text in texts)
    return one, other


def test_linked_pairs_are_one_study_and_no_longer_suggested(bob: User, pair: tuple[Report, Report]) -> None:
    one, other = pair
    assert [(s.first, s.second) for s in suggestions(one.review)] == [(one, other)]
    study = studies.link_reports(actor=bob, first=other, second=one)
    assert set(study.reports.all()) == {one, other}
    assert suggestions(one.review) == []
    with pytest.raises(AlreadyDone):
        studies.link_reports(actor=bob, first=one, second=other)
    reports.give_own_study(actor=bob, report=Report.objects.get(pk=other.pk))
    assert len(suggestions(one.review)) == 1
    with pytest.raises(Invalid):
        studies.link_reports(actor=bob, first=one, second=one)


def test_a_report_without_a_study_joins_the_other(bob: User, pair: tuple[Report, Report]) -> None:
    study = Study.objects.create(review=pair[0].review, label="Okello 2021")
    Report.objects.filter(pk=pair[1].pk).update(study=study)
    assert studies.link_reports(actor=bob, first=pair[0], second=pair[1]) == study


def test_a_dismissed_pair_comes_back_when_that_is_taken_back(
    bob: User, carol: User, pair: tuple[Report, Report]
) -> None:
    one, other = pair
    said = studies.dismiss(actor=bob, first=other, second=one)
    assert suggestions(one.review) == []
    with pytest.raises(AlreadyDone):
        studies.dismiss(actor=carol, first=one, second=other)
    studies.take_back(actor=carol, said=said)
    assert len(suggestions(one.review)) == 1
    with pytest.raises(AlreadyDone):
        studies.take_back(actor=carol, said=said)
    studies.dismiss(actor=bob, first=one, second=other)
    assert DifferentStudies.objects.count() == 2


@pytest.mark.parametrize(("who", "read", "change"), [("bob", 200, 302), ("olga", 200, 403), ("dave", 404, 404)])
def test_who_may(
    who: str, read: int, change: int, pair: tuple[Report, Report], as_user: Login, request: pytest.FixtureRequest
) -> None:
    client, review = as_user(request.getfixturevalue(who)), pair[0].review
    assert client.get(url("study-suggestions", review)).status_code == read
    both = {"first": pair[0].pk, "second": pair[1].pk}
    said = DifferentStudies.objects.create(review=review, first=pair[0], second=pair[1], by=review.created_by)
    assert client.post(url("study-different-undo", review, said.pk)).status_code == change
    for name in ("study-different", "study-same"):
        assert client.post(url(name, review), both).status_code == change


def test_pages_show_suggestions_and_lead_back(bob: User, pair: tuple[Report, Report], as_user: Login) -> None:
    client, review = as_user(bob), pair[0].review
    detail = url("report-detail", review, pair[0].pk)
    assert "May tell of one study with" in client.get(detail).content.decode()
    both = {"first": pair[0].pk, "second": pair[1].pk}
    assert client.post(url("study-different", review), both | {"to": detail}).headers["Location"] == detail
    away = client.post(url("study-same", review), both | {"to": "https://elsewhere.example/"})
    assert away.headers["Location"] == url("study-suggestions", review)
    study = Study.objects.get()
    assert client.get(url("study-detail", review, study.pk)).status_code == 200
    foreign = Report.objects.create(review=(record := RecordFactory()).review, record=record)
    for pk in (foreign.pk, "x", "", "9" * 30):
        assert client.post(url("study-same", review), {"first": pair[0].pk, "second": pk}).status_code == 404


def test_hidden_votes_change_no_byte(
    alice: User, bob: User, carol: User, olga: User, pair: tuple[Report, Report], client: Client
) -> None:
    addresses = [url("study-suggestions", pair[0].review), url("report-detail", pair[0].review, pair[1].pk)]
    before = [page(client, who, address) for who in (alice, bob, olga) for address in addresses]
    vote(carol, pair[0].record, Verdict.INCLUDE, FT)
    assert [page(client, who, address) for who in (alice, bob, olga) for address in addresses] == before


def test_as_many_queries_for_many_pairs_as_for_few(bob: User, carol: User, review: Review, as_user: Login) -> None:
    client, counts = as_user(bob), []
    for more in (3, 9):
        for _ in range(more):
            to_full_text(RecordFactory(review=review, title=TITLE), bob, carol)
        client.get(url("study-suggestions", review))
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(url("study-suggestions", review)).context["suggestions"]
        counts.append((len(asked), len(shown)))
    assert all(one[0] == other[0] and one[1] < other[1] for one, other in pairwise(counts))
