"""Full texts: what is sought, the files, their pages; and the studies they tell of."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import Retrieval
from screening.forms.reports import RetrievalForm, StudyForm, UploadForm, first_error
from screening.models import Report, Study
from screening.queries.cards import highlighter_of, text_of
from screening.queries.reports import found_reports, found_studies, links_to, retrieval_counts
from screening.queries.studies import suggestions
from screening.services import reports
from screening.views.common import refusal, wants_json
from screening.views.documents import download

MOST_AT_ONCE = 200
STUDIES_OFFERED = 10


@require_safe
@review_view(Can.READ)
def report_list(request: ReviewRequest) -> HttpResponse:
    return _list(request)


def _list(request: ReviewRequest, *, error: DomainError | None = None) -> HttpResponse:
    retrieval = request.GET.get("retrieval", "")
    retrieval = retrieval if retrieval in Retrieval.values else ""
    words, without_file = request.GET.get("q", "").strip(), request.GET.get("file") == "none"
    rows = found_reports(request.review, retrieval=retrieval, words=words, without_file=without_file)
    counts = retrieval_counts(request.review)
    context = {
        "page_title": "Full text",
        "page": page_by_key(rows, request),
        "retrieval": retrieval,
        "states": Retrieval.choices,
        "q": words,
        "without_file": without_file,
        "is_filtered": bool(retrieval or words or without_file),
        "stats": [
            {"label": label, "value": counts[state], "url": f"?retrieval={state}"} for state, label in Retrieval.choices
        ],
        "total": sum(counts.values()),
        "may_retrieve": can(request.membership, Can.RETRIEVE),
        "may_screen": can(request.membership, Can.SCREEN_FULL_TEXT),
        "today": timezone.now().date(),
        "error": error,
        "typed": request.POST if error else None,
        "chosen": [int(pk) for pk in request.POST.getlist("report") if pk.isdigit()] if error else [],
    }
    return render(request, "screening/report_list.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.RETRIEVE)
def report_retrieval_many(request: ReviewRequest) -> HttpResponse:
    """Say of several reports at once where they stand: all of them, or none when one is refused."""
    chosen = [int(pk) for pk in request.POST.getlist("report") if pk.isascii() and pk.isdigit() and len(pk) < 18]
    try:
        said = _said(request)
        found = list(Report.objects.filter(review=request.review, pk__in=chosen[:MOST_AT_ONCE]).order_by("pk"))
        if not found:
            raise Invalid("Choose at least one report first.")
        reports.set_retrieval_of_many(actor=request.user, reports=found, **said)
    except DomainError as error:
        if error.status == 403:
            raise
        return _list(request, error=error)
    messages.success(
        request, f"{len(found)} report{'s' if len(found) > 1 else ''}: {Retrieval(said['retrieval']).label.lower()}."
    )
    return redirect(_back(request))


def _said(request: ReviewRequest) -> dict[str, Any]:
    form = RetrievalForm(request.POST)
    if not form.is_valid():
        raise Invalid(first_error(form))
    return form.cleaned_data


def _back(request: ReviewRequest) -> str:
    query = request.GET.urlencode()
    return reverse("screening:report-list", args=[request.review.pk]) + (f"?{query}" if query else "")


# --- One report -------------------------------------------------------------------------------------------------------


def _report(request: ReviewRequest, report_id: int) -> Report:
    found = Report.objects.filter(review=request.review).select_related("record", "study", "review")
    return get_object_or_404(found, pk=report_id)


@require_safe
@review_view(Can.READ)
def report_detail(request: ReviewRequest, report_id: int) -> HttpResponse:
    return _detail(request, _report(request, report_id))


def _detail(request: ReviewRequest, report: Report, *, error: DomainError | None = None) -> HttpResponse:
    words = request.GET.get("study", "").strip()
    context: dict[str, Any] = {
        "page_title": "Report",
        "report": report,
        "record": report.record,
        "text": text_of(report.record, highlighter_of(request.review)),
        "log": report.retrieval_log.select_related("by").order_by("-id"),
        "links": links_to(report.record),
        "supplements": report.supplements.filter(removed_at=None),
        "removed_supplements": report.supplements.exclude(removed_at=None),
        "suggestions": suggestions(request.review, of=[report.pk], most=5),
        "earlier_files": report.earlier_files.order_by("-id"),
        "siblings": Report.objects.filter(study=report.study).exclude(pk=report.pk).select_related("record")
        if report.study
        else [],
        "study_words": words,
        "studies": found_studies(request.review, words).exclude(pk=report.study_id or 0)[:STUDIES_OFFERED]
        if words
        else [],
        "states": Retrieval.choices,
        "may_retrieve": can(request.membership, Can.RETRIEVE),
        "may_screen": can(request.membership, Can.SCREEN_FULL_TEXT),
        "upload": UploadForm(),
        "error": error,
        "typed": request.POST if error else None,
    }
    return render(request, "screening/report_detail.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.RETRIEVE)
def report_retrieval(request: ReviewRequest, report_id: int) -> HttpResponse:
    report = _report(request, report_id)
    try:
        kept = reports.set_retrieval(actor=request.user, report=report, **_said(request))
    except DomainError as error:
        return _refused(request, report, error)
    messages.success(request, f"Kept: {Retrieval(kept.retrieval).label.lower()}.")
    return redirect("screening:report-detail", request.review.pk, report.pk)


@require_POST
@review_view(Can.RETRIEVE)
def report_upload(request: ReviewRequest, report_id: int) -> HttpResponse:
    """Keep a PDF; an earlier one stays in the report's history."""
    report = _report(request, report_id)
    form = UploadForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form))
        kept = reports.attach_file(actor=request.user, report=report, file=form.cleaned_data["file"])
    except DomainError as error:
        return _refused(request, report, error)
    messages.success(request, f"{kept.filename} is kept, {kept.pages} page{'s' if kept.pages != 1 else ''}.")
    if request.GET.get("to") == "list":
        return redirect("screening:report-list", request.review.pk)
    return redirect("screening:report-detail", request.review.pk, report.pk)


def _refused(request: ReviewRequest, report: Report, error: DomainError) -> HttpResponse:
    if wants_json(request):
        return refusal(error)
    if error.status == 403:
        raise error
    return _detail(request, _report(request, report.pk), error=error)


@require_safe
@review_view(Can.READ)
def report_file(request: ReviewRequest, report_id: int) -> HttpResponse:
    report = _report(request, report_id)
    if not report.file:
        raise Http404("No file yet.")
    return download(report.file, report.filename)


# --- Studies ----------------------------------------------------------------------------------------------------------


@require_safe
@review_view(Can.READ)
def study_list(request: ReviewRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    context = {
        "page_title": "Studies",
        "page": page_by_key(found_studies(request.review, words), request, key="label", kind=str),
        "q": words,
    }
    return render(request, "screening/study_list.html", context)


def _study(request: ReviewRequest, study_id: int) -> Study:
    return get_object_or_404(Study.objects.filter(review=request.review), pk=study_id)


@require_safe
@review_view(Can.READ)
def study_detail(request: ReviewRequest, study_id: int) -> HttpResponse:
    return _study_page(request, _study(request, study_id))


def _study_page(request: ReviewRequest, study: Study, *, error: DomainError | None = None) -> HttpResponse:
    context = {
        "page_title": study.label,
        "study": study,
        "reports": study.reports.select_related("record").order_by("pk"),
        "suggestions": suggestions(request.review, of=list(study.reports.values_list("pk", flat=True)), most=10),
        "may_retrieve": can(request.membership, Can.RETRIEVE),
        "error": error,
        "typed": request.POST if error else None,
    }
    return render(request, "screening/study_detail.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.RETRIEVE)
def study_link(request: ReviewRequest, study_id: int) -> HttpResponse:
    """Bring a report under this study."""
    study = _study(request, study_id)
    pk = request.POST.get("report", "")
    report = _report(request, int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 18 else 0)
    try:
        reports.link_to_study(actor=request.user, report=report, study=study)
    except DomainError as error:
        return _refused(request, report, error)
    messages.success(request, f"The report now belongs to {study.label}.")
    return redirect("screening:study-detail", request.review.pk, study.pk)


@require_POST
@review_view(Can.RETRIEVE)
def study_part(request: ReviewRequest, report_id: int) -> HttpResponse:
    """Give a report a study of its own."""
    report = _report(request, report_id)
    try:
        parted = reports.give_own_study(actor=request.user, report=report)
    except DomainError as error:
        return _refused(request, report, error)
    messages.success(request, f"The report has a study of its own: {parted.study}.")
    return redirect("screening:report-detail", request.review.pk, report.pk)


@require_POST
@review_view(Can.RETRIEVE)
def study_name(request: ReviewRequest, study_id: int) -> HttpResponse:
    study = _study(request, study_id)
    form = StudyForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form))
        reports.name_study(actor=request.user, study=study, label=form.cleaned_data["label"])
    except DomainError as error:
        if error.status == 403:
            raise
        return _study_page(request, _study(request, study_id), error=error)
    messages.success(request, "Renamed.")
    return redirect("screening:study-detail", request.review.pk, study.pk)
