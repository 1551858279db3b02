"""Who did what: counted from settled rows, the same for everybody, in words for the paper."""

import io
from collections.abc import Callable

import docx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appraisal.instruments import shipped
from appraisal.models import Comparison, Instrument
from appraisal.services import answers, settling
from appraisal.services.instruments import adopt
from reviewapp.accounts.models import User
from reviewapp.reporting.contributions import Ledger, contributions
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import Conflict
from screening.services.conflicts import adjudicate
from screening.services.decisions import make_decision
from tests.api.conftest import Api, api  # noqa: F401  # `api` is a fixture
from tests.appraisal.conftest import answer_all, give, include_study
from tests.conftest import person
from tests.factories import RecordFactory

Login = Callable[[User], Client]


def vote(review: Review, *verdicts: tuple[str, Verdict]) -> None:
    record = RecordFactory(review=review)
    for name, verdict in verdicts:
        make_decision(actor=person(name), record=record, stage=Stage.TITLE_ABSTRACT, verdict=verdict)


def parts(ledger: Ledger, key: str) -> dict[str, int]:
    return next(({str(who.person): n for who, n in line.people} for line in ledger.lines if line.work.key == key), {})


def test_screening_is_counted_once_it_is_settled(review: Review, bob: User, carol: User, tess: User) -> None:
    vote(review, ("Bob", Verdict.EXCLUDE), ("Carol", Verdict.EXCLUDE))
    nothing = contributions(review)
    assert parts(nothing, "title_abstract") == {"Bob": 1, "Carol": 1}
    vote(review, ("Bob", Verdict.EXCLUDE))  # hidden
    assert contributions(review) == nothing
    vote(review, ("Bob", Verdict.EXCLUDE), ("Carol", Verdict.INCLUDE))  # open: names would tell who voted
    assert contributions(review) == nothing
    adjudicate(actor=tess, conflict=Conflict.objects.get(), verdict=Verdict.EXCLUDE, rationale="Not on topic.")
    found = contributions(review)
    assert parts(found, "title_abstract") == {"Bob": 2, "Carol": 2}
    assert parts(found, "title_abstract-ruled") == {"Tess": 1}
    assert found.methods == (
        "BO and CA screened the titles and abstracts of 2 records independently; "
        "1 conflict was settled by TE as third assessor."
    )
    assert ("Validation", ["TE"]) in [(role, [who.mark for who in people]) for role, people in found.roles]


@pytest.fixture
def casp(review: Review, alice: User) -> Instrument:
    for member in review.memberships.filter(user__name__in=["Bob", "Carol"]):
        member.tasks = [*member.tasks, Task.APPRAISE]
        member.save()
    return adopt(actor=alice, review=review, shipped=shipped()["casp-qualitative"])


def test_appraisal_is_counted_once_the_study_is_settled(
    review: Review,
    casp: Instrument,
    alice: User,
    bob: User,
    carol: User,
    tess: User,
) -> None:
    study = include_study(review, "Okello 2021")
    first, second = give(casp, study, bob, carol)
    before = contributions(review)
    answers.finish(actor=bob, assignment=answer_all(first))
    assert contributions(review) == before
    answers.finish(actor=carol, assignment=answer_all(second, q6="no"))
    assert contributions(review) == before  # while it is open, colleagues are Appraiser 1 and 2
    comparison = Comparison.objects.get()
    item = casp.items.get(key="q6")
    for one in (bob, carol):
        settling.propose(actor=one, comparison=comparison, item=item, value="yes")
    found = contributions(review)
    assert parts(found, "appraisal") == {"Bob": 1, "Carol": 1}
    assert parts(found, "appraisal-agreed") == {"Bob": 1, "Carol": 1}
    assert parts(found, "instruments") == {"Alice": 1}
    assert "BO and CA appraised 1 study independently" in found.methods


def test_shared_initials_are_told_apart(review: Review, bob: User, carol: User) -> None:
    User.objects.filter(pk=carol.pk).update(initials=bob.initials)
    vote(review, ("Bob", Verdict.EXCLUDE), ("Carol", Verdict.EXCLUDE))
    assert "Bob and Carol screened" in contributions(review).methods


def test_the_page_the_files_and_the_api_say_the_same(
    review: Review,
    bob: User,
    carol: User,
    olga: User,
    as_user: Login,
    api: Api,  # noqa: F811
) -> None:
    vote(review, ("Bob", Verdict.EXCLUDE), ("Carol", Verdict.EXCLUDE))
    sentence = "BO and CA screened the titles and abstracts of 1 record independently."
    client = as_user(olga)
    assert sentence in client.get(reverse("reporting:contributions", args=[review.pk])).content.decode()
    assert sentence == api(olga).get(f"/api/v1/reviews/{review.pk}/contributions/").json()["methods"]
    csv = client.get(reverse("reporting:contributions-file", args=[review.pk, "csv"])).content.decode()
    assert "Screening titles and abstracts,Investigation,BO,Bob,1,1,records" in csv
    word = docx.Document(io.BytesIO(api(olga).get(f"/api/v1/reviews/{review.pk}/contributions.docx").content))
    assert sentence in [paragraph.text for paragraph in word.paragraphs]
    assert "Bob" in [cell.text for row in word.tables[0].rows for cell in row.cells]


def test_as_many_queries_for_many_records_as_for_few(review: Review, bob: User, carol: User) -> None:
    counts = []
    for more in (1, 10):
        for _ in range(more):
            vote(review, ("Bob", Verdict.EXCLUDE), ("Carol", Verdict.EXCLUDE))
        with CaptureQueriesContext(connection) as asked:
            contributions(review)
        counts.append(len(asked))
    assert counts[0] == counts[1]
