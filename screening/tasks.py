"""What a worker does when it is woken: claim the job, call the service, let the job end as the service ended."""

from celery import shared_task

from reviewapp.jobs import services as jobs
from screening.documents import Drop
from screening.models import ImportBatch
from screening.services import detection, drops, imports


@shared_task(name="screening.import_references")
def import_references(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            imports.write_references(job, ImportBatch.objects.get(pk=job.arguments["batch"]))


@shared_task(name="screening.detect_duplicates")
def detect_duplicates(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            detection.detect(job, job.review)


@shared_task(name="screening.match_dropped")
def match_dropped(job_id: str) -> None:
    if job := jobs.claim(job_id):
        drop = Drop.objects.select_related("review", "created_by").get(pk=job.arguments["drop"])
        with jobs.running(job):
            drops.match(job, drop)
        drops.match_the_rest(job, drop)
