"""What is known of each study, for other parts of the review."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appraisal.models import Comparison, Instrument
from appraisal.queries.attributes import attribute_columns, study_attributes
from appraisal.queries.studies import study_list
from appraisal.services import answers, instruments, settling
from appraisal.services.ratings import DEMO_RULE
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.api.conftest import Api, api  # noqa: F401  # `api` is a fixture
from tests.appraisal.conftest import answer_all, give, include_study

Login = Callable[[User], Client]

KENYA = {"country": "Kenya", "design": "Phenomenology", "participants": "12 women", "key_findings": ["Trust", "Cost"]}


def fill_in(instrument: Instrument, study: Study, *people: User, **said: Any) -> Comparison:
    for assignment in give(instrument, study, *people):
        answers.finish(actor=assignment.person, assignment=answer_all(assignment, **said))
    return Comparison.objects.get(instrument=instrument, study=study)


def test_a_study_has_its_settled_answers_rating_and_what_is_wanting(
    review: Review, casp: Instrument, form: Instrument, study: Study, alice: User, bob: User, carol: User
) -> None:
    instruments.set_rating_rule(actor=alice, instrument=casp, rule=DEMO_RULE)
    fill_in(casp, study, bob, carol, q6="cant_tell")
    fill_in(form, study, bob, carol, **KENYA)
    found = study_attributes(review)[study.pk]
    assert (found.label, found.country, found.design, found.sample) == (
        "Okello 2021",
        "Kenya",
        "Phenomenology",
        "12 women",
    )
    assert found.values["key_findings"] == "Trust; Cost"
    assert found.rating == "Strong"
    assert [(one.number, one.answer) for one in found.not_yes] == [("6", "Can't tell")]


def test_what_is_open_or_hidden_says_nothing(
    review: Review, form: Instrument, study: Study, tess: User, bob: User, carol: User
) -> None:
    nothing = study_attributes(review)
    first, second = give(form, study, bob, carol)
    answers.finish(actor=bob, assignment=answer_all(first, **KENYA))
    assert study_attributes(review) == nothing
    answers.finish(actor=carol, assignment=answer_all(second, **KENYA | {"country": "Uganda"}))
    found = study_attributes(review)[study.pk]
    assert (found.country, found.design) == ("", "Phenomenology")
    settling.rule(
        actor=tess,
        comparison=Comparison.objects.get(),
        item=form.items.get(key="country"),
        value="Uganda",
        rationale="The methods say so.",
    )
    assert study_attributes(review)[study.pk].country == "Uganda"


def test_as_many_queries_for_many_studies_as_for_few(
    review: Review, casp: Instrument, form: Instrument, appraisers: None, bob: User, carol: User
) -> None:
    counts = []
    for more in (1, 4):
        for number in range(more):
            another = include_study(review, f"Berg {more}{number}", year=2020)
            fill_in(casp, another, bob, carol)
            fill_in(form, another, bob, carol, **KENYA)
        with CaptureQueriesContext(connection) as asked:
            found = study_attributes(review)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert [(one.label, one.year) for one in found.values()] == [
        (name, 2020) for name in ("Berg 10", "Berg 40", "Berg 41", "Berg 42", "Berg 43")
    ]


@pytest.fixture
def three(review: Review, casp: Instrument, form: Instrument, appraisers: None, alice: User) -> list[Study]:
    """Three studies of two countries, the last one not extracted yet."""
    instruments.set_rating_rule(actor=alice, instrument=casp, rule=DEMO_RULE)
    people = list(User.objects.filter(name__in=["Bob", "Carol"]))
    studies = [
        include_study(review, label, year=year)
        for label, year in (("Berg 2019", 2019), ("Abe 2021", 2021), ("Cole 2020", 2020))
    ]
    for study, country, design, sixth in zip(
        studies, ("Kenya", "Norway"), ("Phenomenology", "Grounded theory"), ("yes", "no"), strict=False
    ):
        fill_in(form, study, *people, country=country, design=design)
        fill_in(casp, study, *people, q6=sixth, q7=sixth)
    return studies


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({}, ["Abe 2021", "Berg 2019", "Cole 2020"]),
        ({"sort": "-study"}, ["Cole 2020", "Berg 2019", "Abe 2021"]),
        ({"sort": "year"}, ["Berg 2019", "Cole 2020", "Abe 2021"]),
        ({"sort": "country"}, ["Berg 2019", "Abe 2021", "Cole 2020"]),
        ({"sort": "-country"}, ["Abe 2021", "Berg 2019", "Cole 2020"]),
        ({"sort": "rating"}, ["Berg 2019", "Abe 2021", "Cole 2020"]),
        ({"is-country": "Kenya"}, ["Berg 2019"]),
        ({"is-design": "Grounded theory", "is-country": "Kenya"}, []),
        ({"q": "ground norw"}, ["Abe 2021"]),
        ({"from": "2020", "to": "2020"}, ["Cole 2020"]),
        ({"rating": "Strong"}, ["Berg 2019"]),
        ({"sort": "nonsense"}, ["Abe 2021", "Berg 2019", "Cole 2020"]),
    ],
)
def test_studies_are_sorted_and_narrowed(
    three: list[Study], review: Review, query: dict[str, str], labels: list[str]
) -> None:
    assert [one.label for one in study_list(review, query).rows] == labels


def test_list_matrix_and_files_hold_the_studies_asked_for(
    three: list[Study], review: Review, casp: Instrument, form: Instrument, tess: User, as_user: Login
) -> None:
    client = as_user(tess)
    for name, args in (
        ("study-list", []),
        ("table", [casp.pk]),
        ("table", [form.pk]),
        ("table-file", [casp.pk, "csv"]),
        ("table-file", [casp.pk, "svg"]),
        ("table-file", [form.pk, "csv"]),
    ):
        page = client.get(
            reverse(f"appraisal:{name}", args=[review.pk, *args]), {"is-country": "Norway"}
        ).content.decode()
        assert "Abe 2021" in page, name
        assert "Berg 2019" not in page, name
    weakest = client.get(reverse("appraisal:table", args=[review.pk, casp.pk]), {"sort": "open"}).content.decode()
    assert weakest.index("Abe 2021") < weakest.index("Berg 2019")
    assert client.get(reverse("appraisal:study-list", args=[review.pk]), {"from": "soon"}).status_code == 400


def test_the_api_tells_the_same(three: list[Study], review: Review, api: Api, olga: User) -> None:  # noqa: F811
    address = f"/api/v1/reviews/{review.pk}/included-studies/"
    found = api(olga).get(address, {"attribute": "country", "value": "Norway"}).json()
    assert (found["total"], [one["label"] for one in found["studies"]]) == (3, ["Abe 2021"])
    assert found["studies"][0]["attributes"]["design"] == "Grounded theory"
    assert [one["number"] for one in found["studies"][0]["not_yes"]] == ["6", "7"]
    assert api(olga).get(address, {"sort": "secret"}).status_code == 400
    assert api(olga).get(address, {"attribute": "secret"}).status_code == 400


def test_a_lead_says_which_question_tells_of_the_study(review: Review, form: Instrument, alice: User) -> None:
    assert [column.label for column in attribute_columns(review)][:2] == ["Country", "Participants"]
    item = instruments.keep_item(
        actor=alice, instrument=form, text="Income of the country", kind="text", attribute="other", required=False
    )
    assert attribute_columns(review)[-1].key == f"item-{item.pk}"
    assert item.version == 1
    instruments.keep_item(actor=alice, instrument=form, item=item, attribute="")
    item.refresh_from_db()
    assert item.version == 1  # what was answered needs no other look
    assert len(attribute_columns(review)) == 5
