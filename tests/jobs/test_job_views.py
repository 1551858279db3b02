"""The job card: who sees it, who stops it, when it stops asking."""

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.jobs.services import enqueue
from reviewapp.reviews.models import Review
from tests.factories import MembershipFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(review: Review, bob: User) -> Job:
    return enqueue(
        "tests.nothing", review=review, key="k", title="Counting <sheep>", requested_by=bob, url="/somewhere/"
    )


def url(name: str, job: Job) -> str:
    return reverse(f"jobs:job-{name}", args=[job.review_id, job.pk])


@pytest.mark.parametrize(
    ("who", "see", "stop"), [("alice", 200, 302), ("bob", 200, 302), ("olga", 200, 403), ("dave", 404, 404)]
)
def test_who_may(who: str, see: int, stop: int, client: Client, job: Job, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(url("detail", job)).status_code == see
    assert client.post(url("cancel", job)).status_code == stop
    job.refresh_from_db()
    assert (job.state == JobState.CANCELLED) is (stop == 302)


def test_buttons_stand_only_where_they_work(client: Client, job: Job, carol: User, bob: User) -> None:
    client.force_login(carol)
    assert "Cancel" not in client.get(url("detail", job), headers=HTMX).content.decode()
    client.force_login(bob)
    assert "Cancel" in client.get(url("detail", job), headers=HTMX).content.decode()


def test_jobs_of_another_review_are_not_found(client: Client, job: Job) -> None:
    other = MembershipFactory()
    client.force_login(other.user)
    assert client.get(reverse("jobs:job-detail", args=[other.review_id, job.pk])).status_code == 404


def test_the_card_polls_while_open_and_stops_with_286(client: Client, job: Job, bob: User) -> None:
    client.force_login(bob)
    fragment = client.get(url("detail", job), headers=HTMX)
    assert fragment.status_code == 200
    assert f'hx-get="{url("detail", job)}"' in fragment.content.decode()
    assert "Counting &lt;sheep&gt;" in fragment.content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
    over = client.get(url("detail", job), headers=HTMX)
    assert over.status_code == 286
    assert "hx-get" not in over.content.decode()
    assert "HX-Refresh" not in over.headers
    assert 'href="/somewhere/"' in over.content.decode()


def test_the_page_of_the_result_is_loaded_again(client: Client, job: Job, bob: User) -> None:
    client.force_login(bob)
    here = {**HTMX, "HX-Current-URL": "http://testserver/somewhere/?x=1"}
    assert "HX-Refresh" not in client.get(url("detail", job), headers=here).headers
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
    assert client.get(url("detail", job), headers=here)["HX-Refresh"] == "true"


def test_a_cancelled_job_can_be_restarted_and_a_done_one_not(client: Client, job: Job, bob: User) -> None:
    client.force_login(bob)
    client.post(url("cancel", job))
    assert client.post(url("cancel", job)).status_code == 409
    assert "Try again" in client.get(url("detail", job)).content.decode()
    assert client.post(url("restart", job)).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
    assert client.post(url("restart", job)).status_code == 409


def test_reading_changes_nothing(client: Client, job: Job, bob: User) -> None:
    client.force_login(bob)
    assert client.get(url("cancel", job)).status_code == 405
    assert client.get(url("restart", job)).status_code == 405
