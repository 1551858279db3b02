"""A review with one included study: Alice leads, Bob and Carol appraise and extract, Tess settles, Olga observes."""

from typing import Any

import pytest

from appraisal.instruments import shipped
from appraisal.models import Assignment, Comparison, Instrument
from appraisal.services import assignments
from appraisal.services.answers import Given, finish, keep_answer
from appraisal.services.instruments import adopt
from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import Report, Study
from screening.services.decisions import make_decision
from screening.services.reports import name_study
from tests.conftest import person
from tests.factories import RecordFactory


def include_study(review: Review, label: str, **fields: Any) -> Study:
    """A study whose report two people included at full text."""
    record = RecordFactory(review=review, **fields)
    for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT):
        for name in ("Bob", "Carol"):
            make_decision(actor=person(name), record=record, stage=stage, verdict=Verdict.INCLUDE)
    study = Report.objects.get(record=record).study
    assert study is not None
    return name_study(actor=person("Alice"), study=study, label=label)


@pytest.fixture
def appraisers(review: Review) -> None:
    for membership in review.memberships.filter(user__name__in=["Bob", "Carol"]):
        membership.tasks = [*membership.tasks, Task.APPRAISE, Task.EXTRACT]
        membership.save()


@pytest.fixture
def study(review: Review, appraisers: None) -> Study:
    return include_study(review, "Okello 2021")


@pytest.fixture
def casp(review: Review, alice: User) -> Instrument:
    return adopt(actor=alice, review=review, shipped=shipped()["casp-qualitative"])


@pytest.fixture
def form(review: Review, alice: User) -> Instrument:
    return adopt(actor=alice, review=review, shipped=shipped()["characteristics"])


def give(instrument: Instrument, study: Study, *people: User) -> list[Assignment]:
    return assignments.assign(actor=person("Alice"), instrument=instrument, study=study, people=people)


def answer_all(assignment: Assignment, **values: Any) -> Assignment:
    """Yes to everything but what is named."""
    for item in assignment.instrument.items.filter(retired_at=None):
        value = values.get(item.key, "yes" if item.options else "something")
        keep_answer(actor=assignment.person, assignment=assignment, item=item, given=Given(value))
    return assignment


@pytest.fixture
def compared(casp: Instrument, study: Study, bob: User, carol: User) -> Comparison:
    """Bob and Carol have finished; they differ on question 6."""
    for assignment, sixth in zip(give(casp, study, bob, carol), ("yes", "cant_tell"), strict=True):
        finish(actor=assignment.person, assignment=answer_all(assignment, q6=sixth))
    return Comparison.objects.get()
