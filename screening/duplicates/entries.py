"""What the engine reads (entries), what it prepares once (fingerprints) and what it answers (verdicts, results)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from screening.duplicates import normalise

Key = int | str

PREPRINT_SERVERS = (
    "arxiv",
    "biorxiv",
    "medrxiv",
    "psyarxiv",
    "ssrn",
    "preprint",
    "research square",
    "osf",
    "chemrxiv",
    "techrxiv",
    "authorea",
)
PREPRINT_DOIS = (
 "10.21203/rs", "10.2139/ssrn", "10.48550/", "10.31234/", "10.31219/", "10.20944/preprints", "10.26434/",
    "10.36227/", "10.22541/", "10.35542/",
)  # fmt: skip
REGISTERS = (
    "clinicaltrials.gov", "clinicaltrials gov", "isrctn", "who.int/ictrp", "trialsearch.who.int", "international clinical trials registry", "anzctr.org",
    "chictr.org", "drks.de", "euctr", "clinicaltrialsregister",
)  # fmt: skip


BIORXIV = re.compile(r"10\.1101/(?:20\d\d\.\d\d\.\d\d\.)?\d{5,}")  # 10.1101/gr.… and the like are journals
THESES = ("thesis", "dissertation", "ph.d", "proquest")


class Outcome(StrEnum):
    """What the engine says of two entries."""

    DUPLICATE = "duplicate"
    UNCERTAIN = "uncertain"
    RELATED = "related"
    DIFFERENT = "different"


class Kind(StrEnum):
    """Forms of publication that are never merged with another form."""

    ORDINARY = "ordinary"
    PREPRINT = "preprint"
    REGISTRATION = "registration"
    COCHRANE = "cochrane"
    THESIS = "thesis"


@dataclass(frozen=True, slots=True)
class Entry:
    """The bibliographic fields of one reference, as they stood in its file."""

    key: Key
    title: str = ""
    abstract: str = ""
    authors: Sequence[str] | str = ()
    year: int | None = None
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    isbn: str = ""
    url: str = ""
    type: str = ""
    language: str = ""
    database: str = ""
    trial_ids: Sequence[str] = ()


@dataclass(slots=True)
class Fingerprint:
    """An entry made comparable, once."""

    key: Key
    titles: tuple[str, ...]
    words: tuple[str, ...]
    authors: tuple[str, ...]
    year: int | None
    journal: tuple[tuple[str, ...], ...]
    volume: str
    issue: frozenset[str]
    pages: tuple[tuple[str, str], ...]
    doi: str
    pmid: str
    issns: frozenset[str]
    isbns: frozenset[str]
    trials: frozenset[str]
    abstract: str
    kind: Kind
    completeness: int
    block_keys: tuple[int, ...] = field(default=())

    @property
    def title(self) -> str:
        return self.titles[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one pair, with the reasons in words."""

    outcome: Outcome
    evidence: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()
    likelihood: float = 0.0


@dataclass(slots=True)
class Result:
    """Groups of two or more keys (the fullest entry first), the links that made them, and the pairs left to people."""

    groups: list[list[Key]] = field(default_factory=list)
    links: list[tuple[Key, Key, Verdict]] = field(default_factory=list)
    uncertain: list[tuple[Key, Key, Verdict]] = field(default_factory=list)
    related: list[tuple[Key, Key, Verdict]] = field(default_factory=list)


def describe(entry: Entry) -> Fingerprint:
    """The fingerprint without its block keys."""
    name, line_volume, line_issue, line_pages = normalise.journal_parts(entry.journal)
    volume, volume_issue = normalise.volume_number(entry.volume or line_volume)
    variants = normalise.title_variants(entry.title)
    doi = normalise.clean_doi(entry.doi) or (normalise.clean_doi(entry.url) if "doi.org/" in entry.url else "")
    return Fingerprint(
        key=entry.key,
        titles=tuple(normalise.squeeze(variant) for variant in variants),
        words=normalise.words_of(variants[0]),
        authors=normalise.family_names(list(entry.authors) if not isinstance(entry.authors, str) else entry.authors),
        year=entry.year,
        journal=normalise.journal_names(name),
        volume=volume,
        issue=normalise.issue_numbers(f"{entry.issue or line_issue} {volume_issue}"),
        pages=_pages(entry, line_pages),
        doi=doi,
        pmid=normalise.pmid_of(entry.pmid, entry.url),
        issns=normalise.issns_of(entry.isbn),
        isbns=normalise.isbns_of(entry.isbn),
        trials=normalise.trial_numbers(*entry.trial_ids, entry.title, entry.journal, entry.pages, entry.url),
        abstract=normalise.abstract_letters(entry.abstract),
        kind=_kind(entry, name, doi),
        completeness=_completeness(entry),
    )


def _pages(entry: Entry, line_pages: str) -> tuple[tuple[str, str], ...]:
    """Page ranges; a lone year in the field is no page."""
    pages = normalise.page_ranges(entry.pages) or normalise.page_ranges(line_pages)
    return () if pages == ((str(entry.year), ""),) else pages


def _kind(entry: Entry, journal: str, doi: str) -> Kind:
    place = f"{journal} {entry.type}".lower()
    if doi.startswith("10.1002/14651858") or "cochrane database" in place:
        return Kind.COCHRANE
    if (
        any(name in place for name in REGISTERS)
        or "registration" in place
        or (not journal and "clinicaltrials.gov" in entry.url)
    ):
        return Kind.REGISTRATION
    if any(word in f"{place} {entry.issue} {entry.volume}".lower() for word in THESES):
        return Kind.THESIS
    if not journal:
        place += f" {entry.url.lower()}"
    if doi.startswith(PREPRINT_DOIS) or BIORXIV.match(doi) or any(name in place for name in PREPRINT_SERVERS):
        return Kind.PREPRINT
    return Kind.ORDINARY


def _completeness(entry: Entry) -> int:
    """How much an entry tells; of a group the fullest one is proposed to stay."""
    filled = (
        entry.doi,
        entry.pmid,
        entry.volume,
        entry.issue,
        entry.pages,
        entry.journal,
        entry.authors,
        entry.year,
        entry.isbn,
    )
    return 200 * sum(map(bool, filled)) + min(len(entry.abstract), 5000) // 10 + 300 * bool(entry.abstract)
