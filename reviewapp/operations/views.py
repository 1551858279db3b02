from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviewapp.operations.health import queue_age, run_checks


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; says nothing about what it needs."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations, broker and a worker answer, else 503; which of them is in the JSON."""
    checks = run_checks()
    ready = all(check.ok for check in checks)
    found: dict[str, object] = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    if all(check.ok for check in checks if check.name in {"database", "migrations"}):
        found["queue"] = queue_age()
    return JsonResponse({"ready": ready, "checks": found}, status=200 if ready else 503)


class HealthMiddleware:
    """Answers both before the host name is checked: those who ask know an address, not the installation's name."""

    paths = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self.paths.get(request.path_info)
        return view(request) if view else self.get_response(request)
