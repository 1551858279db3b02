"""Fixtures for all tests. The servers they run on are started by tests/settings.py, before Django reads its settings."""

import os
from collections.abc import Generator, Iterator

import pytest
import redis
from django.conf import LazySettings
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.models import ExclusionReason, Record
from tests.factories import (
    SCREENING,
    ExclusionReasonFactory,
    MembershipFactory,
    RecordFactory,
    ReviewFactory,
    UserFactory,
)


@pytest.fixture
def broker(settings: LazySettings) -> Iterator[redis.Redis]:
    """The Redis database of this test process, empty before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With TANDEM_REQUIRE_ALL a test that is skipped has failed: CI has everything they need."""
    report = yield
    if report.skipped and os.environ.get("TANDEM_REQUIRE_ALL") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though TANDEM_REQUIRE_ALL is set: {report.longrepr}"
    return report


def person(name: str) -> User:
    return User.objects.filter(name=name).first() or UserFactory(name=name)


@pytest.fixture
def review(db: None) -> Review:
    """Alice leads and screens, Bob and Carol screen, Tess is the third assessor, Olga observes."""
    review = ReviewFactory(created_by=person("Alice"), title="Peer support")
    for name, tasks in (
        ("Alice", [Task.LEAD, *SCREENING]),
        ("Bob", SCREENING),
        ("Carol", SCREENING),
        ("Tess", [Task.SETTLE_CONFLICTS]),
        ("Olga", [Task.OBSERVE]),
    ):
        MembershipFactory(review=review, user=person(name), tasks=tasks)
    return review


@pytest.fixture
def alice(review: Review) -> User:
    return person("Alice")


@pytest.fixture
def bob(review: Review) -> User:
    return person("Bob")


@pytest.fixture
def carol(review: Review) -> User:
    return person("Carol")


@pytest.fixture
def tess(review: Review) -> User:
    return person("Tess")


@pytest.fixture
def olga(review: Review) -> User:
    return person("Olga")


@pytest.fixture
def dave(db: None) -> User:
    return person("Dave")


@pytest.fixture
def record(review: Review) -> Record:
    return RecordFactory(review=review)


@pytest.fixture
def reason(review: Review) -> ExclusionReason:
    return ExclusionReasonFactory(review=review, label="Not reported in English", position=1)


@pytest.fixture
def as_user(client: Client) -> object:
    """`as_user(bob).get(url)`: the test client, logged in as somebody."""

    def login(user: User) -> Client:
        client.force_login(user)
        return client

    return login
