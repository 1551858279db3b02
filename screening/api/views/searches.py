"""Searches, and the references their files brought."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.lib.endpoints import operation
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.api.bodies import NewSearch, ReferenceQuery
from screening.api.serializers import RawReferenceSerializer, ReferenceSerializer, SearchSerializer
from screening.models import Reference, Search
from screening.services import imports


def earlier_search(review: Review, asked: dict[str, Any]) -> dict[str, Any]:
    """What was asked, with the earlier search in place of its number. Raises Invalid when the review has none such."""
    if not asked.get("rerun_of"):
        return asked
    search = Search.objects.filter(review=review, pk=asked["rerun_of"]).first()
    if search is None:
        raise Invalid("There is no such search in this review.", errors={"rerun_of": ["No such search."]})
    return {**asked, "rerun_of": search}


class SearchListView(ReviewAPIView):
    @operation(Can.READ, out=SearchSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.searches.all(), SearchSerializer)

    @operation(Can.IMPORT, body=NewSearch, out=SearchSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        search = imports.add_search(actor=self.user, review=self.review, **earlier_search(self.review, self.body()))
        return Response(SearchSerializer(search).data, status=201)


class SearchDetailView(ReviewAPIView):
    def _search(self, search_id: int) -> Search:
        return get_object_or_404(Search, review=self.review, pk=search_id)

    @operation(Can.READ, out=SearchSerializer)
    def get(self, request: Request, review_id: UUID, search_id: int) -> Response:
        return Response(SearchSerializer(self._search(search_id)).data)

    @operation(Can.IMPORT, body=NewSearch, out=SearchSerializer)
    def patch(self, request: Request, review_id: UUID, search_id: int) -> Response:
        asked = earlier_search(self.review, self.body(partial=True))
        changed = imports.change_search(actor=self.user, search=self._search(search_id), **asked)
        return Response(SearchSerializer(changed).data)


class ReferenceListView(ReviewAPIView):
    @operation(Can.READ, query=ReferenceQuery, out=ReferenceSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        rows = Reference.objects.filter(review=self.review, withdrawn_at=None)
        if "search" in self.asked:
            rows = rows.filter(batch__search=self.asked["search"])
        if "record" in self.asked:
            rows = rows.filter(record=self.asked["record"])
        return self.page(rows.select_related("batch__search").defer("raw", "raw_fields"), ReferenceSerializer)


class ReferenceDetailView(ReviewAPIView):
    @operation(Can.READ, out=RawReferenceSerializer)
    def get(self, request: Request, review_id: UUID, reference_id: int) -> Response:
        rows = Reference.objects.filter(review=self.review).select_related("batch__search")
        return Response(RawReferenceSerializer(get_object_or_404(rows, pk=reference_id)).data)
