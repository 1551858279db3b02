"""From the rows to a document, and from a document to a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import timezone

from reviewapp.reporting.choices import ReportForm
from reviewapp.reporting.models import ReportPlan
from reviewapp.reporting.report.citations import DEFAULT_STYLE, STYLES
from reviewapp.reporting.report.document import Document, Section, numbered
from reviewapp.reporting.report.docx import to_docx
from reviewapp.reporting.report.pdf import to_pdf
from reviewapp.reporting.report.sections import PARTS
from reviewapp.reporting.report.source import Source
from reviewapp.reviews.models import Review

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Plan:
    """What a report holds; a section or style that this version no longer knows is left out."""

    sections: tuple[str, ...]
    style: str = DEFAULT_STYLE
    keep_missing: bool = False

    @classmethod
    def stored(cls, sections: Sequence[str], style: str, keep_missing: bool) -> "Plan":
        known = tuple(key for key in sections if key in PARTS)
        return cls(known, style if style in STYLES else DEFAULT_STYLE, keep_missing)


def plan_of(review: Review) -> Plan:
    """The team's choice; until there is one, every section in the usual order."""
    found = ReportPlan.objects.filter(review=review).first()
    return Plan.stored(found.sections, found.style, found.keep_missing) if found else Plan(tuple(PARTS))


def sections_of(review: Review, plan: Plan) -> list[Section]:
    """The chosen sections, those without data too, tables and figures counted."""
    source = Source(review, plan.style)
    return numbered(PARTS[key].fill(source) for key in plan.sections)


def document_of(review: Review, plan: Plan) -> Document:
    """The document as it is exported: sections without data only when the team wants them named."""
    today = timezone.localdate()
    subtitle = f"Report drawn from the data of the review on {today.day} {today:%B %Y}"
    sections = [one for one in sections_of(review, plan) if plan.keep_missing or not one.missing]
    return Document(review.title, subtitle, sections)


def to_html(document: Document) -> bytes:
    return render_to_string("reporting/report_file.html", {"document": document}).encode()


FORMS: dict[str, tuple[str, Callable[[Document], bytes]]] = {
    ReportForm.DOCX: (DOCX, to_docx),
    ReportForm.PDF: ("application/pdf", to_pdf),
    ReportForm.HTML: ("text/html; charset=utf-8", to_html),
}
