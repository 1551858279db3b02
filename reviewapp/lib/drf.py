"""Habits of the API: tokens, problem documents (RFC 9457), paging by key, the text gate."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelInvalid
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.authentication import TokenAuthentication
from rest_framework.pagination import BasePagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.errors import BadRequest, DomainError

PROBLEM = "application/problem+json"
DEEPEST = 20


class BearerOrTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …` and `Authorization: Bearer …` are the same here."""

    def authenticate(self, request: Request) -> Any:
        if request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("bearer "):
            self.keyword = "Bearer"  # of this request only: each has its own instance
        return super().authenticate(request)

    def authenticate_credentials(self, key: str) -> Any:
        if not key.isalnum():  # what is no token is not asked of the database
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(key)


class GatedJSONParser(JSONParser):
    """JSON whose text can be stored: no NUL, no lone surrogates, no number that is none, not nested without end."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        try:
            data = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
        except UnicodeDecodeError:
            raise exceptions.ParseError("The body is not JSON in UTF-8.") from None
        except (RecursionError, ValueError) as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}") from None
        _gate(data, 0)
        return data


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _gate(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise exceptions.ParseError("The JSON is nested too deeply.")
    if isinstance(value, str):
        if "\x00" in value:
            raise exceptions.ParseError("A text holds a NUL character. Nothing was saved.")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise exceptions.ParseError(
                "A text holds half of a character (a lone surrogate). Nothing was saved."
            ) from None
    elif isinstance(value, dict):
        for key, inner in value.items():
            _gate(key, depth + 1)
            _gate(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _gate(inner, depth + 1)


def problem(*, status_code: int, title: str, code: str, detail: str = "", **more: Any) -> dict[str, Any]:
    """A problem document: type, title, status, detail, and what else the client can use."""
    return {"type": f"urn:tandem:{code}", "title": title, "status": status_code, "detail": detail, **more}


def problem_document(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error of the API as application/problem+json; None lets Django answer what is truly unexpected."""
    if isinstance(error, DomainError):
        body = problem(
            status_code=error.status, title=error.title, code=error.code, detail=error.message, **error.details
        )
        return _answer(body)
    if isinstance(error, Http404):
        return _answer(
            problem(status_code=404, title="Not found", code="not-found", detail="There is nothing here for you.")
        )
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return _answer(
            problem(status_code=413, title="This body is too large", code="too-large", detail="Nothing was saved.")
        )
    if isinstance(error, SuspiciousOperation):
        return _answer(
            problem(status_code=400, title=BadRequest.title, code=BadRequest.code, detail="Nothing was saved.")
        )
    if isinstance(error, ModelInvalid):
        detail = "; ".join(error.messages)
        return _answer(problem(status_code=422, title="Some entries need another look", code="invalid", detail=detail))
    if isinstance(error, exceptions.ValidationError):
        body = problem(
            status_code=422, title="Some entries need another look", code="invalid", detail=first_message(error.detail)
        )
        return _answer(body | {"errors": error.detail})
    if isinstance(error, exceptions.APIException):
        answer = _answer(
            problem(
                status_code=error.status_code,
                title=str(error.default_detail).rstrip("."),
                code=str(error.default_code).replace("_", "-"),
                detail=first_message(error.detail),
            )
        )
        if wait := getattr(error, "wait", None):
            answer["Retry-After"] = f"{wait:.0f}"
        if challenge := getattr(error, "auth_header", None):
            answer["WWW-Authenticate"] = challenge
        return answer
    return None


def _answer(body: dict[str, Any]) -> Response:
    return Response(body, status=body["status"], content_type=PROBLEM)


def first_message(detail: Any) -> str:
    while isinstance(detail, (list, dict)) and detail:
        if isinstance(detail, dict):
            name, detail = next(iter(detail.items()))
            inner = first_message(detail)
            return inner if name in {"detail", "non_field_errors"} else f"{name}: {inner}"
        detail = detail[0]
    return str(detail)


@csrf_exempt
def not_found(request: Any, exception: Exception | None = None) -> HttpResponse:
    """The problem document for API addresses that lead nowhere."""
    body = problem(status_code=404, title="Not found", code="not-found", detail="There is no such address in the API.")
    return HttpResponse(json.dumps(body), status=404, content_type=PROBLEM)


class KeyPagination(BasePagination):
    """Pages by the last keys seen, never by offset: {"next": url or null, "results": […]}.

    `page_size` may be asked from 1 to 200. `ordering` on the view decides: names of columns, together unique, never null.
    The cursor is signed for its address; it holds no time, so that equal pages are equal bytes.
    """

    default_size = 50
    largest_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.size = self._size(request.query_params.get("page_size"))
        self.ordering: tuple[str, ...] = tuple(getattr(view, "ordering", ()) or ("id",))
        rows = queryset.order_by(*self.ordering)
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(self._after(self.read(cursor)))
        page = list(rows[: self.size + 1])
        self.more = len(page) > self.size
        page = page[: self.size]
        self.last = self.key_of(page[-1]) if page else []
        return page

    def key_of(self, row: Any) -> list[Any]:
        values = [getattr(row, name.lstrip("-")) for name in self.ordering]
        return [value if isinstance(value, int | float) else _text(value) for value in values]

    def _after(self, key: list[Any]) -> Q:
        """Rows behind the key: greater in the first column that differs (less, where the order runs down)."""
        found, same = Q(pk__in=[]), Q()
        for name, value in zip(self.ordering, key, strict=True):
            column = name.lstrip("-")
            found |= same & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
            same &= Q(**{column: value})
        return found

    def _size(self, asked: str | None) -> int:
        if asked is None:
            return self.default_size
        if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= self.largest_size:
            raise BadRequest(f"page_size is a number from 1 to {self.largest_size}.")
        return int(asked)

    def _signer(self) -> Signer:
        return Signer(salt=f"cursor:{self.request.path}")

    def read(self, cursor: str) -> list[Any]:
        """The key in a cursor that this address gave out. Raises BadRequest."""
        try:
            value = self._signer().unsign_object(cursor)
        except (BadSignature, ValueError):
            raise BadRequest("This cursor does not come from an earlier page.") from None
        return list(value)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_url(), "results": data}, status=status.HTTP_200_OK)

    def next_url(self) -> str | None:
        if not self.more:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = self._signer().sign_object(self.last)
        return str(self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}"))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": {"type": "string", "format": "uri", "nullable": True}, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": 200},
            },
        ]


def _text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
