"""Search & import: one entry for each source as it was searched. Everybody reads, leads change."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import ImportState
from screening.forms.searches import SearchForm, UploadForm
from screening.models import Search
from screening.queries.searches import imports_of, search_row, search_rows
from screening.services import imports as services

READ_OR_CHANGE = require_http_methods(["GET", "HEAD", "POST"])
LATEST = 50


@require_GET
@review_view(Can.READ)
def search_list(request: ReviewRequest) -> HttpResponse:
    rows = search_rows(request.review)
    return render(
        request,
        "screening/search_list.html",
        {"page_title": "Search & import", "rows": rows, "total": sum(row.entries for row in rows)},
    )


@READ_OR_CHANGE
@review_view(Can.IMPORT)
def search_create(request: ReviewRequest) -> HttpResponse:
    form = SearchForm(request.POST if request.method == "POST" else None, review=request.review)
    if form.is_bound and form.is_valid():
        search = services.add_search(actor=request.user, review=request.review, **form.cleaned_data)
        messages.success(request, f"The search in {search} was added. Next: upload what it found.")
        return redirect("screening:search-detail", request.review.pk, search.pk)
    return _form_page(request, "Add a search", form)


@READ_OR_CHANGE
@review_view(Can.IMPORT)
def search_edit(request: ReviewRequest, search_id: int) -> HttpResponse:
    search = get_object_or_404(Search, review=request.review, pk=search_id)
    form = SearchForm(request.POST if request.method == "POST" else None, instance=search, review=request.review)
    if form.is_bound and form.is_valid():
        services.change_search(actor=request.user, search=search, **form.cleaned_data)
        messages.success(request, "The search was saved.")
        return redirect("screening:search-detail", request.review.pk, search.pk)
    return _form_page(request, "Change the search", form)


def _form_page(request: ReviewRequest, title: str, form: SearchForm) -> HttpResponse:
    context = {"page_title": title, "form": form}
    return render(request, "screening/search_form.html", context, status=422 if form.is_bound else 200)


@require_GET
@review_view(Can.READ)
def search_detail(request: ReviewRequest, search_id: int) -> HttpResponse:
    search = get_object_or_404(
        Search.objects.select_related("created_by", "rerun_of"), review=request.review, pk=search_id
    )
    waiting = list(imports_of(request.review, search).filter(state=ImportState.UPLOADED)[:LATEST])
    return render(
        request,
        "screening/search_detail.html",
        {
            "waiting": waiting,
            "waiting_references": sum(batch.read + batch.repaired for batch in waiting),
            "page_title": search.source,
            "row": search_row(search),
            "search": search,
            "updates": search.reruns.order_by("run_on", "id"),
            "batches": imports_of(request.review, search)[:LATEST],
            "upload_form": UploadForm(),
        },
    )
