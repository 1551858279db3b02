"""Jobs survive dead workers, absent brokers and impatient people; each is done once."""

from datetime import timedelta

import pytest
import redis
from django.conf import LazySettings
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.jobs import services as jobs
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Review

TASK = "screening.detect_duplicates"


def new_job(review: Review, by: User, key: str = "duplicates") -> Job:
    return jobs.enqueue(TASK, review=review, key=key, title="Looking for duplicates", requested_by=by)


@pytest.fixture
def job(review: Review, alice: User) -> Job:
    return new_job(review, alice)


def lease_runs_out(job: Job) -> None:
    past = timezone.now() - timedelta(minutes=2)
    Job.objects.filter(pk=job.pk).update(lease_until=past, sent_at=past)


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_one_open_job_per_key(job: Job, review: Review, alice: User, bob: User) -> None:
    assert new_job(review, bob) == job
    assert new_job(review, alice, key="another") != job
    with jobs.running(jobs.claim(str(job.pk)) or job):
        pass
    assert new_job(review, bob) not in {job}


def test_a_job_is_sent_once_the_transaction_is_over(
    review: Review, alice: User, broker: redis.Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        job = new_job(review, alice)
    assert broker.llen("celery") == 0
    callbacks[0]()
    assert broker.llen("celery") == 1
    assert now(job).sent_at


def test_a_job_waits_for_the_sweep_while_the_broker_is_away(
    job: Job, settings: LazySettings, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError("the broker is away")

    with monkeypatch.context() as patch:
        patch.setattr("celery.app.base.Celery.send_task", away)
        jobs.send(job)
    assert now(job).state == JobState.QUEUED
    assert jobs.send_due() == 0  # sent a moment ago
    Job.objects.update(sent_at=timezone.now() - jobs.SEND_AGAIN_AFTER - timedelta(seconds=1))
    assert jobs.send_due() == 1
    assert broker.llen("celery") == 1


def test_only_one_worker_holds_a_job(job: Job) -> None:
    first = jobs.claim(str(job.pk))
    assert first is not None
    assert first.attempts == 1
    assert jobs.claim(str(job.pk)) is None


def test_a_lease_that_ran_out_lets_the_next_worker_in_where_the_first_stopped(job: Job) -> None:
    dead = jobs.claim(str(job.pk))
    assert dead is not None
    jobs.advance(dead, done=500, total=900, cursor={"position": 500})
    lease_runs_out(job)
    assert jobs.send_due() == 1
    second = jobs.claim(str(job.pk))
    assert second is not None
    assert (second.attempts, second.cursor, second.done) == (2, {"position": 500}, 500)


def test_a_worker_that_was_thought_dead_leaves_the_job_to_the_other(job: Job) -> None:
    slow = jobs.claim(str(job.pk))
    assert slow is not None
    lease_runs_out(job)
    quick = jobs.claim(str(job.pk))
    assert quick is not None
    with jobs.running(slow):
        jobs.advance(slow, done=1)
    assert now(job).state == JobState.RUNNING
    assert now(job).done == 0
    with jobs.running(quick):
        jobs.advance(quick, done=2)
    assert now(job).state == JobState.DONE


def test_a_slow_worker_that_ends_late_does_not_end_the_other_ones_job(job: Job) -> None:
    slow, quick = jobs.claim(str(job.pk)), None
    assert slow is not None
    with jobs.running(slow):
        lease_runs_out(job)
        quick = jobs.claim(str(job.pk))
    assert quick is not None
    assert now(job).state == JobState.RUNNING


def test_a_worker_that_finds_the_job_done_does_not_call_it_cancelled(job: Job) -> None:
    slow = jobs.claim(str(job.pk))
    assert slow is not None
    lease_runs_out(job)
    with jobs.running(jobs.claim(str(job.pk)) or slow):
        pass
    with pytest.raises(jobs.TakenOver):
        jobs.advance(slow, done=1)


def test_three_failed_attempts_park_the_job_and_a_person_can_restart_it(job: Job, alice: User) -> None:
    for attempt in (1, 2, 3):
        taken = jobs.claim(str(job.pk))
        assert taken is not None
        assert taken.attempts == attempt
        with jobs.running(taken):
            raise ValueError("a bug")
    assert now(job).state == JobState.FAILED
    assert "three times" in now(job).message
    assert jobs.claim(str(job.pk)) is None
    jobs.restart(actor=alice, job=job)
    assert jobs.claim(str(job.pk)) is not None


def test_three_dead_workers_park_the_job(job: Job) -> None:
    for _ in range(3):
        assert jobs.claim(str(job.pk)) is not None
        lease_runs_out(job)
    jobs.send_due()
    assert now(job).state == JobState.FAILED
    assert "died three times" in now(job).message
    assert jobs.claim(str(job.pk)) is None


def test_a_refusal_by_a_rule_is_not_tried_again(job: Job) -> None:
    taken = jobs.claim(str(job.pk))
    assert taken is not None
    with jobs.running(taken):
        raise Invalid("Nothing to do.")
    assert (now(job).state, now(job).message) == (JobState.FAILED, "Nothing to do.")


def test_cancel_stops_a_waiting_job_at_once_and_a_running_one_before_its_next_batch(
    review: Review, job: Job, alice: User
) -> None:
    assert jobs.cancel(actor=alice, job=job).state == JobState.CANCELLED
    assert jobs.claim(str(job.pk)) is None
    with pytest.raises(AlreadyDone):
        jobs.cancel(actor=alice, job=job)
    taken = jobs.claim(str(new_job(review, alice).pk))
    assert taken is not None
    with jobs.running(taken):
        jobs.cancel(actor=alice, job=taken)
        jobs.advance(taken, done=1)
        pytest.fail("the job went on")
    assert now(taken).state == JobState.CANCELLED


def test_restart_needs_a_job_that_ended_badly_and_no_newer_one(review: Review, job: Job, alice: User) -> None:
    with pytest.raises(AlreadyDone):
        jobs.restart(actor=alice, job=job)
    jobs.cancel(actor=alice, job=job)
    newer = new_job(review, alice)
    with pytest.raises(AlreadyDone, match="newer"):
        jobs.restart(actor=alice, job=job)
    jobs.cancel(actor=alice, job=newer)
    assert jobs.restart(actor=alice, job=job).state == JobState.QUEUED


def test_only_the_asker_and_leads_have_a_say(review: Review, alice: User, bob: User, carol: User, dave: User) -> None:
    job = new_job(review, bob)
    for stranger in (carol, dave):
        with pytest.raises(NotAllowed):
            jobs.cancel(actor=stranger, job=job)
    jobs.cancel(actor=bob, job=job)
    jobs.restart(actor=alice, job=job)
    actions = AuditEvent.objects.filter(review=review).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["jobs.job.cancelled", "jobs.job.restarted"]
