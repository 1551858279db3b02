"""What several views of synthesis need."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from reviewapp.lib.errors import Invalid
from reviewapp.reviews.permissions import ReviewRequest
from screening.models import Study
from synthesis.models import Code, FindingsText, TextVersion
from synthesis.visibility import codes_visible_to


def study_or_404(request: ReviewRequest, study_id: int) -> Study:
    """A study of the review; what was coded is there to be read also when a study is not included any more."""
    return get_object_or_404(Study.objects.select_related("review"), review=request.review, pk=study_id)


def text_or_404(request: ReviewRequest, text_id: int) -> FindingsText:
    texts = FindingsText.objects.standing().filter(review=request.review)
    return get_object_or_404(texts.select_related("current__text", "study__review", "review"), pk=text_id)


def code_or_404(request: ReviewRequest, code_id: UUID) -> Code:
    return get_object_or_404(codes_visible_to(request.user, request.review).select_related("review"), pk=code_id)


def uuid_in(value: str, what: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise Invalid(f"This is not a {what}.") from None


def whole_number_in(value: str, what: str) -> int:
    """A number as a form sends it. Raises Invalid."""
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Invalid(f"The {what} is a whole number.")
    return int(value)


def current_of(text: FindingsText) -> TextVersion:
    """The version that is coded now; a text without one is not found by `text_or_404`."""
    if text.current is None:
        raise Http404("This text holds nothing yet.")
    return text.current
