"""The very words behind a theme or a code, with where they stand. The same for every reader."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.models import Coding, Quotation
from synthesis.rules.source import page_at
from synthesis.visibility import held_codings


@dataclass(frozen=True)
class Quote:
    """A coded passage."""

    coding: Coding
    page: str
    """Of the report, as far as the text's page map tells."""
    speaker: str
    """Whose words they are, as printed; empty for the authors'."""
    is_participant: bool


def quotes_of(review: Review, codes: Collection[UUID], *, study: Study | None = None) -> list[Quote]:
    """Held passages of these codes by study and place; two queries."""
    held = held_codings(review).filter(code__in=codes).select_related("code", "study", "version__text")
    if study is not None:
        held = held.filter(study=study)
    codings = list(
        held.order_by("study__label", "study", "version", "start", "end", "code__name").defer("version__content")
    )
    spoken: defaultdict[int, list[Quotation]] = defaultdict(list)
    for quotation in Quotation.objects.filter(version__in={each.version_id for each in codings}, removed_at=None):
        spoken[quotation.version_id].append(quotation)
    return [_quote(coding, spoken[coding.version_id]) for coding in codings]


def _quote(coding: Coding, spoken: list[Quotation]) -> Quote:
    words = next((q for q in spoken if q.start < coding.end and coding.start < q.end), None)
    return Quote(coding, page_at(coding.version.pages, coding.start), words.speaker if words else "", words is not None)
