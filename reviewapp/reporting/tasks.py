"""What a worker does for the report stage when it is woken."""

from celery import shared_task

from reviewapp.jobs import services as jobs
from reviewapp.reporting.report import services


@shared_task(name=services.TASK)
def draw_report(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            services.draw(job)
