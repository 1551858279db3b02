"""Asking for an archive, and making it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from tempfile import TemporaryFile
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.snapshot import one_moment
from reviewapp.reporting.archive.build import write_archive
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.services.locks import act, acting_member, own_review

TASK = "reporting.make_archive"
BEAT = 10  # seconds; a worker's lease is 45


@act
def order_archive(*, actor: User, review: Review, anonymous: bool) -> Job:
    """Have an archive made of what the actor may see; it is theirs alone."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    kind = "for peer review" if anonymous else "for the team"
    audit.log(actor=actor, review=review, action="reporting.archive.ordered", target=review, after={"kind": kind})
    return jobs.enqueue(
        TASK,
        review=review,
        key=f"archive:{actor.pk}:{int(anonymous)}",
        title=f"Making an archive {kind}",
        requested_by=actor,
        url=reverse("reporting:archive", args=[review.pk]),
        arguments={"anonymous": anonymous},
    )


def archives_of(reader: User, review: Review) -> QuerySet[Job]:
    """The reader's own archives: another lead may see other judgements."""
    return Job.objects.filter(review=review, task=TASK, requested_by=reader).order_by("-created_at")


def finished(job: Job) -> bool:
    return job.state == JobState.DONE and "file" in job.cursor


def make_archive(job: Job) -> None:
    """Write the archive from one moment of the rows, keep the file, and name it in the job."""
    acting_member(job.requested_by, job.review, Can.LEAD)
    with TemporaryFile() as file, _beating(job):
        with one_moment():
            write_archive(
                file,
                reader=job.requested_by,
                review=job.review,
                anonymous=job.arguments["anonymous"],
                made_at=timezone.now(),
            )
        size = file.tell()
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()
        file.seek(0)
        name = default_storage.save(f"archives/{job.review_id}/{uuid4().hex}", File(file))
    with transaction.atomic():
        jobs.advance(job, done=1, total=1, cursor={"file": name, "sha256": digest, "size": size})


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Keep the job's lease while one long transaction reads, from a connection of its own."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                with transaction.atomic():
                    jobs.advance(job)
            except (jobs.Cancelled, jobs.TakenOver):
                break  # said again when the archive is written
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
