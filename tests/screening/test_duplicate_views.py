"""The duplicates page: judged side by side, undone at will, and silent about votes."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from screening.choices import PairState, Verdict
from screening.models import DuplicatePair, Record
from screening.queries.duplicates import compared
from screening.services.duplicates import link
from tests.factories import RecordFactory, make_record
from tests.screening.helpers import page, url, vote

Login = Callable[[User], Client]


def make_pair(
    review: Review, likelihood: float = 0.5, state: str = PairState.UNCERTAIN, **fields: object
) -> DuplicatePair:
    one = make_record(review, title="Living with it", **fields)
    other = make_record(review, source="PubMed", title="Living without it")
    return DuplicatePair.objects.create(
        review=review,
        first=one.references.get(),
        second=other.references.get(),
        state=state,
        likelihood=likelihood,
        evidence=["titles agree 88 %", "same DOI"],
    )


@pytest.mark.parametrize(
    ("who", "read", "act"),
    [("bob", 200, 302), ("alice", 200, 302), ("olga", 200, 403), ("tess", 200, 403), ("dave", 404, 404)],
)
def test_who_may(
    who: str, read: int, act: int, review: Review, broker: object, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client, pair = as_user(request.getfixturevalue(who)), make_pair(review)
    assert client.get(url("duplicate-list", review)).status_code == read
    assert client.get(url("pair-detail", review, pair.pk)).status_code == read
    assert client.post(url("pair-rule", review, pair.pk), {"same": "1"}).status_code == act
    assert client.post(url("pair-undo", review, pair.pk)).status_code == act
    assert client.post(url("duplicate-detect", review)).status_code == act


def test_ruling_leads_to_the_next_pair_and_can_be_undone_from_there(bob: User, review: Review, as_user: Login) -> None:
    likely, unlikely = make_pair(review, 0.9), make_pair(review, 0.2)
    client = as_user(bob)
    assert client.get(url("duplicate-list", review)).context["page"].rows == [likely, unlikely]
    answer = client.post(url("pair-rule", review, likely.pk), {"same": "1"})
    assert answer.headers["Location"] == f"{url('pair-detail', review, unlikely.pk)}?undo={likely.pk}"
    likely.refresh_from_db()
    assert likely.first.record_id == likely.second.record_id
    assert url("pair-undo", review, likely.pk) in client.get(answer.headers["Location"]).content.decode()
    client.post(url("pair-undo", review, likely.pk))
    likely.refresh_from_db()
    assert likely.state == PairState.UNCERTAIN
    assert likely.first.record_id != likely.second.record_id
    assert client.post(url("pair-rule", review, unlikely.pk), {"same": "0"}).status_code == 302
    assert [
        pair.state for pair in client.get(url("duplicate-list", review), {"show": "ruled"}).context["page"].rows
    ] == ["different"]


def test_a_faster_colleague_is_409_and_nonsense_422(bob: User, carol: User, review: Review, as_user: Login) -> None:
    pair = make_pair(review)
    as_user(carol).post(url("pair-rule", review, pair.pk), {"same": "0"})
    answer = as_user(bob).post(url("pair-rule", review, pair.pk), {"same": "1"})
    assert answer.status_code == 409
    assert "Carol judged this pair" in answer.content.decode()
    assert as_user(bob).post(url("pair-rule", review, make_pair(review).pk), {"same": "maybe"}).status_code == 422


def test_a_comparison_marks_the_words_that_differ(bob: User, review: Review, as_user: Login) -> None:
    pair = make_pair(review, abstract="<script>x</script>", pages="1-9")
    shown = as_user(bob).get(url("pair-detail", review, pair.pk)).content.decode()
    assert "Living <del>with</del> it" in shown
    assert "Living <ins>without</ins> it" in shown
    assert "<script>x" not in shown
    rows = {row.label: row for row in compared(pair.first, pair.second)}
    assert rows["Year"].same
    assert not rows["Pages"].same
    assert "DOI" not in rows


def test_links_are_counted_by_evidence_and_between_sources(bob: User, review: Review, as_user: Login) -> None:
    pair = make_pair(review, state=PairState.LINKED)
    link([pair.first_id, pair.second_id])
    make_pair(review)
    context = as_user(bob).get(url("duplicate-list", review)).context
    assert context["grounds"] == [("Same DOI", 1)]
    assert context["overlap"].sources == ["PubMed", "Scopus"]
    assert context["overlap"].rows == [("PubMed", [0, 1]), ("Scopus", [None, 0])]
    figures = context["figures"]
    assert (figures.references, figures.duplicates, figures.records, figures.to_judge) == (4, 1, 3, 1)


def test_detection_is_asked_for_once_and_its_card_shows(
    alice: User, record: Record, broker: object, as_user: Login
) -> None:
    client = as_user(alice)
    for _ in range(2):
        assert client.post(url("duplicate-detect", record.review)).status_code == 302
    job = Job.objects.get()
    assert f'id="job-{job.pk}"' in client.get(url("duplicate-list", record.review)).content.decode()


def test_votes_leave_no_trace_on_the_pages_of_duplicates(
    alice: User, bob: User, carol: User, review: Review, client: Client
) -> None:
    pair = make_pair(review)
    addresses = [url("duplicate-list", review), url("pair-detail", review, pair.pk)]
    before = [page(client, bob, a) for a in addresses]
    vote(carol, pair.first.record, Verdict.EXCLUDE, note="secret", labels=["secret"])
    assert [page(client, bob, a) for a in addresses] == before


def test_as_many_queries_for_many_pairs_as_for_few(bob: User, review: Review, as_user: Login) -> None:
    client, counts = as_user(bob), []
    for more in (3, 27):
        for _ in range(more):
            make_pair(review)
        client.get(url("duplicate-list", review))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("duplicate-list", review))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_pairs_and_references_of_other_reviews_are_not_found(bob: User, review: Review, as_user: Login) -> None:
    foreign = make_pair(RecordFactory().review)
    client = as_user(bob)
    assert client.get(url("pair-detail", review, foreign.pk)).status_code == 404
    assert client.post(url("pair-rule", review, foreign.pk), {"same": "1"}).status_code == 404
    assert client.post(url("reference-split", review, foreign.first_id)).status_code == 404
