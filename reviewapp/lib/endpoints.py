"""How an endpoint of the API is declared: what it needs, takes and answers, said once. Apart from `drf`, which DRF itself loads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviewapp.lib.drf import PROBLEM, GatedJSONParser, KeyPagination, first_message
from reviewapp.lib.errors import BadRequest

PAGING = frozenset({"cursor", "page_size"})
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Body(serializers.Serializer[Any]):
    """What a request says, in its body or its query; a name that is not asked for is an error, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError({str(name)[:100]: ["There is no such field."] for name in unknown[:20]})
        return super().to_internal_value(data)


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, as RFC 9457 has it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


class AlwaysAnswer(BaseContentNegotiation):
    """Every address gives one kind of answer, whatever the Accept header says."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        wanted = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def describe_problems(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """OpenAPI hook: errors are problem documents, whatever else the address gives."""
    for path in result["paths"].values():
        for found in path.values():
            if answer := found["responses"].get("4XX"):
                answer["content"] = {PROBLEM: next(iter(answer["content"].values()))}
    return result


@dataclass(frozen=True)
class Operation:
    """What one method of an endpoint needs and takes."""

    can: Any = None
    body: type[Body] | None = None
    query: type[Body] | None = None
    paged: bool = False


def operation(
    can: Any = None,
    *,
    out: Any = None,
    status_code: int = 200,
    body: type[Body] | None = None,
    query: type[Body] | None = None,
    paged: bool = False,
    also: dict[Any, Any] | None = None,
    request: Any = None,
    headers: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare a method once: the capability it needs, its query and body, its answer; checks and the OpenAPI document follow."""

    def declare(handler: Handler) -> Handler:
        handler.operation = Operation(can, body, query, paged)  # type: ignore[attr-defined]
        given: list[Any] = [OpenApiParameter(name, str, OpenApiParameter.HEADER) for name in headers]
        main = out if isinstance(out, dict) else {status_code: out(many=True) if paged else out}
        answers = {**main, **(also or {})}
        answers["4XX"] = ProblemSerializer
        declared = extend_schema(
            request=request if request is not None else body,
            responses=answers,
            parameters=[query, *given] if query else given or None,
        )
        return declared(handler)

    return declare


class TandemAPIView(APIView):
    """An endpoint for people who are signed in. Its methods are declared with `operation`."""

    parser_classes: Any = [GatedJSONParser]
    content_negotiation_class = AlwaysAnswer
    pagination_class = KeyPagination
    ordering: tuple[str, ...] = ("id",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.operation = self._operation(request)
        self.enter(request)
        self.asked = self._read_query(request)

    def enter(self, request: Request) -> None:
        """Let in, or refuse, before anything of the request is looked at."""

    def _operation(self, request: Request) -> Operation:
        name = "get" if request.method == "HEAD" else (request.method or "").lower()
        found: Operation = getattr(getattr(self, name, None), "operation", Operation())
        return found

    def _read_query(self, request: Request) -> dict[str, Any]:
        given = request.query_params
        known = set(self.operation.query().fields) if self.operation.query else set()
        if unknown := sorted(set(given) - known - (PAGING if self.operation.paged else set())):
            raise BadRequest(f"There is no parameter {', '.join(name[:100] for name in unknown[:20])} here.")
        if twice := sorted(name for name in given if len(given.getlist(name)) > 1):
            raise BadRequest(f"The parameter {', '.join(twice)} is given twice.")
        if self.operation.query is None:
            return {}
        query = self.operation.query(data={name: given[name] for name in given if name in known})
        if not query.is_valid():
            raise BadRequest(first_message(query.errors), errors=query.errors)
        return dict(query.validated_data)

    def body(self, *, partial: bool = False) -> dict[str, Any]:
        """The checked body. Raises ValidationError (422)."""
        wanted = self.operation.body
        if wanted is None:
            raise TypeError("This operation declares no body.")
        data = self.request.data
        read = wanted(data=data.dict() if hasattr(data, "dict") else data, partial=partial)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def page(self, rows: QuerySet[Any], shape: Any, **context: Any) -> Response:
        """One page of rows in a serializer's shape."""
        pages = self.pagination_class()
        found = pages.paginate_queryset(rows, self.request, self)
        return pages.get_paginated_response(shape(found, many=True, context=context).data)
