"""The flow diagram in each of its forms, from one set of counts."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from reviewapp.lib.figures import to_png
from reviewapp.reporting.flow.shown import plan_of
from reviewapp.reporting.flow.word import to_docx
from reviewapp.reporting.past.asked import Asked, picture_at
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.prisma.csv_export import to_prisma2020_csv
from reviewapp.reporting.prisma.layout import Template, flow_layout, keys
from reviewapp.reporting.prisma.raster import to_pdf
from reviewapp.reporting.prisma.svg import description, to_svg
from reviewapp.reporting.queries import OF_VERSIONS, unlisted_keys
from reviewapp.reviews.models import Review

TODAY = Asked()
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class FigureFile:
    content: bytes
    content_type: str


def template_for(counts: PrismaCounts, asked: str = "") -> Template:
    """The template asked for, otherwise that of an update once there is a previous version, and v2 as soon as anything was
    found by other methods."""
    if asked in {template.value for template in Template}:
        return Template(asked)
    return Template.of(updated=counts.is_update, other_methods=counts.has_other_methods)


def template_of(review: Review, counts: PrismaCounts, asked: str = "") -> Template:
    """The template asked for, or the one the team chose, or the one the data ask for."""
    return template_for(counts, asked or plan_of(review).template)


def links(review: Review, counts: PrismaCounts, template: Template, asked: Asked = TODAY) -> dict[str, str]:
    """For every number of the diagram the address of exactly the records it counts, or counted at the moment asked for."""
    base = reverse("reporting:box", args=[review.pk])
    unlisted = set(OF_VERSIONS) - set(picture_at(review, asked).boxes) if asked.is_past else unlisted_keys(review)
    entered = reverse("reporting:counts-by-hand", args=[review.pk])
    return {
        key: entered if key in counts.by_hand else f"{base}?{urlencode({'box': named(key), **asked.query})}"
        for key in keys(counts, template)
        if key in counts.by_hand or key not in unlisted
    }


def named(key: str) -> str:
    """The total of a list of reasons goes by a name of its own."""
    return f"{key}_reports" if key in ("dbr_excluded", "other_excluded") else key


def title_of(review: Review, when: str = "") -> str:
    return f"PRISMA 2020 flow diagram of “{review.title}”" + (f", {when}" if when else "")


def figure_in_words(counts: PrismaCounts, template: Template) -> str:
    return description(flow_layout(counts, template))


def figure_file(review: Review, counts: PrismaCounts, template: Template, form: str, when: str = "") -> FigureFile:
    """The figure as svg, png, pdf, docx or csv. Raises KeyError for another form."""
    title = title_of(review, when)
    forms: dict[str, tuple[str, Callable[[], bytes]]] = {
        "svg": ("image/svg+xml", lambda: to_svg(counts, template, title=title).encode()),
        "png": ("image/png", lambda: to_png(to_svg(counts, template, title=title))),
        "pdf": ("application/pdf", lambda: to_pdf(counts, template, title=title)),
        "docx": (DOCX, lambda: to_docx(counts, template, title)),
        "csv": ("text/csv; charset=utf-8", lambda: to_prisma2020_csv(counts, template).encode()),
    }
    content_type, make = forms[form]
    return FigureFile(make(), content_type)
