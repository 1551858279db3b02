"""The parts a report can have, in their usual order. Each asks the rows for one section, or says what is missing."""

from collections.abc import Callable
from dataclasses import dataclass

from reviewapp.reporting.report.document import Section
from reviewapp.reporting.report.sections.closing import audit_head, contributed, excluded, references
from reviewapp.reporting.report.sections.methods import agreement, criteria, deduplication, question, searches
from reviewapp.reporting.report.sections.results import appraisal, characteristics, flow
from reviewapp.reporting.report.sections.synthesis import themes
from reviewapp.reporting.report.source import Source


@dataclass(frozen=True)
class Part:
    key: str
    title: str
    fill: Callable[[Source], Section]


PARTS = {
    part.key: part
    for part in (
        Part("question", "Review question", question),
        Part("criteria", "Eligibility criteria", criteria),
        Part("deduplication", "Removal of duplicates", deduplication),
        Part("flow", "Selection of studies", flow),
        Part("agreement", "Agreement between reviewers", agreement),
        Part("characteristics", "Characteristics of the included studies", characteristics),
        Part("appraisal", "Critical appraisal", appraisal),
        Part("themes", "Themes", themes),
        Part("references", "References of the included studies", references),
        Part("contributions", "Contributions", contributed),
        Part("searches", "Appendix: search strategies", searches),
        Part("excluded", "Appendix: reports excluded in full text", excluded),
        Part("audit", "Record of the review", audit_head),
    )
}
