"""The job card: it asks again every second while the job is open, and can be cancelled or restarted."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from reviewapp.jobs import services
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view

STOP_POLLING = 286  # htmx swaps the answer in and asks no more


def card_context(job: Job | None, membership: Membership) -> dict[str, Any]:
    """What components/_progress.html needs to show a job to this member: `job`, `poll_url`, `cancel_url`, `restart_url`."""
    if job is None:
        return {"job": None}
    kwargs = {"review_id": job.review_id, "job_id": job.pk}
    say = services.has_say(membership.user, job, membership.tasks)
    return {
        "job": job,
        "poll_url": reverse("jobs:job-detail", kwargs=kwargs),
        "cancel_url": reverse("jobs:job-cancel", kwargs=kwargs) if say else "",
        "restart_url": reverse("jobs:job-restart", kwargs=kwargs) if say else "",
    }


def _job(request: ReviewRequest, job_id: UUID) -> Job:
    return get_object_or_404(Job, review=request.review, pk=job_id)


@require_GET
@review_view(Can.READ)
def job_detail(request: ReviewRequest, job_id: UUID) -> HttpResponse:
    """The card; opened directly, a page with the card. When the job is over a page that shows its result is loaded again."""
    job = _job(request, job_id)
    context = card_context(job, request.membership)
    if not request.htmx:
        return render(request, "jobs/job_detail.html", context | {"page_title": job.title})
    response = render(request, "components/_progress.html", context, status=200 if job.is_open else STOP_POLLING)
    if not job.is_open and _stands_on(request, job.url):
        response["HX-Refresh"] = "true"
    return response


def _stands_on(request: ReviewRequest, url: str) -> bool:
    """Whether the browser shows the page on which the job's result appears."""
    return bool(url) and urlsplit(request.htmx.current_url or "").path == url


@require_POST
@review_view(Can.READ)
def job_cancel(request: ReviewRequest, job_id: UUID) -> HttpResponse:
    job = services.cancel(actor=request.user, job=_job(request, job_id))
    return _after(request, job)


@require_POST
@review_view(Can.READ)
def job_restart(request: ReviewRequest, job_id: UUID) -> HttpResponse:
    job = services.restart(actor=request.user, job=_job(request, job_id))
    return _after(request, job)


def _after(request: ReviewRequest, job: Job) -> HttpResponse:
    if not request.htmx:
        return redirect(job.url or reverse("jobs:job-detail", args=[job.review_id, job.pk]))
    response = render(request, "components/_progress.html", card_context(job, request.membership))
    if not job.is_open and _stands_on(request, job.url):
        response["HX-Refresh"] = "true"
    return response
