"""A review with one included study and its findings text: Alice leads, Bob and Carol code, Tess settles, Olga observes."""

import pytest

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.models import CodingAssignment, FindingsText, TextVersion
from synthesis.services.texts import add_text
from tests.appraisal.conftest import include_study

CONTENT = (
    "Belonging and being seen\n"
    "Participants described the first meeting as the moment they stopped feeling alone. One woman, who had told nobody for two "
    "years, put it simply:\n"
    "“I walked in and they were laughing. I came back the next week and the next.” (P7, woman, 34)\n"
    "For several, the group became the place where questions could be asked that felt impossible in the clinic 😀.\n"
)


@pytest.fixture
def coders(review: Review) -> None:
    for membership in review.memberships.filter(user__name__in=["Bob", "Carol"]):
        membership.tasks = [*membership.tasks, Task.CODE]
        membership.save()


@pytest.fixture
def study(review: Review, coders: None) -> Study:
    return include_study(review, "Okello 2021")


@pytest.fixture
def text(study: Study, alice: User) -> FindingsText:
    return add_text(actor=alice, study=study, title="Findings", content=CONTENT)


@pytest.fixture
def version(text: FindingsText) -> TextVersion:
    assert text.current is not None
    return text.current


def give(study: Study, *people: User) -> list[CodingAssignment]:
    return [CodingAssignment.objects.create(study=study, person=person) for person in people]


@pytest.fixture
def apart(study: Study, bob: User, carol: User) -> None:
    """Bob and Carol are to code the study, each alone."""
    give(study, bob, carol)


def span(version: TextVersion, words: str) -> tuple[int, int]:
    """Where the words stand."""
    start = version.content.index(words)
    return start, start + len(words)
