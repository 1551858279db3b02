"""The synthesis: themes with the studies that support them and the words they rest on (the paper's Table 5 and more).

Everything comes from what the team holds, the same for every reader.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reviewapp.reporting.report.document import Block, Heading, Listing, Paragraph, Run, Section, Table
from reviewapp.reporting.report.source import Source, plural
from screening.models import Study
from synthesis.models import Quotation, TextVersion
from synthesis.queries.evidence import Passage
from synthesis.queries.themes import ThemeLine, ThemeTree, theme_tree
from synthesis.rules.source import page_at
from synthesis.visibility import plan_of

QUOTES = 3  # for each theme, each from another study
LONGEST_QUOTE = 600
WANTED_LENGTH = 180


def themes(source: Source) -> Section:
    title = "Themes"
    tree = theme_tree(source.review)
    if not tree.themes:
        return source.missing(
            "themes", title, "No theme has been built yet.", link="synthesis:board", label="Build themes"
        )
    words = _Words(tree)
    blocks: list[Block] = [Paragraph.of(_how(source, tree)), _table(tree)]
    for whole in tree.analytical:
        blocks += [Heading(f"{whole.theme.name} ({_studies(whole)})"), *_told(whole)]
        for part in whole.parts:
            blocks += _theme(part, words)
    for loose in tree.loose:
        blocks += _theme(loose, words)
    return Section("themes", title, blocks)


def _studies(line: ThemeLine) -> str:
    return plural(len(line.studies), "study", "studies")


def _how(source: Source, tree: ThemeTree) -> str:
    coded = len({row[1] for row in tree.evidence.rows})
    words = (
        f"{plural(len(tree.evidence.rows), 'coding')} with {plural(len(tree.codes), 'code')} in {plural(coded, 'study', 'studies')} "
        f"stand behind {plural(len(tree.descriptive), 'descriptive theme')} and {plural(len(tree.analytical), 'analytical theme')}. "
        "A theme's studies are those of its parts, each counted once."
    )
    if plan_of(source.review).is_open:
        words += " Coding was open: those who coded saw each other's codings while they made their own."
    return words


def _table(tree: ThemeTree) -> Table:
    """A row for each descriptive theme, under the analytical one it belongs to."""
    rows: list[list[str]] = []
    for whole in tree.analytical:
        name = f"{whole.theme.name} ({_studies(whole)})"
        rows += [_row(name if place == 0 else "", part) for place, part in enumerate(whole.parts)] or [
            [name, "", "", ""]
        ]
    rows += [_row("–", loose) for loose in tree.loose]
    headings = ["Analytical theme", "Descriptive theme", "Studies", "Supported by"]
    return Table("Themes and the studies that support them", headings, rows, widths=[2.2, 2.2, 0.8, 4])


def _row(above: str, line: ThemeLine) -> list[str]:
    return [above, line.theme.name, f"{len(line.studies):,}", "; ".join(study.label for study in line.studies)]


def _theme(line: ThemeLine, words: "_Words") -> list[Block]:
    name = Paragraph((Run(f"{line.theme.name} ({_studies(line)})", bold=True),))
    quotes = [Paragraph.of(quote.printed) for quote in words.quotes(line)]
    return [name, *_told(line), *([Listing(tuple(quotes))] if quotes else [])]


def _told(line: ThemeLine) -> Iterable[Block]:
    for text in (line.theme.statement, line.theme.narrative):
        yield from (Paragraph.of(part.strip()) for part in text.split("\n\n") if part.strip())


# --- Quotations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Quote:
    text: str
    study: Study
    speaker: str
    page: str
    simulated: bool

    @property
    def printed(self) -> str:
        """“…” (Participant 3, Okello 2021, p. 4)"""
        where = [self.speaker, self.study.label, f"p. {self.page}" if self.page else "", "simulated" * self.simulated]
        return f"“{self.text}” ({', '.join(part for part in where if part)})"


class _Words:
    """The passages behind the themes, chosen so that the quotations of a report come from many studies."""

    def __init__(self, tree: ThemeTree) -> None:
        self.rows, self.families = tree.evidence.rows, tree.evidence.families()
        versions = {row[2] for row in self.rows}
        self.study_of = {row[2]: tree.evidence.studies[row[1]] for row in tree.evidence.rows}
        found = TextVersion.objects.filter(pk__in=versions).select_related("text")
        self.versions = {version.pk: version for version in found}
        self.spoken: dict[int, list[Quotation]] = {}
        for one in Quotation.objects.filter(version__in=versions, removed_at=None):
            self.spoken.setdefault(one.version_id, []).append(one)
        self.used: Counter[int] = Counter()

    def quotes(self, line: ThemeLine) -> list[_Quote]:
        """Up to QUOTES passages, participants' words first, each from another study, studies seldom quoted before others."""
        supporting = {study.pk for study in line.studies}
        best: dict[int, tuple[tuple[int, int, Passage], Passage]] = {}
        for passage in self._passages(line):
            study, length = self.study_of[passage[0]].pk, passage[2] - passage[1]
            if study not in supporting or length > LONGEST_QUOTE:
                continue
            rank = (0 if self._speaker(passage) is not None else 1, abs(length - WANTED_LENGTH), passage)
            best[study] = min(best.get(study, (rank, passage)), (rank, passage))
        chosen = sorted(best, key=lambda study: (best[study][0][0], self.used[study], best[study][0]))[:QUOTES]
        self.used.update(chosen)
        return [self._quote(best[study][1]) for study in chosen]

    def _passages(self, line: ThemeLine) -> set[Passage]:
        """What speaks for the theme; passages coded as contrary are told of in counts, not quoted as its support."""
        codes = {each for code in line.all_codes() for each in self.families[code.pk]}
        return {(row[2], row[3], row[4]) for row in self.rows if row[0] in codes and not row[5]}

    def _speaker(self, passage: Passage) -> str | None:
        """As printed; None where the words are the authors'."""
        version, start, end = passage
        return next((one.speaker for one in self.spoken.get(version, []) if one.start < end and start < one.end), None)

    def _quote(self, passage: Passage) -> _Quote:
        version = self.versions[passage[0]]
        text = " ".join(version.content[passage[1] : passage[2]].split()).strip("“”\"' ")
        speaker = self._speaker(passage) or ""
        page = page_at(version.pages, passage[1])
        return _Quote(text, self.study_of[version.pk], speaker, page, version.text.is_simulated)
