"""Correcting what a record shows."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import Stage
from screening.forms.records import CorrectionForm
from screening.models import Record
from screening.queries.corrections import latest_correction, note_corrections
from screening.services.corrections import correct_record, undo_correction


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.RULE_DUPLICATES)
def record_edit(request: ReviewRequest, record_id: int) -> HttpResponse:
    """`?stage=` leads back to the desk of that stage."""
    record = get_object_or_404(Record.objects.in_review(request.review).live(), pk=record_id)
    form = (
        CorrectionForm(request.POST)
        if request.method == "POST"
        else CorrectionForm.of(record, latest_correction(record))
    )
    error: DomainError | None = None
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            correct_record(
                actor=request.user, record=record, changes=form.changes(), reason=said["reason"], seen=said["seen"]
            )
        except DomainError as refused:
            if refused.status == 403:
                raise
            error = refused
            form.data = {**request.POST.dict(), "seen": str(latest_correction(record))}  # sent again, it is meant
        else:
            messages.success(request, "The record shows what you wrote. Its references stay as they were.")
            return redirect(_home(request, record))
    note_corrections([record])
    context = {
        "page_title": "Correct the record",
        "form": form,
        "record": record,
        "error": error,
        "home": _home(request, record),
    }
    status = error.status if error else 422 if form.is_bound else 200
    return render(request, "screening/record_edit.html", context, status=status)


def _home(request: ReviewRequest, record: Record) -> str:
    stage = request.GET.get("stage", "")
    if stage in Stage.values:
        return f"{reverse('screening:desk', args=[request.review.pk, stage])}?record={record.pk}"
    return reverse("screening:record-detail", args=[request.review.pk, record.pk])


@require_POST
@review_view(Can.RULE_DUPLICATES)
def correction_undo(request: ReviewRequest, record_id: int) -> HttpResponse:
    record = get_object_or_404(Record.objects.in_review(request.review).live(), pk=record_id)
    undo_correction(actor=request.user, record=record, field=request.POST.get("field", ""))
    messages.success(request, "The record shows again what its references say.")
    return redirect("screening:record-detail", request.review.pk, record.pk)
