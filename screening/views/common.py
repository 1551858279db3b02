"""What several views of screening need."""

from django.http import Http404, HttpRequest, JsonResponse

from reviewapp.lib.errors import DomainError
from screening.choices import Stage


def stage_or_404(value: str) -> Stage:
    try:
        return Stage(value)
    except ValueError:
        raise Http404("No such stage.") from None


def wants_json(request: HttpRequest) -> bool:
    """Whether the page's own script asks, not a form."""
    return request.headers.get("Accept") == "application/json"


def refusal(error: DomainError) -> JsonResponse:
    """A domain error as the page's script reads it."""
    return JsonResponse({"title": error.title, "message": error.message}, status=error.status)
