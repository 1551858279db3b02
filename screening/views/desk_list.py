"""The reading list: what waits at the desk for title and abstract, many records under one another."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviewapp.reviews.permissions import Can, ReviewRequest, require, review_view
from screening.choices import Stage
from screening.queries.cards import cards
from screening.queries.desk import AT_ONCE, progress_of, queue
from screening.queries.labels import known_labels
from screening.queries.records import RecordFilter, matching_records, sources_of
from screening.services.decisions import SCREENS, last_decision
from screening.services.drawing import hand_out
from screening.views.desk import desk_context, numbers

STAGE = Stage.TITLE_ABSTRACT  # a full text is read in its document, one at a time
MOST_LEFT = 200  # records that a reader may leave undecided above the page without meeting them again


@require_safe
@review_view(Can.READ)
def desk_list(request: ReviewRequest) -> HttpResponse:
    """The first records of the reader's queue that match the filters; `?skip=` are those left undecided above."""
    require(request.membership, SCREENS[STAGE])
    asked = RecordFilter(
        stage=STAGE,
        words=request.GET.get("q", "").strip()[:500],
        label=request.GET.get("label", "")[:60],
        source=request.GET.get("source", "")[:120],
    )
    skip = numbers(request.GET.getlist("skip")[-MOST_LEFT:])
    among = matching_records(request.user, request.review, asked)
    found = hand_out(actor=request.user, review=request.review, stage=STAGE, count=AT_ONCE, skip=skip, among=among)
    waiting = queue(request.user, request.review, STAGE).filter(pk__in=among.values("pk")).exclude(pk__in=skip).count()
    context = desk_context(request, STAGE) | {
        "cards": cards(request.user, request.review, STAGE, found),
        "page_title": "Title & abstract as a list",
        "progress": progress_of(request.user, request.review, STAGE),
        "last": last_decision(actor=request.user, review=request.review, stage=STAGE),
        "asked": asked,
        "is_filtered": asked != RecordFilter(stage=STAGE),
        "left": len(skip),
        "waiting": waiting,
        "more": waiting > len(found),
        "here": _without(request, "skip"),
        "further": _further(request, [record.pk for record in found]),
        "labels": known_labels(request.user, request.review),
        "sources": sources_of(request.review),
    }
    return render(request, "screening/desk_list.html", context)


def _without(request: ReviewRequest, name: str) -> str:
    query = request.GET.copy()
    query.pop(name, None)
    return query.urlencode()


def _further(request: ReviewRequest, shown: list[int]) -> str:
    """The query of what comes below this page."""
    query = request.GET.copy()
    query.setlist("skip", [*request.GET.getlist("skip"), *map(str, shown)][-MOST_LEFT:])
    return query.urlencode()
