"""What happens around every request: an id for the logs, a gate for unreadable text, private pages, errors as pages."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from reviewapp.lib.errors import BadText, DomainError, require_clean_text

GetResponse = Callable[[HttpRequest], HttpResponseBase]
API = "/api/"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
ROOM_FOR_FIELDS = 1024 * 1024  # bytes a form may need beside its file
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
REPLACEMENT = "\ufffd"

_request_id: ContextVar[str] = ContextVar("request_id", default="")
request_log = logging.getLogger("tandem.request")


def current_request_id() -> str:
    """The id of the request being answered; empty outside of one."""
    return _request_id.get()


class TooLarge(DomainError):
    status = 413
    title = "This upload is too large"
    code = "too-large"


class RequestIdFilter(logging.Filter):
    """Gives every log line the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id() or "-"
        return True


class RequestIdMiddleware:
    """Names each request, tells the name to the client, and logs one line without personal text."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        name = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        token, begun = _request_id.set(name), time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = name
            milliseconds = (time.perf_counter() - begun) * 1000
            request_log.info("%s %s %d %.0f ms", request.method, _route(request), response.status_code, milliseconds)
        finally:
            _request_id.reset(token)
        return response


def _route(request: HttpRequest) -> str:
    # The pattern, not the path: an invitation's path holds its secret.
    return f"/{request.resolver_match.route}" if request.resolver_match else "-"


class TextGateMiddleware:
    """Refuses NUL, lone surrogates and invalid UTF-8 in addresses and form fields; files pass untouched.

    JSON bodies are gated where the API reads them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            check_text(request)
        except DomainError as error:
            return error_response(request, error)
        return self.get_response(request)


def check_text(request: HttpRequest) -> None:
    """Raises BadText, or TooLarge for a body beyond the limit of uploads."""
    require_clean_text(request.path_info, what="address")
    _require_clean_bytes(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"), what="address")
    _require_bearable_size(request)
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.content_type == FORM:
        _require_clean_bytes(request.body, what="form")
    elif request.content_type == MULTIPART and not request.path_info.startswith(API):
        _require_clean_fields(request)


def _require_clean_bytes(encoded: bytes, *, what: str) -> None:
    raw = unquote_to_bytes(encoded)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadText(f"The {what} holds bytes that are not UTF-8 text. Nothing was saved.") from None
    require_clean_text(text, what=what)


def _require_clean_fields(request: HttpRequest) -> None:
    for name, values in request.POST.lists():
        for text in (name, *map(str, values)):
            require_clean_text(text, what="form")
            # Django reads a broken field with this sign in place of what it could not read.
            if REPLACEMENT in text:
                raise BadText(f"The form holds characters that could not be read ({REPLACEMENT}). Nothing was saved.")


def _require_bearable_size(request: HttpRequest) -> None:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    limit: int = settings.UPLOAD_LIMIT_BYTES
    if length > limit + ROOM_FOR_FIELDS:
        raise TooLarge(f"At most {limit // 1024**2} MB can be uploaded at once. Nothing was saved.")


class PrivatePagesMiddleware:
    """Keeps what a signed-in person sees out of every cache, the browser's history included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        cookie = settings.SESSION_COOKIE_NAME
        # Told by what was sent, not by request.user: that would ask the database once more, even when it is down.
        private = cookie in request.COOKIES or cookie in response.cookies or "Authorization" in request.headers
        if private and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


class DomainErrorMiddleware:
    """Shows errors of the domain as pages; the API has its own problem documents."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return error_response(request, exception) if isinstance(exception, DomainError) else None


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The error as a page, a fragment for htmx, or a problem document (RFC 9457) under /api/."""
    if request.path_info.startswith(API):
        document = {"type": "about:blank", "title": error.title, "status": error.status, "detail": error.message}
        return JsonResponse(document, status=error.status, content_type="application/problem+json")
    fragment = bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")
    template = "error.html#error" if fragment else "error.html"
    context = {
        "status": error.status,
        "title": error.title,
        "message": error.message,
        "details": error.details,
        "request_id": current_request_id(),
    }
    return render(request, template, context, status=error.status)
