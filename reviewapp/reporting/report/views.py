"""The report as a page, the lead's choice of sections, and the files drawn of it."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from reviewapp.jobs.views import card_context
from reviewapp.lib.stored import attachment
from reviewapp.reporting.choices import ReportForm
from reviewapp.reporting.models import ReportFile
from reviewapp.reporting.report import services
from reviewapp.reporting.report.build import FORMS, plan_of, sections_of
from reviewapp.reporting.report.citations import STYLES
from reviewapp.reporting.report.sections import PARTS
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view

SHOWN_FILES = 10


@require_safe
@review_view(Can.READ)
def report(request: ReviewRequest) -> HttpResponse:
    plan = plan_of(request.review)
    sections = sections_of(request.review, plan)
    kept = files_of(request.review)
    open_jobs = [file.job for file in kept if file.job and file.job.is_open]
    context: dict[str, Any] = {
        "page_title": "Report",
        "filled": [one for one in sections if not one.missing],
        "missing": [one for one in sections if one.missing],
        "plan": plan,
        "style": STYLES[plan.style].label,
        "files": [file for file in kept if file.made_at][:SHOWN_FILES],
        "forms": ReportForm.choices,
        "cards": [card_context(job, request.membership) for job in open_jobs],
    }
    return render(request, "reporting/report.html", context)


def files_of(review: Review) -> list[ReportFile]:
    """The latest files, and those that are being drawn."""
    return list(ReportFile.objects.filter(review=review).select_related("job", "made_by")[: 3 * SHOWN_FILES])


@require_safe
@review_view(Can.LEAD)
def report_choose(request: ReviewRequest) -> HttpResponse:
    """What is in the report and in which order."""
    plan = plan_of(request.review)
    rest = [key for key in PARTS if key not in plan.sections]
    last = len(plan.sections) - 1
    context = {
        "page_title": "Sections of the report",
        "chosen": [(PARTS[key], place > 0, place < last) for place, key in enumerate(plan.sections)],
        "rest": [PARTS[key] for key in rest],
        "plan": plan,
        "styles": [(key, style.label) for key, style in STYLES.items()],
    }
    return render(request, "reporting/report_choose.html", context)


@require_POST
@review_view(Can.LEAD)
def report_set(request: ReviewRequest) -> HttpResponse:
    """Keep the choice. A button that moves a section keeps what else was chosen, and comes back to the list."""
    sections = list(dict.fromkeys(request.POST.getlist("section")))
    key, _, way = request.POST.get("move", "").partition(":")
    if key in sections and way in {"up", "down"}:
        place = sections.index(key)
        other = place + (-1 if way == "up" else 1)
        if 0 <= other < len(sections):
            sections[place], sections[other] = sections[other], sections[place]
    services.set_plan(
        actor=request.user,
        review=request.review,
        sections=sections,
        style=request.POST.get("style", ""),
        keep_missing=bool(request.POST.get("keep_missing")),
    )
    if key:
        return redirect("reporting:report-choose", request.review.pk)
    messages.success(request, "The report is set for everybody.")
    return redirect("reporting:report", request.review.pk)


@require_POST
@review_view(Can.READ)
def report_draw(request: ReviewRequest) -> HttpResponse:
    services.request_file(actor=request.user, review=request.review, form=request.POST.get("form", ""))
    return redirect("reporting:report", request.review.pk)


@require_safe
@review_view(Can.READ)
def report_file(request: ReviewRequest, report_file_id: int) -> FileResponse:
    file = get_object_or_404(ReportFile.objects.exclude(made_at=None), review=request.review, pk=report_file_id)
    return as_download(file)


def as_download(file: ReportFile) -> FileResponse:
    name = slugify(file.review.title)[:60] or "review"
    return attachment(file.file, filename=f"report-{name}.{file.form}", content_type=FORMS[file.form][0])
