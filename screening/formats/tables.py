"""Tables of references: the heading row, found by vocabulary, and what the cells of a row mean."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from screening.formats.base import ParsedReference, Person, UnreadableFile
from screening.formats.headings import IGNORED, TABLE_FIELDS, TELLING, fields_of, normal_heading
from screening.formats.people import attach_orcid, people
from screening.formats.source import Source
from screening.formats.values import (
    abstract_of,
    bare_pmid,
    citation_in,
    clean,
    clean_lines,
    database_of,
    date_of,
    doi_in,
    is_placeholder,
    keywords_in,
    links_in,
    marked_doi_in,
    number_of,
    pages_of,
    pmcid_in,
    pmid_in,
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
    year_in,
)

DELIMITERS = (",", "\t", ";", "|")
HEAD_ROWS = 30
LONGEST_HEADING = 120
NAMED = 12


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading row: its delimiter, how many rows stand before it, its words and the fields they stand for."""

    delimiter: str
    row: int
    words: list[str]
    fields: list[str]

    @property
    def known(self) -> int:
        return sum(1 for name in self.fields if name)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: its first line, its exact text and its cells."""

    line: int
    raw: str
    cells: list[str]
    mended: bool = False


def find_heading(text: str, mapping: Mapping[str, str] | None) -> Heading | None:
    """The row, and the delimiter, with most known headings; None when no row names a title or the like."""
    lines = list(io.StringIO(text[:60_000], newline=""))
    best: Heading | None = None
    for delimiter in DELIMITERS:
        heading = heading_among(list(_first_rows(lines, delimiter)), mapping, delimiter)
        if heading and (best is None or heading.known > best.known):
            best = heading
    return best


def heading_among(rows: list[list[str]], mapping: Mapping[str, str] | None, delimiter: str = "\t") -> Heading | None:
    """The row with most known headings among the first rows of a table."""
    best: Heading | None = None
    for index, words in enumerate(rows):
        if any(len(word) > LONGEST_HEADING for word in words):
            continue
        heading = Heading(delimiter, index, words, _fields(words, mapping))
        below = rows[index + 1] if index + 1 < len(rows) else []
        if _is_heading(heading, below) and (best is None or heading.known > best.known):
            best = heading
    return best


def first_row(text: str) -> list[str]:
    """The words of the first row that has several cells; what a person may map when no heading is known."""
    lines = list(io.StringIO(text[:60_000], newline=""))
    rows = (row for delimiter in DELIMITERS for row in list(_first_rows(lines, delimiter))[:1])
    widest = max(rows, key=len, default=[])
    plain = all(len(word) <= LONGEST_HEADING and _PLAIN.fullmatch(word) for word in widest)
    return widest if len(widest) > 1 and plain else []


def _first_rows(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        rows = (row for row in csv.reader(lines, delimiter=delimiter) if any(cell.strip() for cell in row))
        for _, row in zip(range(HEAD_ROWS), rows, strict=False):
            yield [heading_word(cell) for cell in row]
    except csv.Error:
        return


def heading_word(cell: str) -> str:
    """The heading without blanks, marks of the file's beginning and spreadsheet guards."""
    return unwrap(cell.strip().strip("\ufeff")).strip()


def _fields(words: list[str], mapping: Mapping[str, str] | None) -> list[str]:
    fields = fields_of(words)
    if not mapping:
        return fields
    chosen = {normal_heading(heading): name for heading, name in mapping.items()}
    return [chosen.get(normal_heading(word), name) for word, name in zip(words, fields, strict=True)]


def _is_heading(heading: Heading, below: list[str]) -> bool:
    """Whether the row names a title or the like, and enough else to be no sentence with commas."""
    telling = any(name in TELLING for name in heading.fields)
    if not telling or not all(_PLAIN.fullmatch(word) for word in heading.words):
        return False
    alone = heading.row == 0 and bool(below) and len(heading.words) == len(below)
    return heading.known > 1 or alone


# No heading holds the marks of XML, JSON or BibTeX.
_PLAIN = re.compile(r"[^<>{}@\\\n]*")
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)


def unwrap(cell: str) -> str:
    """The cell without what protected it from spreadsheet programs: `="0123"`, or an apostrophe before = + - @."""
    match = _FORMULA.fullmatch(cell) if cell.startswith('="') else None
    if match:
        return match[1].replace('""', '"')
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def begin(source: Source, heading: Heading) -> None:
    """Tell in the report what each column was taken for."""
    columns = dict(zip(heading.words, heading.fields, strict=True))
    source.report.columns.update(columns)
    unmapped = [word for word, name in columns.items() if word and not name]
    if unmapped:
        more = f" and {len(unmapped) - NAMED} more" if len(unmapped) > NAMED else ""
        source.warn(0, f"headings that stand for no known field: {', '.join(unmapped[:NAMED])}{more}")


def check_mapping(mapping: Mapping[str, str] | None) -> None:
    """Raises UnreadableFile when a column is mapped to a field that does not exist."""
    for heading, name in (mapping or {}).items():
        if name and name != IGNORED and name not in TABLE_FIELDS:
            raise UnreadableFile(f"The column “{heading[:60]}” is mapped to “{name[:40]}”, which is no field.")


def references(source: Source, heading: Heading, rows: Iterator[Row]) -> Iterator[ParsedReference]:
    """Rows as references; rows of another width are reported, rows without content counted as empty."""
    report = source.report
    width = len(heading.words)
    for row in rows:
        cells = [unwrap(cell) for cell in row.cells]
        if not any(cell.strip() for cell in cells):
            report.empty += 1
            source.warn(row.line, "an empty row was left out", row.raw)
            continue
        if len(cells) > 1 and [heading_word(cell) for cell in cells] == heading.words:
            report.empty += 1
            source.warn(row.line, "a second row of headings was left out", row.raw)
            continue
        names = [*heading.words, *(f"column {number}" for number in range(width + 1, len(cells) + 1))]
        raw_fields = list(zip(names, cells, strict=False))
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            source.warn(row.line, f"the row has {len(cells)} cells, but there are {width} headings", row.raw)
        if row.mended:
            report.repaired += 1
        else:
            report.read += 1
        reference = _reference(row, raw_fields, heading.fields)
        reference.position = report.kept
        yield reference


class _Cells(dict[str, list[str]]):
    """Cells by field, empty ones left out."""

    def first(self, *names: str) -> str:
        for name in names:
            if name in self:
                return self[name][0]
        return ""

    def all(self, *names: str) -> list[str]:
        return [cell for name in names for cell in self.get(name, ())]


def _reference(row: Row, raw_fields: list[tuple[str, str]], fields: list[str]) -> ParsedReference:
    cells = _Cells()
    for (_, cell), name in zip(raw_fields, fields, strict=False):
        if name and cell.strip():
            cells.setdefault(name, []).append(cell)
    type_raw = " · ".join(clean(cell) for cell in cells.all("type"))
    reference = ParsedReference(0, row.line, row.raw, raw_fields, type_raw=type_raw)
    reference.title = title_of(cells.first("title"))
    reference.title_original = title_of(cells.first("title_original"))
    reference.abstract = abstract_of(cells.first("abstract"))
    reference.year, reference.date_text = date_of(cells.all("year", "date"))
    if reference.year is None:
        reference.year = year_in(cells.first("source"))
    reference.people = _people(cells)
    reference.keywords = keywords_in(_keyword_cells(cells))
    reference.language = clean(cells.first("language"))
    reference.place = clean(cells.first("place"))
    reference.publisher = clean(cells.first("publisher"))
    reference.notes = [note for cell in cells.all("notes") if (note := clean_lines(cell)) and not is_placeholder(note)]
    _set_place_of_publication(reference, cells)
    _set_identifiers(reference, cells)
    reference.type = type_of(
        _type(cells, reference), f"{reference.journal} {reference.database}".strip(), reference.urls
    )
    said = " ".join((type_raw, *cells.all("status")))
    if cells.first("retracted").casefold() in ("true", "yes", "1"):
        said += " retracted"
    reference.status = status_of(reference.title, said, reference.type)
    return reference


def _type(cells: _Cells, reference: ParsedReference) -> str:
    kind = _RIS_TYPES.get(cells.first("type").strip()) or type_in(" ".join(cells.all("type")))
    return kind or ("journal-article" if reference.journal and not reference.isbns else "")


_RIS_TYPES = {"JOUR": "journal-article", "J": "journal-article", "C": "conference", "B": "book", "CPAPER": "conference",
              "CONF": "conference", "CHAP": "chapter", "THES": "thesis", "RPRT": "report", "S": "chapter"}  # fmt: skip


def _people(cells: _Cells) -> list[Person]:
    authors = cells.first("authors_full") or cells.first("authors")
    found = people(authors)
    found += [
        Person(literal=group) for cell in cells.all("groups") if (group := clean(cell)) and not is_placeholder(group)
    ]
    for name, role in (("editors", "editor"), ("translators", "translator")):
        if name in cells:
            found += people(cells.first(name), role)
    for entry in (entry for cell in cells.all("orcids") for entry in cell.split(";")):
        name, _, orcid = entry.strip().rpartition("/")
        attach_orcid(found, name, orcid)
    return found


def _keyword_cells(cells: _Cells) -> list[str]:
    found = []
    for cell in cells.all("keywords"):
        if cell.startswith("[") and cell.endswith("]") and "'" in cell:
            found += [part.strip(" '\"") for part in cell[1:-1].split(",")]
        elif ";" not in cell and cell.count(",") > 1:
            found += cell.split(",")
        else:
            found.append(cell)
    return found


def _set_place_of_publication(reference: ParsedReference, cells: _Cells) -> None:
    short = clean(cells.first("journal_abbr"))
    source = cells.first("source")
    cited = citation_in(source) if source else {}
    reference.journal = (
        clean(cells.first("journal")) or short or cited.get("journal", clean(source) if len(source) < 150 else "")
    )
    reference.journal_abbr = short if short != reference.journal else ""
    reference.volume = number_of(cells.first("volume")) or cited.get("volume", "")
    reference.issue = number_of(cells.first("issue")) or cited.get("issue", "")
    pages = cells.first("pages") or ("" if cells.first("page_start") else cited.get("pages", ""))
    reference.pages = pages_of(pages) if pages else pages_of(cells.first("page_start"), cells.first("page_end"))
    reference.article_no = clean(cells.first("article_no"))
    reference.issns, reference.isbns = serials_in(_padded(cell) for cell in cells.all("serial"))


def _padded(serial: str) -> str:
    """An ISSN that a spreadsheet took for a number has lost its leading zeros."""
    return serial.strip().zfill(8) if serial.strip().isdigit() and 5 <= len(serial.strip()) < 8 else serial


def _set_identifiers(reference: ParsedReference, cells: _Cells) -> None:
    whole = "\n".join(cell for _, cell in reference.raw_fields)
    texts = cells.all("doi", "url", "accession")
    reference.doi = next(filter(None, map(doi_in, texts)), "") or next(
        filter(None, map(marked_doi_in, cells.all("source", "notes"))), ""
    )
    reference.pmid = _number(cells.first("pmid")) or next(filter(None, map(pmid_in, cells.all("url", "notes"))), "")
    reference.pmcid = _pmcid(cells)
    reference.database = "; ".join(dict.fromkeys(clean(cell) for cell in cells.all("database")))
    reference.accession = next((a for a in map(clean, cells.all("accession")) if not a.startswith("rayyan-")), "")
    reference.trial_ids = trial_ids_in(whole)
    reference.urls = links_in(cells.all("url"))
    reference.database = reference.database or database_of(reference.accession, reference.urls)


def _number(cell: str) -> str:
    """A PubMed id, also when the spreadsheet wrote it as a decimal number or a link."""
    return bare_pmid(cell.strip().removesuffix(".0")) or pmid_in(cell)


def _pmcid(cells: _Cells) -> str:
    own = cells.first("pmcid").strip()
    return (
        pmcid_in(own)
        or (f"PMC{own}" if own.isdigit() else "")
        or next(filter(None, map(pmcid_in, cells.all("url"))), "")
    )
