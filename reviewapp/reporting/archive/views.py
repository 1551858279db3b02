"""The page on which a lead has archives made and takes them along."""

from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from reviewapp.jobs.models import Job
from reviewapp.jobs.views import card_context
from reviewapp.lib.stored import FileGone
from reviewapp.reporting.archive.log import blinding_has_ended
from reviewapp.reporting.archive.services import archives_of, finished, order_archive
from reviewapp.reporting.archive.tables import LEFT_OUT
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view

MOST = 20


@require_safe
@review_view(Can.LEAD)
def archive(request: ReviewRequest) -> HttpResponse:
    made = list(archives_of(request.user, request.review)[:MOST])
    context = {
        "page_title": "Archive",
        "cards": [card_context(job, request.membership) for job in made if not finished(job)][:2],
        "archives": [job for job in made if finished(job)],
        "is_whole": blinding_has_ended(request.review),
        "left_out": sorted(set(LEFT_OUT.values())),
    }
    return render(request, "reporting/archive.html", context)


@require_POST
@review_view(Can.LEAD)
def archive_order(request: ReviewRequest) -> HttpResponse:
    order_archive(actor=request.user, review=request.review, anonymous=request.POST.get("for") == "peer_review")
    messages.success(request, "The archive is being made. It will stand here when it is done.")
    return redirect("reporting:archive", request.review.pk)


@require_safe
@review_view(Can.LEAD)
def archive_file(request: ReviewRequest, job_id: UUID) -> FileResponse:
    """The file, for whom it was made and nobody else."""
    job = archives_of(request.user, request.review).filter(pk=job_id).first()
    if job is None or not finished(job):
        raise Http404("No such archive.")
    return as_download(job)


def as_download(job: Job) -> FileResponse:
    """The ZIP file. Raises FileGone when the store has lost it."""
    name = f"{slugify(job.review.title)[:60] or 'review'}-archive.zip"
    try:
        file = default_storage.open(job.cursor["file"])
    except FileNotFoundError:
        raise FileGone("This archive is not in the store any more. Have another one made.") from None
    answer = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
