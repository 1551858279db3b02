"""The life of a job: enqueue, claim, advance, finish; and the sweep that sends forgotten jobs again.

A job may run twice. `claim` lets one worker in and gives it a lease; every `advance` renews the lease, stores the cursor in the
same transaction as the batch, and tells the worker to stop when somebody cancelled. A worker that dies leaves a lease that
runs out; the sweep then sends the job again, and it goes on from its cursor.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs.choices import OPEN_STATES, JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, DomainError, NotAllowed
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, may

LEASE = timedelta(seconds=45)
SEND_AGAIN_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 3

logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody asked the job to stop; raised between two batches."""


class TakenOver(Exception):
    """The lease ran out and another worker has the job, or ended it; this one leaves everything as it is."""


def enqueue(
    task: str,
    *,
    review: Review,
    key: str,
    title: str,
    requested_by: User,
    url: str = "",
    arguments: dict[str, Any] | None = None,
) -> Job:
    """The open job for this key, made now if there is none; sent to a worker once the transaction is committed."""
    with transaction.atomic():
        Review.objects.select_for_update().get(pk=review.pk)
        found = Job.objects.filter(review=review, key=key, state__in=OPEN_STATES).first()
        if found:
            return found
        job = Job.objects.create(
            review=review,
            task=task,
            key=key,
            title=title if len(title) <= 200 else f"{title[:199]}…",  # a file's name may be longer
            url=url,
            arguments=arguments or {},
            requested_by=requested_by,
        )
        transaction.on_commit(lambda: send(job))
    return job


def send(job: Job) -> None:
    """Wake a worker. When the broker is away the job waits in the table and the sweep sends it later."""
    Job.objects.filter(pk=job.pk).update(sent_at=timezone.now())
    try:
        current_app.send_task(job.task, args=[str(job.pk)], ignore_result=True, retry=False)
    except Exception:
        logger.exception("job %s could not be sent; the sweep will try again", job.pk)


def send_due() -> int:
    """Send again every open job that no worker holds; park what failed too often. Returns how many were sent."""
    now = timezone.now()
    Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now, attempts__gte=MOST_ATTEMPTS).update(
        state=JobState.FAILED,
        finished_at=now,
        message="Stopped: the worker died three times on this job. What was written is kept. Try again or ask the administrator.",
    )
    unheld = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    waiting = Q(sent_at=None) | Q(sent_at__lt=now - SEND_AGAIN_AFTER)
    due = list(Job.objects.filter(unheld & waiting).order_by("created_at")[:100])
    for job in due:
        send(job)
    return len(due)


def claim(job_id: str) -> Job | None:
    """The job, held by this worker for a lease; None if another worker has it or it is over."""
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk=job_id, state__in=OPEN_STATES)
            .first()
        )
        if job is None or (job.state == JobState.RUNNING and job.lease_until and job.lease_until > timezone.now()):
            return None
        if job.attempts >= MOST_ATTEMPTS:
            return None
        job.state, job.attempts, job.lease_until = JobState.RUNNING, job.attempts + 1, timezone.now() + LEASE
        job.save(update_fields=["state", "attempts", "lease_until"])
    return job


def advance(
    job: Job,
    *,
    done: int | None = None,
    total: int | None = None,
    message: str | None = None,
    cursor: dict[str, Any] | None = None,
) -> None:
    """Report progress and renew the lease; call it inside the batch's transaction. Raises Cancelled when asked to stop,
    TakenOver when another worker has the job."""
    fresh = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if fresh.state != JobState.RUNNING or fresh.attempts != job.attempts:
        raise TakenOver
    if fresh.cancel_requested_at:
        raise Cancelled
    job.lease_until = timezone.now() + LEASE
    for name, value in (("done", done), ("total", total), ("message", message), ("cursor", cursor)):
        if value is not None:
            setattr(job, name, value)
    job.save(update_fields=["done", "total", "message", "cursor", "lease_until"])


@contextmanager
def running(job: Job) -> Iterator[Job]:
    """Finish the job as its body ends: done, cancelled, refused by a rule, or failed (and tried again by the sweep)."""
    try:
        yield job
    except TakenOver:
        logger.warning("job %s was taken over by another worker during attempt %s", job.pk, job.attempts)
    except Cancelled:
        _finish(job, JobState.CANCELLED, "Cancelled. Nothing half-done is left.")
    except DomainError as error:
        _finish(job, JobState.FAILED, error.message)
    except Exception as error:
        logger.exception("job %s failed in attempt %s", job.pk, job.attempts)
        if job.attempts >= MOST_ATTEMPTS:
            _finish(
                job, JobState.FAILED, f"Failed three times ({type(error).__name__}). What was written before is kept."
            )
        else:
            _held(job).update(lease_until=timezone.now(), message="Interrupted; will be tried again.")
    else:
        _finish(job, JobState.DONE, job.message)


def _finish(job: Job, state: JobState, message: str) -> None:
    _held(job).update(state=state, message=message[:500], finished_at=timezone.now(), lease_until=None)
    job.refresh_from_db()


def _held(job: Job) -> QuerySet[Job]:
    """The job as long as this worker's attempt is the running one."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


def _lock(job: Job) -> Job:
    """The job under lock, its review first: every act locks in this order."""
    Review.objects.select_for_update().get(pk=job.review_id)
    return Job.objects.select_for_update(of=("self",)).get(pk=job.pk)


@transaction.atomic
def cancel(*, actor: User, job: Job) -> Job:
    """Ask a job to stop before its next batch; one that no worker has taken stops at once."""
    job = _lock(job)
    _require_say(actor, job)
    if not job.is_open:
        raise AlreadyDone(f"This job is over already: {job.get_state_display().lower()}.")
    job.cancel_requested_at = timezone.now()
    if job.state == JobState.QUEUED:
        job.state, job.finished_at, job.message = JobState.CANCELLED, timezone.now(), "Cancelled before it began."
    job.save()
    audit.log(actor=actor, review=job.review, action="jobs.job.cancelled", target=job, after={"title": job.title})
    return job


@transaction.atomic
def restart(*, actor: User, job: Job) -> Job:
    """Let a failed or cancelled job go on from where it stopped."""
    job = _lock(job)
    _require_say(actor, job)
    if job.is_open or job.state == JobState.DONE:
        raise AlreadyDone(f"This job needs no restart: {job.get_state_display().lower()}.")
    if Job.objects.filter(review=job.review, key=job.key, state__in=OPEN_STATES).exists():
        raise AlreadyDone("A newer job does this work already.")
    job.state, job.attempts, job.cancel_requested_at, job.finished_at, job.message = JobState.QUEUED, 0, None, None, ""
    job.lease_until = None
    job.save()
    audit.log(actor=actor, review=job.review, action="jobs.job.restarted", target=job, after={"title": job.title})
    transaction.on_commit(lambda: send(job))
    return job


def has_say(actor: User, job: Job, tasks: Collection[str]) -> bool:
    """Whether a member with these tasks may stop or restart the job: who asked for it, and leads."""
    return actor.pk == job.requested_by_id or may(tasks, Can.LEAD)


def _require_say(actor: User, job: Job) -> None:
    membership = Membership.objects.filter(review=job.review, user=actor, left_at=None).first()
    if membership is None or not has_say(actor, job, membership.tasks):
        raise NotAllowed("Only the person who asked for this job, or a lead of the review, can stop or restart it.")


def open_jobs(review: Review) -> list[Job]:
    return list(Job.objects.filter(review=review, state__in=OPEN_STATES).order_by("created_at"))
