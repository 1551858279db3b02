"""What comes out: the matrix of an appraisal, the table of characteristics, agreement, and all of it as files."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from appraisal import exports
from appraisal.choices import Use
from appraisal.models import Instrument
from appraisal.queries.agreement import independent_answers
from appraisal.queries.comparison import compared_all
from appraisal.queries.figures import traffic_light
from appraisal.queries.matrix import Matrix, matrix, study_table
from appraisal.queries.statistics import agreement_rows
from appraisal.queries.studies import StudyList, study_list
from appraisal.services import instruments as services
from appraisal.services.ratings import rule_in_words
from appraisal.views.common import instrument_or_404
from appraisal.visibility import comparisons_of
from reviewapp.lib.errors import Invalid
from reviewapp.lib.figures import Figure, to_pdf, to_png, to_svg
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view

WEAKEST = "open"  # the order in which studies with the most to mend come first
FIGURES: dict[str, tuple[str, Callable[[Figure], bytes]]] = {
    "svg": ("image/svg+xml", lambda figure: to_svg(figure).encode()),
    "png": ("image/png", lambda figure: to_png(to_svg(figure))),
    "pdf": ("application/pdf", to_pdf),
}


@require_safe
@review_view(Can.READ)
def table(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """The matrix of an appraisal, or the table of an extraction."""
    instrument = instrument_or_404(request, instrument_id)
    return _matrix(request, instrument) if instrument.use == Use.APPRAISAL else _characteristics(request, instrument)


def _matrix(request: ReviewRequest, instrument: Instrument) -> HttpResponse:
    listed, found = _found(request, instrument)
    attributes = {row.study: row for row in listed.rows}
    context: dict[str, Any] = {
        "page_title": f"Matrix: {instrument.title}",
        "instrument": instrument,
        "matrix": found,
        "shares": [
            (item, [(answer, counts[answer["code"]]) for answer in item.answers_offered], sum(counts.values()))
            for item, counts in found.shares()
        ],
        "listed": listed,
        "columns": listed.short_columns,
        "lines": [(row, known := attributes[row.study.pk], listed.shown(known)) for row in found.rows],
        "orders": [("study", "by study"), ("year", "by year"), ("rating", "by rating"), (WEAKEST, "weakest first")],
        "sort": WEAKEST if request.GET.get("sort") == WEAKEST else listed.asked.sort,
        "rule_sentences": rule_in_words(instrument),
    }
    return render(request, "appraisal/matrix.html", context)


def _found(request: ReviewRequest, instrument: Instrument) -> tuple[StudyList, Matrix]:
    """The matrix of the studies asked for, on the page as in its files."""
    query = request.GET.dict()
    listed = study_list(request.review, query, rated_by=instrument)
    return listed, matrix(instrument, among=listed.ids, weakest_first=query.get("sort") == WEAKEST)


def _characteristics(request: ReviewRequest, instrument: Instrument) -> HttpResponse:
    listed = study_list(request.review, request.GET.dict())
    found = study_table(instrument, request.GET.getlist("column"), among=listed.ids)
    context = {
        "listed": listed,
        "sort": listed.asked.sort,
        "page_title": "Characteristics of the included studies",
        "instrument": instrument,
        "table": found,
        "items": instrument.items.filter(retired_at=None),
        "chosen": [item.key for item in found.columns],
        "kept": [("column", key) for key in request.GET.getlist("column")],
        "orders": [("study", "by study"), ("year", "by year"), *((one.key, one.label) for one in listed.short_columns)],
        "abbreviations": "\n".join(f"{short} = {long}" for short, long in sorted(instrument.abbreviations.items())),
        "leads": can(request.membership, Can.LEAD),
    }
    return render(request, "appraisal/characteristics.html", context)


@require_POST
@review_view(Can.LEAD)
def table_set(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """Keep the chosen columns, their order, and the abbreviations for the whole team."""
    instrument = instrument_or_404(request, instrument_id)
    lines = [line.partition("=") for line in request.POST.get("abbreviations", "").splitlines() if line.strip()]
    if any(not (short.strip() and long.strip()) for short, _, long in lines):
        raise Invalid("Write an abbreviation a line, such as: HIV = human immunodeficiency virus.")
    services.set_table(
        actor=request.user,
        instrument=instrument,
        columns=request.POST.getlist("column"),
        abbreviations={short.strip(): long.strip() for short, _, long in lines},
    )
    messages.success(request, "The table is set for everybody.")
    return redirect("appraisal:table", request.review.pk, instrument_id)


@require_safe
@review_view(Can.READ)
def table_file(request: ReviewRequest, instrument_id: int, form: str) -> HttpResponse:
    """The table as CSV, XLSX or DOCX; of an appraisal the figure as SVG, PNG or PDF."""
    instrument = instrument_or_404(request, instrument_id)
    name = "appraisal" if instrument.use == Use.APPRAISAL else "characteristics"
    if instrument.use == Use.EXTRACTION:
        if form not in exports.FORMS:
            raise Http404("No such file.")
        listed = study_list(request.review, request.GET.dict())
        table = study_table(instrument, request.GET.getlist("column"), among=listed.ids)
        found = exports.characteristics_table(table)
        return _file(*exports.as_file(found, form), f"{name}.{form}")
    _, drawn = _found(request, instrument)
    if form in exports.FORMS:
        return _file(*exports.as_file(exports.appraisal_table(drawn), form), f"{name}.{form}")
    content_type, draw = FIGURES[form]
    return _file(content_type, draw(traffic_light(drawn)), f"{name}.{form}")


@require_safe
@review_view(Can.READ)
def answers_file(request: ReviewRequest, instrument_id: int, form: str) -> HttpResponse:
    """Every independent answer on studies that everybody has finished, a row each."""
    instrument = instrument_or_404(request, instrument_id)
    comparisons = list(comparisons_of(request.review).filter(instrument=instrument).order_by("study__label"))
    for one in comparisons:
        one.instrument = instrument
    found = exports.answers_table(request.user, instrument, compared_all(instrument, comparisons))
    return _file(*exports.as_file(found, form), f"answers.{form}")


def _file(content_type: str, content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
@review_view(Can.READ)
def agreement(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """Per question and over all, from the independent answers."""
    instrument = instrument_or_404(request, instrument_id)
    found = independent_answers(instrument)
    context = {
        "page_title": f"Agreement: {instrument.title}",
        "instrument": instrument,
        "overall": agreement_rows([unit for one in found for unit in one.units], instrument, found),
        "rows": [(one, agreement_rows(one.units, instrument, [one])) for one in found],
        "most": sorted((one for one in found if one.differing), key=lambda one: -one.differing)[:5],
        "compared": max((one.compared for one in found), default=0),
    }
    return render(request, "appraisal/agreement.html", context)
