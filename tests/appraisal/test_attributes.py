"""What is known of each study, for other parts of the review."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from appraisal.models import Comparison, Instrument
from appraisal.queries.attributes import study_attributes
from appraisal.services import answers, instruments, settling
from appraisal.services.ratings import DEMO_RULE
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.appraisal.conftest import answer_all, give, include_study

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
