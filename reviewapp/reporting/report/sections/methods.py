"""Methods: the question, what was eligible, how was searched, how duplicates went, how far reviewers agreed."""

from collections.abc import Sequence

from reviewapp.reporting.agreement import StageAgreement, agreement_at
from reviewapp.reporting.report.document import Block, Heading, Paragraph, Section, Table, Verbatim
from reviewapp.reporting.report.source import Source, plural
from screening.choices import CriterionKind, Stage
from screening.models import EligibilityCriterion, Search
from screening.queries.duplicates import figures
from screening.queries.searches import SearchRow, search_rows
from screening.queries.yields import deduplication_words, removed

NOT_SAID = "not stated"


def question(source: Source) -> Section:
    """The question and the fields of its framework (the paper's Table 1)."""
    review = source.review
    rows = [(field.label, text) for field, text in review.framework_rows if text]
    if not review.question and not rows:
        return source.missing(
            "question", "Review question", "The question has not been written down.",
            link="review-detail", label="Look at the question",
        )  # fmt: skip
    name = review.get_framework_display()
    first = [("Question", review.question)] if review.question else []
    table = Table(f"The review question by {name}", ["Element", "Content"], [*first, *rows], widths=[1, 3])
    registered = f"The review is registered as {review.registration}." if review.registration else ""
    return Section("question", "Review question", [table, *([Paragraph.of(registered)] if registered else [])])


def criteria(source: Source) -> Section:
    found = EligibilityCriterion.objects.filter(review=source.review, retired_at=None)
    rows = [(one.code, one.text, "Inclusion" if one.kind == CriterionKind.INCLUSION else "Exclusion") for one in found]
    if not rows:
        return source.missing(
            "criteria", "Eligibility criteria", "No eligibility criterion has been written.",
            link="screening:protocol", label="Write the criteria",
        )  # fmt: skip
    table = Table(
        "Eligibility criteria",
        ["Criterion", "Text", "Kind"],
        rows,
        widths=[1, 5, 1.3],
    )
    return Section("criteria", "Eligibility criteria", [table])


def searches(source: Source) -> Section:
    """Every source as it was searched, and every strategy word for word (PRISMA-S 1, 8, 9, 13, 15)."""
    title = "Appendix: search strategies"
    rows = search_rows(source.review)
    if not rows:
        return source.missing(
            "searches", title, "No search has been written down.",
            link="screening:search-list", label="Write down a search",
        )  # fmt: skip
    table = Table(
        "Sources searched",
        ["Source", "Kind", "Platform", "Last searched", "Limits", "Hits", "Imported"],
        [_search_line(row) for row in rows],
        widths=[2, 1.4, 1.5, 1.5, 2.6, 0.9, 1.1],
    )
    blocks: list[Block] = [table]
    for row in rows:
        blocks += _strategy(row.search)
    return Section("searches", title, blocks)


def _search_line(row: SearchRow) -> list[str]:
    search = row.search
    return [
        search.source,
        search.get_kind_display(),
        search.platform or NOT_SAID,
        day(search),
        search.limits or "none stated",
        NOT_SAID if search.hits is None else f"{search.hits:,}",
        f"{row.entries:,}" if row.files else "–",
    ]


def day(search: Search) -> str:
    return f"{search.run_on.day} {search.run_on:%B %Y}" if search.run_on else NOT_SAID


def _strategy(search: Search) -> list[Block]:
    where = f"{search.source} ({search.platform})" if search.platform else search.source
    text: Block = Verbatim(search.strategy) if search.strategy else Paragraph.of("The strategy has not been recorded.")
    notes = [Paragraph.of(f"Notes: {search.notes}")] if search.notes else []
    return [Heading(where), text, *notes]


def deduplication(source: Source) -> Section:
    found = figures(source.review)
    if not found.references:
        return source.missing(
            "deduplication", "Removal of duplicates", "No reference has been imported.",
            link="screening:search-list", label="Import references",
        )  # fmt: skip
    words = deduplication_words(source.review, found, removed(source.review, found))
    return Section("deduplication", "Removal of duplicates", [Paragraph.of(words)])


def agreement(source: Source) -> Section:
    """Both stages, from independent votes; while a conflict is to be settled without knowing the votes, it is left out."""
    title = "Agreement between reviewers"
    stages = [agreement_at(None, source.review, stage) for stage in Stage]
    tables = [_agreement_table(found) for found in stages if found.collapsed.complete]
    if not tables:
        return source.missing(
            "agreement", title, "No record has the votes of two people yet.",
            link="reporting:agreement", label="See agreement",
        )  # fmt: skip
    words = "Computed from independent votes only, before anything was settled. Maybe counts as include."
    withheld = sum(found.withheld for found in stages)
    if withheld:
        words += f" {plural(withheld, 'record')} in open conflict are not counted."
    return Section("agreement", title, [Paragraph.of(words), *tables])


def _agreement_table(found: StageAgreement) -> Table:
    rows: Sequence[Sequence[str]] = [(line.name, line.text, line.note) for line in found.collapsed.statistics]
    people = ", ".join(found.raters)
    caption = (
        f"Agreement at {found.label.lower()}: {plural(found.collapsed.complete, 'record')} with all votes by {people}"
    )
    return Table(caption, ["Statistic", "Value", "Note"], rows, widths=[2, 1.6, 3])
