"""The statistics page, and its figures as a table."""

import csv
import io
from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviewapp.reporting.agreement import agreement_at
from reviewapp.reporting.drift import chart_of
from reviewapp.reporting.statistics.pictures import pace_of, reasons_of
from reviewapp.reporting.statistics.queries import stage_statistics
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import Stage
from screening.formats.writers import guarded
from screening.queries.upset import upset
from screening.queries.yields import yields

COLUMNS = ("stage", "figure", "line", "value")


@require_safe
@review_view(Can.LEAD)
def statistics(request: ReviewRequest) -> HttpResponse:
    stages = []
    for stage in Stage:
        found = stage_statistics(request.review, stage)
        drift = chart_of(agreement_at(request.user, request.review, stage).weeks)
        stages.append((found, pace_of(found.days), reasons_of(found.reasons), drift))
    brought = yields(request.review)
    context = {
        "page_title": "Statistics",
        "stages": stages,
        "yields": brought,
        "picture": upset(brought) if len(brought.sources) > 1 else None,
    }
    return render(request, "reporting/statistics.html", context)


@require_safe
@review_view(Can.LEAD)
def statistics_export(request: ReviewRequest) -> HttpResponse:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for row in _rows(request):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    answer = HttpResponse(table.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="statistics.csv"'
    return answer


def _rows(request: ReviewRequest) -> Iterator[tuple[str, str, str, object]]:
    for stage in Stage:
        found = stage_statistics(request.review, stage)
        for name in ("records", "included", "excluded", "conflicts", "pending"):
            yield stage.value, "records", name, getattr(found.totals, name)
        for day in found.days:
            yield stage.value, "completed", day.day.isoformat(), day.records
        for name, when in found.by_day.items():
            yield stage.value, "forecast", name, when.isoformat()
        for reason in found.reasons:
            yield stage.value, "reasons", reason.label, reason.records
        for week in agreement_at(request.user, request.review, stage).weeks:
            yield stage.value, "agreement", week.monday.isoformat(), "" if week.observed is None else week.observed
    brought = yields(request.review)
    for row in brought.sources:
        yield "", "records of a source", row.source, row.records
        yield "", "records of this source alone", row.source, row.unique
    for one in brought.sets:
        yield "", "records of exactly these sources", " and ".join(one.sources), one.records
