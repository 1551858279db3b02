"""The report stage: the live flow diagram, what stands behind its numbers, agreement, and the decisions as a table."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from reviewapp.lib.errors import Invalid
from reviewapp.reporting.agreement import COLUMNS, agreement_at, agreement_rows
from reviewapp.reporting.drift import chart_of
from reviewapp.reporting.figures import figure_file, links, template_of, title_of
from reviewapp.reporting.flow.faults import faults
from reviewapp.reporting.flow.words import lines
from reviewapp.reporting.past.asked import Asked, asked_of, counts_for, picture_at, rows_for, rows_of
from reviewapp.reporting.past.views import changed_ids, two_pictures
from reviewapp.reporting.prisma.counts import Identity, identities
from reviewapp.reporting.prisma.layout import Template
from reviewapp.reporting.prisma.svg import to_svg
from reviewapp.reporting.queries import version_before
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.choices import Stage
from screening.formats.writers import guarded
from screening.forms.versions import PreviousVersionForm
from screening.handover.writing import FORMS
from screening.models import Record
from screening.services.exports import export_judgements
from screening.services.versions import remove_previous_version, set_previous_version

PAGE = 50


@require_safe
@review_view(Can.READ)
def prisma(request: ReviewRequest) -> HttpResponse:
    asked = asked_of(request.GET)
    counts = counts_for(request.review, asked)
    template = template_of(request.review, counts, request.GET.get("template", ""))
    here = reverse("reporting:prisma", args=[request.review.pk])
    addresses = links(request.review, counts, template, asked)
    context = {
        "page_title": "Flow diagram",
        "asked": asked,
        "today": timezone.localdate().isoformat(),
        "svg": to_svg(counts, template, addresses, title_of(request.review, asked.words)),
        "lines": [(line, addresses.get(line.key)) for line in lines(counts, template)],
        "identities": [(each, faults_address(request.review, each, asked)) for each in identities(counts)],
        "counts": counts,
        "template": template.value,
        "version": version_before(request.review),
        "templates": [
            {
                "label": label,
                "url": f"{here}?{urlencode({'template': choice.value, **asked.query})}",
                "current": template is choice,
            }
            for choice, label in TEMPLATES
        ],
        "empty": not counts.records_screened,
    }
    return render(request, "reporting/prisma.html", context)


TEMPLATES = (
    (Template.V1, "New"),
    (Template.V2, "New, other methods"),
    (Template.UPDATED_V1, "Update"),
    (Template.UPDATED_V2, "Update, other methods"),
)


def faults_address(review: Review, identity: Identity, asked: Asked) -> str:
    """Where the records are listed that break an identity; nothing while it holds or when no record can be named."""
    if not identity.breached or not identity.key:
        return ""
    query = urlencode({"fault": identity.key, **asked.query})
    return f"{reverse('reporting:box', args=[review.pk])}?{query}"


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.LEAD)
def previous_version(request: ReviewRequest) -> HttpResponse:
    """Make the review an update of an earlier version, or a new one again."""
    known = version_before(request.review)
    if request.method == "POST" and "remove" in request.POST:
        remove_previous_version(actor=request.user, review=request.review)
        messages.success(request, "The diagram is that of a new review again.")
        return redirect("reporting:prisma", request.review.pk)
    form = PreviousVersionForm(request.POST if request.method == "POST" else None, instance=known)
    if form.is_bound and form.is_valid():
        try:
            set_previous_version(actor=request.user, review=request.review, **form.cleaned_data)
            messages.success(request, "The diagram is now that of an updated review.")
            return redirect("reporting:prisma", request.review.pk)
        except Invalid as error:
            form.add_error(None, error.message)
    context = {"page_title": "Previous version", "form": form, "known": known}
    return render(request, "reporting/previous_version.html", context, status=422 if form.is_bound else 200)


@require_safe
@review_view(Can.READ)
def prisma_export(request: ReviewRequest, form: str) -> HttpResponse:
    asked = asked_of(request.GET)
    counts = counts_for(request.review, asked)
    template = template_of(request.review, counts, request.GET.get("template", ""))
    file = figure_file(request.review, counts, template, form, asked.words)
    response = HttpResponse(file.content, content_type=file.content_type)
    name = slugify(request.review.title)[:60] or "review"
    response["Content-Disposition"] = f'attachment; filename="prisma-{name}.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@review_view(Can.READ)
def box(request: ReviewRequest) -> HttpResponse:
    """Exactly the records or references that one number of the diagram counts, or counted."""
    key, asked = request.GET.get("box", ""), asked_of(request.GET)
    if fault := request.GET.get("fault", ""):
        found = faults(picture_at(request.review, asked)).get(fault)
        if found is None:
            raise Http404("There is no such identity.")
        at_fault = rows_of(request.review, "records_screened", found)
        return rows_page(request, at_fault, "Records at fault", "on one side of the identity only")
    rows = rows_for(request.review, key, asked)
    if rows is None:
        raise Http404("The diagram has no such number.")
    return rows_page(request, rows, in_words(key), asked.words)


@require_safe
@review_view(Can.READ)
def changed(request: ReviewRequest) -> HttpResponse:
    """What came into a box of the diagram between two moments, or went."""
    key, side = request.GET.get("box", ""), request.GET.get("side", "")
    pictures = two_pictures({name: request.GET.get(name, "") for name in ("since", "on")}, request)
    rows = rows_of(request.review, key, changed_ids(*pictures, key, side))
    return rows_page(
        request, rows, in_words(key), "new in this number" if side == "came" else "no longer in this number"
    )


def rows_page(request: ReviewRequest, rows: QuerySet[Any], what: str, when: str) -> HttpResponse:
    after = request.GET.get("after", "")
    page = rows.order_by("id")
    if after.isascii() and after.isdigit():
        page = page.filter(pk__gt=int(after[:18]))
    found: list[Any] = list(page[: PAGE + 1])
    query = request.GET.copy()
    next_url = ""
    if len(found) > PAGE:
        query["after"] = str(found[PAGE - 1].pk)
        next_url = f"?{query.urlencode()}"
    context = {
        "page_title": "Behind the number",
        "what": what,
        "when": when,
        "total": rows.count(),
        "rows": found[:PAGE],
        "are_records": rows.model is Record,
        "next_url": next_url,
    }
    return render(request, "reporting/box.html", context)


BOX_WORDS = {
    "database_results": "References from databases",
    "database_specific_results": "References from {line}",
    "register_results": "References from registers",
    "register_specific_results": "References from {line}",
    "website_results": "References from websites",
    "organisation_results": "References from organisations",
    "citations_results": "References from citation searching and other ways",
    "duplicates": "Duplicate references removed before screening",
    "excluded_automatic": "Records marked as ineligible by automation tools",
    "excluded_other": "Records removed for other reasons",
    "records_screened": "Records screened",
    "records_excluded": "Records excluded at title and abstract",
    "records_excluded_reasons": "Records excluded at title and abstract: {line}",
    "dbr_sought_reports": "Reports sought for retrieval",
    "dbr_notretrieved_reports": "Reports not retrieved",
    "dbr_assessed": "Reports assessed for eligibility",
    "dbr_excluded": "Reports excluded: {line}",
    "dbr_excluded_reports": "Reports excluded",
    "previous_studies": "Studies included in the previous version",
    "previous_reports": "Reports of studies included in the previous version",
    "total_studies": "All studies included in the review",
    "total_reports": "Reports of all included studies",
    "new_studies": "Studies included in the review",
    "new_reports": "Reports of included studies",
    "other_sought_reports": "Reports from other methods sought for retrieval",
    "other_notretrieved_reports": "Reports from other methods not retrieved",
    "other_assessed": "Reports from other methods assessed",
    "other_excluded": "Reports from other methods excluded: {line}",
    "other_excluded_reports": "Reports from other methods excluded",
    "pending/records_awaiting_screening": "Records awaiting screening",
    "pending/reports_awaiting_retrieval": "Reports awaiting retrieval",
    "pending/reports_awaiting_assessment": "Reports awaiting assessment",
    "pending/other_reports_awaiting_retrieval": "Reports from other methods awaiting retrieval",
    "pending/other_reports_awaiting_assessment": "Reports from other methods awaiting assessment",
}


def in_words(key: str) -> str:
    name, _, line = key.partition("/")
    words = BOX_WORDS.get(key) or BOX_WORDS.get(name, "Records")
    return words.format(line=line) if line else words.removesuffix(": {line}")


@require_safe
@review_view(Can.READ)
def agreement(request: ReviewRequest) -> HttpResponse:
    stages = [agreement_at(request.user, request.review, stage) for stage in Stage]
    context = {"page_title": "Agreement", "stages": [(found, chart_of(found.weeks)) for found in stages]}
    return render(request, "reporting/agreement.html", context)


@require_safe
@review_view(Can.READ)
def agreement_export(request: ReviewRequest) -> HttpResponse:
    """Every figure of the agreement page, unrounded, one a row."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for stage in Stage:
        for row in agreement_rows(agreement_at(request.user, request.review, stage)):
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return _table_file(table, "agreement.csv")


@require_GET
@review_view(Can.READ)
def decision_export(request: ReviewRequest, form: str) -> StreamingHttpResponse:
    """Every judgement the reader may see, superseded ones too; what is still hidden is not in it and not counted."""
    pieces = export_judgements(actor=request.user, review=request.review, form=form)
    response = StreamingHttpResponse(pieces, content_type=FORMS[form].media_type)
    response["Content-Disposition"] = f'attachment; filename="decisions.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _table_file(table: io.StringIO, name: str) -> HttpResponse:
    response = HttpResponse(table.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
