"""The contribution ledger as a page and as files."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appraisal.exports import as_file
from reviewapp.reporting.contributions import UNSAID, contributions, contributions_table
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view


@require_safe
@review_view(Can.READ)
def ledger(request: ReviewRequest) -> HttpResponse:
    found = contributions(request.review)
    context = {"page_title": "Contributions", "ledger": found, "unsaid": UNSAID}
    return render(request, "reporting/contributions.html", context)


@require_safe
@review_view(Can.READ)
def ledger_file(request: ReviewRequest, form: str) -> HttpResponse:
    return ledger_answer(request.review, form)


def ledger_answer(review: Review, form: str) -> HttpResponse:
    """The ledger as CSV or DOCX; pages and API give the same bytes."""
    content_type, content = as_file(contributions_table(contributions(review)), form)
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="contributions.{form}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
