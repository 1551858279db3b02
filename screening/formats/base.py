"""What every reader of export files speaks: the normalised reference, the report, the registry's entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from screening.formats.source import Source

# Raised whenever a reader comes to make something else of a file; `manage.py rederive` then reads stored files again.
READERS_VERSION = 3

Severity = Literal["warning", "error"]

TYPES = ("journal-article", "conference", "book", "chapter", "thesis", "report", "preprint", "registration", "other")
STATUSES = ("retracted", "preprint", "erratum")
EXCERPT_LENGTH = 120
PROBLEMS_PER_CAUSE = 50


class UnreadableFile(ValueError):
    """Nothing can be read from the file; the message says why, in words for the person who uploaded it.

    `headings` are those of a table of which no column is known; a person may say what they stand for.
    """

    def __init__(self, message: str, headings: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.headings = tuple(headings)


@dataclass(slots=True)
class Person:
    """One creator: family and given name, or a literal name (a group, or a name that cannot be cut)."""

    family: str = ""
    given: str = ""
    literal: str = ""
    role: str = "author"
    orcid: str = ""

    @property
    def display(self) -> str:
        """Family name and initials (`Long V`), or the literal name."""
        if self.literal:
            return self.literal
        parts = self.given.replace(".", " ").replace("-", " ").split()
        initials = "".join(part if part.isupper() and len(part) <= 3 else part[0].upper() for part in parts)
        return f"{self.family} {initials}".strip()


@dataclass(slots=True)
class ParsedReference:
    """One reference of a file: the exact text it had there, every field of it, and what they mean."""

    position: int
    line: int
    raw: str
    raw_fields: list[tuple[str, str]]
    title: str = ""
    title_original: str = ""
    abstract: str = ""
    year: int | None = None
    date_text: str = ""
    journal: str = ""
    journal_abbr: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    article_no: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    issns: list[str] = field(default_factory=list)
    isbns: list[str] = field(default_factory=list)
    accession: str = ""
    database: str = ""
    trial_ids: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    language: str = ""
    place: str = ""
    publisher: str = ""
    type: str = "other"
    type_raw: str = ""
    affiliations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class Problem:
    """Something in the file a person should know of; `line` counts from 1, 0 means the file as a whole."""

    line: int
    cause: str
    severity: Severity = "warning"
    excerpt: str = ""


@dataclass(slots=True)
class ParseReport:
    """What became of a file: `read`, `empty`, `repaired` and `rejected` add up to `markers`, or a problem says so.

    `markers` counts the file's own marks of records, independently of the reader. `columns` tells, for tables,
    which field each heading was taken for ("" = none). An archive's report sums up those of its files, kept in `files`.
    """

    format: str
    encoding: str = ""
    markers: int = 0
    read: int = 0
    empty: int = 0
    repaired: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)
    name: str = ""
    files: list[ParseReport] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """References handed on, mended ones among them."""
        return self.read + self.repaired

    @property
    def counted(self) -> int:
        """Records accounted for, one way or another."""
        return self.read + self.empty + self.repaired + self.rejected

    def add(self, line: int, cause: str, severity: Severity = "warning", excerpt: str = "") -> None:
        """Note a problem; a cause that comes up again and again is kept a limited number of times and then counted."""
        seen = self.more.get(cause, 0)
        self.more[cause] = seen + 1
        if seen < PROBLEMS_PER_CAUSE:
            self.problems.append(Problem(line, cause, severity, excerpt.strip()[:EXCERPT_LENGTH]))

    def close(self) -> None:
        """Compare with the independent count and sum up what was said too often."""
        for cause, times in self.more.items():
            if times > PROBLEMS_PER_CAUSE:
                self.problems.append(Problem(0, f"{cause} ({times - PROBLEMS_PER_CAUSE} more times)"))
        if self.counted < self.markers:
            self._mismatch("error")
        elif self.counted > self.markers > 0:
            self._mismatch("warning")

    def _mismatch(self, severity: Severity) -> None:
        cause = f"the file marks {self.markers} references, but {self.counted} were found"
        self.problems.append(Problem(0, cause, severity))


@dataclass(frozen=True, slots=True)
class Head:
    """A file for sniffing: its bytes, and the text its beginning most probably is."""

    data: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: `detect` says how sure it is (0 to 1) from a file's beginning, `parse` yields its references.

    `marks` are patterns of which each matches once for each record, at a line's beginning; the largest count is the
    independent one. A reader without marks counts for itself. `open_ended` formats have nothing that ends a record, so that only a last
    line without its end can tell that the file was cut.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    detect: Callable[[Head], float]
    parse: Callable[[Source], Iterator[ParsedReference]]
    marks: Sequence[str] = ()
    binary: bool = False
    open_ended: bool = False
