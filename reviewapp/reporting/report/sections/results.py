"""Results: the flow of records, the characteristics of the studies, and their appraisal."""

from collections.abc import Sequence

from appraisal.choices import Use
from appraisal.exports import characteristics_table
from appraisal.models import Instrument
from appraisal.queries.agreement import ItemAgreement, independent_answers
from appraisal.queries.figures import traffic_light
from appraisal.queries.matrix import Matrix, matrix, study_table
from appraisal.queries.statistics import agreement_rows
from appraisal.services.ratings import rule_in_words
from reviewapp.lib.figures import to_svg
from reviewapp.reporting.figures import figure_in_words, template_of, title_of
from reviewapp.reporting.past.asked import Asked, counts_for
from reviewapp.reporting.prisma.svg import to_svg as flow_svg
from reviewapp.reporting.report.document import Block, Figure, Paragraph, Section, Table, widths_for
from reviewapp.reporting.report.source import Source, plural
from screening.queries.included import included_studies

CITATION = "Template: Page MJ, McKenzie JE, Bossuyt PM, et al. BMJ 2021;372:n71."


def flow(source: Source) -> Section:
    counts = counts_for(source.review, Asked())
    if not counts.records_screened:
        return source.missing(
            "flow", "Selection of studies", "Nothing has been imported that could be screened.",
            link="screening:search-list", label="Import references",
        )  # fmt: skip
    template = template_of(source.review, counts)
    svg = flow_svg(counts, template, title=title_of(source.review))
    figure = Figure(f"PRISMA 2020 flow diagram. {CITATION}", svg, figure_in_words(counts, template))
    return Section("flow", "Selection of studies", [figure])


def _instruments(source: Source, use: str) -> Sequence[Instrument]:
    return list(Instrument.objects.filter(review=source.review, use=use, retired_at=None))


def characteristics(source: Source) -> Section:
    """The table of characteristics as the team set it (the paper's Table 3), abbreviations below."""
    title = "Characteristics of the included studies"
    tables: list[Block] = []
    for instrument in _instruments(source, Use.EXTRACTION):
        made = characteristics_table(study_table(instrument))
        if any(any(row[2:]) for row in made.rows):
            widths = widths_for(made.headings, made.rows)
            tables.append(Table(made.caption, made.headings, made.rows, made.notes, widths))
    if not tables:
        return _nothing_stands(source, "characteristics", title, Use.EXTRACTION)
    return Section("characteristics", title, tables, landscape=True)


def appraisal(source: Source) -> Section:
    """For each checklist the table (the paper's Table 4), its figure, and how far the appraisers agreed."""
    title = "Critical appraisal"
    blocks: list[Block] = []
    for instrument in _instruments(source, Use.APPRAISAL):
        found = matrix(instrument)
        if any(cell.label for row in found.rows for cell in row.cells):
            blocks += [_appraisal_table(found), _appraisal_figure(found), *_appraisal_agreement(instrument)]
    if not blocks:
        return _nothing_stands(source, "appraisal", title, Use.APPRAISAL)
    return Section("appraisal", title, blocks)


def _nothing_stands(source: Source, key: str, title: str, use: str) -> Section:
    if not included_studies(source.review).exists():
        return source.missing(
            key, title, "No study has been included yet.", link="screening:report-list", label="Go to full text"
        )
    what = "appraisal" if use == Use.APPRAISAL else "extraction"
    return source.missing(
        key, title, f"No study's {what} has been compared yet.",
        link="appraisal:work", label=f"Go to {what}", use=use,
    )  # fmt: skip


def _appraisal_table(found: Matrix) -> Table:
    """Questions by number, their words below, so that the table fits a page."""
    numbers = [item.number or str(place) for place, item in enumerate(found.items, start=1)]
    ratings = ["Rating"] if found.has_ratings else []
    rows = [
        [str(place), row.study.label, *(cell.label or "–" for cell in row.cells), *([row.rating] if ratings else [])]
        for place, row in enumerate(found.rows, start=1)
    ]
    questions = " ".join(f"{number}. {item.text}" for number, item in zip(numbers, found.items, strict=True))
    notes = [questions, found.instrument.attribution, *rule_in_words(found.instrument)]
    headings = ["No.", "Study", *numbers, *ratings]
    widths = [2.6, 12, *([4.2] * len(numbers)), *([5.5] if ratings else [])]
    caption = f"Appraisal of the included studies: {found.instrument.title}"
    return Table(caption, headings, rows, [note for note in notes if note], widths)


def _appraisal_figure(found: Matrix) -> Figure:
    drawing = traffic_light(found)
    shares = []
    for item, counts in found.shares():
        labels = {answer["code"]: answer["label"] for answer in item.answers_offered}
        told = ", ".join(f"{labels[code]} {n}" for code, n in counts.items() if n)
        shares.append(f"{item.number or item.text}: {told or 'nothing settled'}")
    alt = f"{drawing.description} Answers by question: {'; '.join(shares)}."
    return Figure(f"Answers by study and by question: {found.instrument.title}", to_svg(drawing), alt)


def _appraisal_agreement(instrument: Instrument) -> list[Block]:
    """Agreement of the independent answers over all questions, before anything was settled."""
    asked = independent_answers(instrument)
    found = agreement_rows([unit for one in asked for unit in one.units], instrument, asked)
    if found is None or not found.report.complete:
        return []
    studies = max(one.compared for one in asked)
    words = (
        f"{plural(studies, 'study', 'studies')} were appraised independently. Before anything was settled the appraisers "
        f"gave {plural(found.report.complete, 'pair')} of answers"
    )
    names = {f"Agreement on {code}": f"Agreement on “{label}”" for code, label in _labels(asked).items()}
    lines = [
        f"{names.get(line.name, line.name)} {line.text}" for line in found.report.statistics if line.value is not None
    ]
    return [Paragraph.of(f"{words}: {'; '.join(lines)}.")]


def _labels(asked: Sequence[ItemAgreement]) -> dict[str, str]:
    return {answer["code"]: answer["label"] for one in asked for answer in one.item.answers_offered}
