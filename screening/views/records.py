"""The list of records, and one record with everything the reader may know of it."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from reviewapp.lib.downloads import download
from reviewapp.lib.errors import BadRequest
from reviewapp.lib.paging import page_by_key
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import PairState, Stage
from screening.formats.writers import WRITERS
from screening.highlights import Highlighter
from screening.models import DuplicatePair, Record, Reference
from screening.queries.cards import highlighter_of, text_of
from screening.queries.corrections import note_corrections
from screening.queries.exports import exported
from screening.queries.file_labels import show_as_may_be
from screening.queries.labels import known_labels, views_for
from screening.queries.merging import MOST, links_of
from screening.queries.records import (
    STATES,
    RecordFilter,
    found_records,
    history,
    matching_records,
    origins,
    sources_of,
)
from screening.services.decisions import SCREENS
from screening.services.records import ALL
from screening.visibility import outcome_of, shown_votes

SORTS = {"id": ("pk", int), "year": ("year_key", int), "title": ("title_key", str)}
HISTORY_LENGTH = 50
WORDS = {
    "screening.decision.made": "decided",
    "screening.decision.undone": "took a decision back",
    "screening.note.kept": "wrote a note",
    "screening.conflict.commented": "wrote in the discussion",
    "screening.conflict.proposed": "proposed an outcome",
    "screening.conflict.proposal_withdrawn": "withdrew a proposal",
    "screening.conflict.settled": "settled the conflict",
    "screening.conflict.reopened": "re-opened the conflict",
    "screening.duplicates.split": "took a reference out",
    "screening.duplicates.records_linked": "linked records",
    "screening.record.shown_chosen": "chose what the record shows",
    "screening.record.corrected": "corrected",
    "screening.record.correction_undone": "took a correction back",
    "screening.report.retrieval": "noted the retrieval",
    "screening.report.file_attached": "uploaded a file",
    "screening.report.linked": "linked the report to a study",
    "screening.report.parted": "gave the report a study of its own",
}


@require_safe
@review_view(Can.READ)
def record_list(request: ReviewRequest) -> HttpResponse:
    """Records by stage, state, words, label and source; `box` is a number of the diagram and has its own page."""
    if request.GET.get("box"):
        raise BadRequest("Numbers of the diagram open on its own pages.")
    asked = _asked(request)
    sort = request.GET.get("sort", "id")
    key, kind = SORTS.get(sort.removeprefix("-"), SORTS["id"])
    rows = found_records(request.user, request.review, asked)
    context: dict[str, Any] = {
        "page_title": "Records",
        "page": page_by_key(rows, request, key=key, kind=kind, descending=sort.startswith("-")),
        "total": rows.count(),
        "asked": asked,
        "is_filtered": asked != RecordFilter(),
        "sort": sort,
        "stages": Stage.choices,
        "states": STATES.items(),
        "labels": known_labels(request.user, request.review),
        "saved_views": [
            {"view": view, "url": f"?{urlencode(view.query)}", "is_own": view.owner_id == request.user.pk}
            for view in views_for(request.user, request.review)
        ],
        "sources": sources_of(request.review),
        "export_formats": WRITERS.values(),
        "export_query": _without_paging(request),
        "search_query": asked.words,
        "desk_stage": next((s for s, capability in SCREENS.items() if can(request.membership, capability)), ""),
    }
    highlight_found(context["page"].rows, asked.words)
    return render(request, "screening/record_list.html", context)


def _asked(request: ReviewRequest) -> RecordFilter:
    stage, state = request.GET.get("stage", ""), request.GET.get("state", "")
    return RecordFilter(
        stage=stage if stage in Stage.values else Stage.TITLE_ABSTRACT,
        state=state if state in STATES else "",
        words=request.GET.get("q", "").strip()[:500],
        label=request.GET.get("label", "")[:60],
        source=request.GET.get("source", "")[:120],
    )


def _without_paging(request: ReviewRequest) -> str:
    query = request.GET.copy()
    for name in ("after", "before", "sort"):
        query.pop(name, None)
    return query.urlencode()


@require_safe
@review_view(Can.READ)
def record_export(request: ReviewRequest, form: str) -> HttpResponseBase:
    """The records of the list as a file, for a reference manager or another tool; it holds no judgement."""
    if form not in WRITERS:
        raise Http404("There is no such format.")
    writer = WRITERS[form]
    records = matching_records(request.user, request.review, _asked(request))
    return download(writer.write(exported(records)), name=f"records{writer.extension}", media_type=writer.media_type)


def highlight_found(records: list[Record], words: str) -> None:
    """Give each record `shown_title`, its title with the words searched for marked; no query."""
    plain = [word.strip('"') for word in words.split() if word.lower() != "or" and not word.startswith("-")]
    highlighter = Highlighter((word, "found") for word in plain)
    for record in records:
        record.shown_title = highlighter.segments(record.title)  # type: ignore[attr-defined]


@require_safe
@review_view(Can.READ)
def record_detail(request: ReviewRequest, record_id: int) -> HttpResponse:
    """One record: what it says, where that comes from, who judged it as far as the reader may know, and what happened."""
    record = get_object_or_404(Record.objects.in_review(request.review), pk=record_id)
    if record.merged_into_id:
        return redirect("screening:record-detail", request.review.pk, record.merged_into_id)
    found = Reference.objects.filter(record=record, withdrawn_at=None).select_related("batch__search").order_by("id")
    references = [show_as_may_be(reference) for reference in found]
    note_corrections([record])
    context = {
        "page_title": record.short_name,
        "record": record,
        "text": text_of(record, highlighter_of(request.review)),
        "references": references,
        "origins": origins(record, references),
        "stages": [_stage(request, record, stage) for stage in Stage],
        "history": [
            {"event": event, "words": WORDS.get(event.action, event.action)}
            for event in history(request.user, record)[:HISTORY_LENGTH]
        ],
        "report": getattr(record, "report", None),
        "links": links_of(record),
        "chosen_reference": record.chosen.get(ALL),
        "linked_now": _linked_now(request, record),
        "may_split": can(request.membership, Can.RULE_DUPLICATES) and len(references) > 1,
    }
    return render(request, "screening/record_detail.html", context)


def _linked_now(request: ReviewRequest, record: Record) -> list[int]:
    """The links made a moment ago, as the address says, as far as they still hold."""
    asked = [int(text) for text in request.GET.getlist("linked")[:MOST] if text.isascii() and text.isdigit()]
    held = DuplicatePair.objects.filter(
        review=request.review, state=PairState.SAME, first__record=record, second__record=record
    )
    return list(held.filter(pk__in=[pk for pk in asked if pk < 2**62]).values_list("pk", flat=True)) if asked else []


def _stage(request: ReviewRequest, record: Record, stage: Stage) -> dict[str, Any]:
    votes = shown_votes(request.user, record, stage)
    reaches = Record.objects.at_stage(stage).filter(pk=record.pk).exists()
    return {
        "stage": stage,
        "reaches": reaches,
        "outcome": outcome_of(record, stage),
        "votes": votes,
        "own": next((vote for vote in votes if vote.is_own), None),
        "may_judge": reaches and can(request.membership, SCREENS[stage]),
        "conflict": record.conflicts.filter(stage=stage, closed_at=None).first(),
    }
