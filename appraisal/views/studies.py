"""The included studies with what is known of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appraisal.queries.studies import study_list as listed_studies
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view


@require_safe
@review_view(Can.READ)
def study_list(request: ReviewRequest) -> HttpResponse:
    listed = listed_studies(request.review, request.GET.dict())
    context = {
        "page_title": "Included studies",
        "listed": listed,
        "columns": listed.short_columns,
        "lines": [(row, listed.shown(row)) for row in listed.rows],
        "sort": listed.asked.sort,
        "leads": can(request.membership, Can.LEAD),
    }
    return render(request, "appraisal/study_list.html", context)
