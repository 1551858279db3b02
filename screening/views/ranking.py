"""The order of reading and what it tells, for leads: it is laid from outcomes alone, but words and bands would sway whoever reads them before voting."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reviewapp.jobs.models import Job
from reviewapp.jobs.views import card_context
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import ReadingOrderKind, Stage, TermKind
from screening.forms.ranking import OrderForm, TargetForm, TermForm
from screening.models import RankingSimulation, ReadingOrder
from screening.queries import ranking as queries
from screening.queries.ranking_words import floor_percent, methods_paragraph, percent, statement_in_words
from screening.ranking import Statement, is_early, statement
from screening.ranking.chart import HEIGHT, LEFT, RIGHT, WIDTH, Axes, found_curve, marks, thinned
from screening.ranking.order import EXPLORE
from screening.services import ranking as services
from screening.views.common import stage_or_404

NOT_MET_WORDS = {None: "cannot tell yet", True: "met", False: "not met"}


@require_safe
@review_view(Can.LEAD)
def ranking(request: ReviewRequest, stage: str) -> HttpResponse:
    """What the order rests on, what may be said of recall, and what ranking would have saved."""
    return render(request, "screening/ranking.html", ranking_context(request, stage_or_404(stage)))


def ranking_context(request: ReviewRequest, stage: Stage, **forms: Any) -> dict[str, Any]:
    review = request.review
    chosen, run = queries.reading_order(review, stage), queries.latest_run(review, stage)
    settled = queries.settled_at(review, stage)
    said = statement(
        settled.included, queries.records_at(review, stage), target=chosen.target, confidence=chosen.confidence
    )
    is_ranked = chosen.order == ReadingOrderKind.RANKED
    simulated = queries.latest_simulation(review, stage)
    shown_run = run if run and run.order == chosen.order and chosen.order != ReadingOrderKind.IMPORT else None
    keys = [f"ranking:{stage}", f"simulation:{stage}"]
    job = Job.objects.filter(review=review, key__in=keys).order_by("-created_at").first()
    return {
        "page_title": f"Order of reading: {stage.label.lower()}",
        "stage": stage,
        "tabs": [
            {"label": each.label, "url": reverse("screening:ranking", args=[review.pk, each]), "current": each == stage}
            for each in Stage
        ],
        "chosen": chosen,
        "is_ranked": is_ranked,
        "target_words": percent(chosen.target),
        "confidence_words": percent(chosen.confidence),
        "run": shown_run,
        "is_early": is_early(shown_run.includes, shown_run.excludes) if shown_run and is_ranked else False,
        "explore": EXPLORE,
        "said": said,
        "sentences": statement_in_words(said),
        "verdict": NOT_MET_WORDS[said.is_met if said.can_tell else None],
        "stats": _stats(said),
        "curve": _curve(settled.included, said),
        "methods": methods_paragraph(chosen, shown_run, queries.first_run_on(review, stage), said, EXPLORE),
        "bands": queries.bands(review, stage) if shown_run and is_ranked else [],
        "sample": queries.sample_by_lot(review, stage),
        "words": _words(shown_run) if is_ranked else [],
        "doubts": queries.second_look(shown_run),
        "simulation": _simulation(simulated, settled.included) if simulated else None,
        "is_finished": said.total and said.read == said.total,
        "order_form": OrderForm(initial={"order": chosen.order, "seed": chosen.seed or None}),
        "target_form": _target_form(chosen),
        **card_context(job, request.membership),
        **forms,
    }


def _target_form(chosen: ReadingOrder) -> TargetForm:
    return TargetForm(
        initial={"target": round(100 * chosen.target, 1), "confidence": round(100 * chosen.confidence, 1)}
    )


def _stats(said: Statement) -> list[dict[str, str]]:
    rows = [
        ("settled", f"{said.read:,}"),
        ("included", f"{said.found:,}"),
        ("not settled", f"{said.unread:,}"),
        ("excludes in a row", f"{said.excludes_in_a_row:,}"),
    ]
    if said.recall is not None:
        rows.append(("recall, at least", floor_percent(said.recall)))
    return [{"label": label, "value": value} for label, value in rows]


def _words(run: Any) -> list[dict[str, Any]]:
    found = queries.words_of(run)
    return [{"kind": kind, "label": kind.label, "words": found[kind]} for kind in TermKind if found.get(kind)]


# --- Charts -----------------------------------------------------------------------------------------------------------


def _curve(labels: list[bool], said: Statement) -> dict[str, Any] | None:
    """Includes found over records read; above it the most that the test cannot rule out."""
    if len(labels) < 2:
        return None
    most = round(said.found / said.recall) if said.recall else said.found
    axes = Axes(across=len(labels), up=max(most, 1))
    return _frame(
        axes, [f"{value:,.0f}" for value in marks(axes.across)], [f"{value:,.0f}" for value in marks(axes.up)]
    ) | {
        "line": axes.line(found_curve(labels)),
        "most": {"y": axes.y(most), "count": most} if said.recall else None,
    }


def _simulation(simulated: RankingSimulation, labels: list[bool]) -> dict[str, Any]:
    """The order that ranking would have given beside the one that was read, and beside chance."""
    axes, total = Axes(across=1, up=1), sum(labels)
    figures = simulated.figures
    last = figures["curve"][-1][0]
    ranked = [(read / last, recall) for read, recall in figures["curve"]]
    was = [(read / max(len(labels), 1), found / max(total, 1)) for read, found in found_curve(labels)]
    tenths = [percent(value) for value in marks(1)]
    return _frame(axes, tenths, tenths) | {
        "row": simulated,
        "ranked": axes.line(thinned(ranked)),
        "was": axes.line(was),
        "chance": axes.line([(0, 0), (1, 1)]),
        "saved": max(0, round((figures["wss95"] + 0.05) * simulated.records)),
        "saved_share": max(0, round(100 * (figures["wss95"] + 0.05))),
        "recall10": round(100 * figures["recall10"]),
    }


def _frame(axes: Axes, across: list[str], up: list[str]) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "foot": HEIGHT - 8,
        "across": [(axes.x(value), words) for value, words in zip(marks(axes.across), across, strict=True)],
        "up": [(axes.y(value), words) for value, words in zip(marks(axes.up), up, strict=True)],
    }


# --- Acts -------------------------------------------------------------------------------------------------------------


def _back(review: Review, stage: str) -> HttpResponse:
    return redirect("screening:ranking", review.pk, stage)


@require_POST
@review_view(Can.LEAD)
def ranking_order(request: ReviewRequest, stage: str) -> HttpResponse:
    """Choose the order, and lay it."""
    at, form = stage_or_404(stage), OrderForm(request.POST)
    if not form.is_valid():
        return render(request, "screening/ranking.html", ranking_context(request, at, order_form=form), status=422)
    chosen = services.choose_order(actor=request.user, review=request.review, stage=at, **form.cleaned_data)
    services.start_ranking(actor=request.user, review=request.review, stage=at)
    messages.success(request, f"Unread records are served: {chosen.get_order_display().lower()}.")
    return _back(request.review, at)


@require_POST
@review_view(Can.LEAD)
def ranking_target(request: ReviewRequest, stage: str) -> HttpResponse:
    at, form = stage_or_404(stage), TargetForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        services.fix_target(
            actor=request.user,
            review=request.review,
            stage=at,
            target=float(asked["target"]) / 100,
            confidence=float(asked["confidence"]) / 100,
            reason=asked["reason"],
        )
        messages.success(request, "The target is kept.")
        return _back(request.review, at)
    return render(request, "screening/ranking.html", ranking_context(request, at, target_form=form), status=422)


@require_POST
@review_view(Can.LEAD)
def ranking_simulate(request: ReviewRequest, stage: str) -> HttpResponse:
    at = stage_or_404(stage)
    services.start_simulation(actor=request.user, review=request.review, stage=at)
    return _back(request.review, at)


@require_POST
@review_view(Can.LEAD)
def ranking_term(request: ReviewRequest, stage: str) -> HttpResponse:
    """Put one suggested term on the team's list of highlighted terms."""
    at, form = stage_or_404(stage), TermForm(request.POST)
    if form.is_valid():
        row = services.accept_term(actor=request.user, review=request.review, **form.cleaned_data)
        messages.success(request, f"“{row.term}” is underlined from now on.")
    return redirect(reverse("screening:ranking", args=[request.review.pk, at]) + "#words")
