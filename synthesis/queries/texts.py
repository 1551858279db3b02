"""Reads of findings texts: which study has which, a text laid out with its marks, an original beside its translation."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Report, Study
from screening.queries.desk import included_reports
from screening.queries.included import included_studies
from synthesis.models import Coding, Finding, FindingsText, Quotation
from synthesis.rules.lines import Line, lines_of
from synthesis.visibility import codings_visible_to


@dataclass(frozen=True)
class StudyTexts:
    """An included study with its originals; each carries its translations as `shown_translations`."""

    study: Study
    texts: list[FindingsText] = field(default_factory=list)


def texts_of(review: Review) -> list[StudyTexts]:
    """Every included study with its findings texts, in a fixed number of queries."""
    by_study: defaultdict[int, list[FindingsText]] = defaultdict(list)
    translations: defaultdict[int, list[FindingsText]] = defaultdict(list)
    for text in standing_texts(review):
        if text.translation_of_id:
            translations[text.translation_of_id].append(text)
        else:
            by_study[text.study_id].append(text)
    for texts in by_study.values():
        for text in texts:
            text.shown_translations = translations[text.pk]  # type: ignore[attr-defined]
    return [StudyTexts(study, by_study[study.pk]) for study in included_studies(review)]


def standing_texts(review: Review) -> QuerySet[FindingsText]:
    return FindingsText.objects.standing().filter(review=review).select_related("study", "current")


def reports_of(study: Study) -> list[Report]:
    """The study's included reports, from whose PDFs a text can be taken."""
    found = included_reports(study.review).filter(study=study).select_related("record", "document")
    return list(found.order_by("pk"))


@dataclass(frozen=True)
class Laid:
    """A text with what was marked in it."""

    text: FindingsText
    lines: list[Line]
    findings: list[Finding]
    quotations: list[Quotation]

    @property
    def suggested(self) -> int:
        return sum(quotation.is_suggested for quotation in self.quotations)

    @property
    def pieces(self) -> list[tuple[str, Quotation | None]]:
        """The content cut at the ends of quotations: each piece with the quotation that it is."""
        if self.text.current is None:
            return []
        content, at = self.text.current.content, 0
        found: list[tuple[str, Quotation | None]] = []
        for quotation in self.quotations:
            if quotation.start < at:
                continue
            found.append((content[at : quotation.start], None))
            found.append((content[quotation.start : quotation.end], quotation))
            at = quotation.end
        return [piece for piece in [*found, (content[at:], None)] if piece[0]]


def laid_out(text: FindingsText) -> Laid:
    version = text.current
    if version is None:
        return Laid(text, [], [], [])
    quotations = list(Quotation.objects.filter(version=version, removed_at=None))
    for quotation in quotations:
        quotation.words = version.content[quotation.start : quotation.end]  # type: ignore[attr-defined]
    findings = list(Finding.objects.filter(version=version))
    for finding in findings:
        finding.words = version.content[finding.start : finding.end]  # type: ignore[attr-defined]
    return Laid(text, lines_of(version.content), findings, quotations)


def lost_codings(reader: User, text: FindingsText) -> QuerySet[Coding]:
    """Codings the reader may know whose words a correction changed: they wait to be placed anew."""
    found = codings_visible_to(reader, text.review).filter(version__text=text)
    return found.exclude(version=F("version__text__current")).order_by("version", "start")


def side_by_side(original: FindingsText, translation: FindingsText) -> list[tuple[str, str]]:
    """Paragraphs of an original and its translation in pairs, by their order; the longer one goes on beside nothing."""
    left, right = _paragraphs(original), _paragraphs(translation)
    length = max(len(left), len(right))
    return [(left[at] if at < len(left) else "", right[at] if at < len(right) else "") for at in range(length)]


def _paragraphs(text: FindingsText) -> list[str]:
    return [line.strip() for line in text.current.content.split("\n") if line.strip()] if text.current else []
