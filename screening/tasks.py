"""What a worker does when it is woken: claim the job, call the service, let the job end as the service ended."""

from celery import shared_task

from reviewapp.jobs import services as jobs
from screening.documents import Drop
from screening.models import Handover, ImportBatch
from screening.services import detection, drops, handover_job, imports, ranking


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


@shared_task(name="screening.rank_records")
def rank_records(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            run = ranking.lay_order(job, job.review, job.arguments["stage"])
            if run is not None:
                ranking.look_again(job, run)


@shared_task(name="screening.simulate_ranking")
def simulate_ranking(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            ranking.simulate_ranking(job, job.review, job.arguments["stage"])


@shared_task(name="screening.take_over_judgements")
def take_over_judgements(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            handover_job.write_judgements(job, Handover.objects.get(pk=job.arguments["handover"]))


@shared_task(name="screening.take_out_judgements")
def take_out_judgements(job_id: str) -> None:
    if job := jobs.claim(job_id):
        with jobs.running(job):
            handover_job.take_out_judgements(job, Handover.objects.get(pk=job.arguments["handover"]))
