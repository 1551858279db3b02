"""What a worker does for the report stage when it is woken."""

from celery import shared_task

from reviewapp.jobs import services as jobs
from reviewapp.reporting.archive import services as archive
from reviewapp.reporting.report import services


@shared_task(name=services.TASK)
def draw_report(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            services.draw(job)


@shared_task(name=archive.TASK)
def make_archive(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            archive.make_archive(job)
