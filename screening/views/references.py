"""References exactly as they stood in the imported files."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from reviewapp.lib.errors import BadRequest
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.formats.unmapped import texts_of, unused_fields
from screening.forms.searches import ReferenceFilter
from screening.models import Bibliographic, Reference, Search
from screening.queries.file_labels import show_as_may_be
from screening.queries.searches import references_found


@require_GET
@review_view(Can.READ)
def reference_list(request: ReviewRequest) -> HttpResponse:
    form = ReferenceFilter(request.GET, review=request.review)
    if not form.is_valid():
        raise BadRequest("Choose a search of this review, and up to 300 characters of title.")
    chosen = form.cleaned_data
    rows = references_found(
        request.review,
        words=chosen["q"],
        search=chosen["search"].pk if chosen["search"] else None,
        batch=chosen["batch"],
    )
    context = {
        "page_title": "References",
        "page": page_by_key(rows, request),
        "searches": Search.objects.filter(review=request.review),
        "chosen": chosen,
        "filtered": any(chosen.values()),
    }
    return render(request, "screening/reference_list.html", context)


@require_GET
@review_view(Can.READ)
def reference_detail(request: ReviewRequest, reference_id: int) -> HttpResponse:
    rows = Reference.objects.filter(review=request.review).select_related("batch__search", "record")
    reference = show_as_may_be(get_object_or_404(rows, pk=reference_id))
    title = reference.title[:120] or f"Reference {reference.position} of {reference.batch}"
    derived = texts_of([[getattr(reference, name) for name in Bibliographic.FIELDS], reference.details])
    unused = unused_fields(reference.raw_fields, derived)
    context = {
        "page_title": title,
        "reference": reference,
        "fields": [(tag, value, left) for (tag, value), left in zip(reference.raw_fields, unused, strict=True)],
    }
    return render(request, "screening/reference_detail.html", context)
