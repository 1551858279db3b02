"""The reporting checklists: how far each is, its items, and the place where authors write on one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from reviewapp.lib.errors import Invalid
from reviewapp.reporting.checklists.exports import checklist_file
from reviewapp.reporting.checklists.forms import EntryForm
from reviewapp.reporting.checklists.queries import by_section, progress_of, row_of, rows_of
from reviewapp.reporting.checklists.services import WrittenMeanwhile, write_entry
from reviewapp.reporting.checklists.shipped import Checklist, ChecklistItem, checklists
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view


def checklist_or_404(key: str) -> Checklist:
    found = checklists().get(key)
    if found is None:
        raise Http404("There is no such checklist.")
    return found


def item_or_404(checklist: Checklist, number: str) -> ChecklistItem:
    found = checklist.item(number)
    if found is None:
        raise Http404("The checklist has no such item.")
    return found


@require_safe
@review_view(Can.READ)
def checklist_list(request: ReviewRequest) -> HttpResponse:
    context = {"page_title": "Checklists", "found": progress_of(request.review)}
    return render(request, "reporting/checklist_list.html", context)


@require_safe
@review_view(Can.READ)
def checklist_detail(request: ReviewRequest, checklist: str) -> HttpResponse:
    chosen = checklist_or_404(checklist)
    rows = rows_of(request.review, chosen)
    only = request.GET.get("show") == "open"
    context = {
        "page_title": chosen.title,
        "checklist": chosen,
        "sections": by_section(row for row in rows if not (only and row.is_answered)),
        "progress": progress_of(request.review, [chosen])[0],
        "only_open": only,
        "writes": can(request.membership, Can.REPORT),
    }
    return render(request, "reporting/checklist_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.REPORT)
def checklist_item(request: ReviewRequest, checklist: str, item: str) -> HttpResponse:
    """Write on one item; when a colleague did so meanwhile, both texts are shown and nothing is lost."""
    chosen = checklist_or_404(checklist)
    wanted = item_or_404(chosen, item)
    row = row_of(request.review, chosen, wanted)
    form = EntryForm(request.POST if request.method == "POST" else None, instance=row.entry)
    status, theirs = 200, None
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                write_entry(
                    actor=request.user, review=request.review, checklist=chosen, item=wanted, **form.cleaned_data
                )
                return _after(request, chosen, item)
            except WrittenMeanwhile as error:
                theirs = row_of(request.review, chosen, wanted).entry
                form.see(theirs)
                form.add_error(None, error.message)
                status = 409
            except Invalid as error:
                form.add_error("reason" if "reason" in error.details.get("errors", {}) else None, error.message)  # type: ignore[operator]
    context: dict[str, Any] = {
        "page_title": f"{chosen.short}, item {item}",
        "checklist": chosen,
        "row": row,
        "form": form,
        "theirs": theirs,
        "next": chosen.after(item),
    }
    return render(request, "reporting/checklist_item.html", context, status=status)


def _after(request: ReviewRequest, checklist: Checklist, item: str) -> HttpResponse:
    messages.success(request, f"Item {item} is saved.")
    following = checklist.after(item)
    if "next" in request.POST and following:
        return redirect("reporting:checklist-item", request.review.pk, checklist.key, following)
    return redirect(f"{reverse('reporting:checklist-detail', args=[request.review.pk, checklist.key])}#item-{item}")


@require_safe
@review_view(Can.READ)
def checklist_export(request: ReviewRequest, checklist: str, form: str) -> HttpResponse:
    return file_answer(request.review, checklist_or_404(checklist), form)


def file_answer(review: Review, checklist: Checklist, form: str) -> HttpResponse:
    content_type, content = checklist_file(review, checklist, form)
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{checklist.key}.{form}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
