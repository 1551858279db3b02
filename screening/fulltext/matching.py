"""Which report a PDF is: by DOI, PubMed id, title and names in its text, its own description and its file name."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

from rapidfuzz import fuzz

from screening.duplicates.normalise import clean_doi, family_names, plain, squeeze, strip_marks, words_of

SURE = 0.95  # attached at once when no other report comes near
NEAR = 0.5
WORTH_OFFERING = 0.3
MOST_OFFERED = 5
FIRST_LETTERS = 4000  # of the first page: where title, authors and the document's own DOI stand
LONG_TITLE = 25  # squeezed letters; shorter titles stand in many texts
SHORT_TITLE = 12

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_PMID = re.compile(r"\bPMID\W{0,3}(\d{5,9})\b", re.IGNORECASE)

Sign = tuple[float, str]  # how much it says by itself, and what it is


@dataclass(frozen=True)
class Wanted:
    """What is known of a report."""

    report: int
    title: str
    doi: str
    pmid: str
    authors: tuple[str, ...]
    year: int | None


@dataclass(frozen=True)
class Facts:
    """What a PDF says of itself."""

    filename: str
    title: str  # of its own description
    subject: str
    text: str  # of the first page, and the second when the first is a cover


@dataclass(frozen=True)
class Candidate:
    report: int
    likelihood: float
    evidence: list[str]


def candidates(facts: Facts, wanted: Collection[Wanted]) -> list[Candidate]:
    """Reports this PDF may be, the likeliest first, each with what speaks for it."""
    seen = _Seen(facts)
    found = [_candidate(seen, report) for report in wanted]
    worth = [candidate for candidate in found if candidate.likelihood >= WORTH_OFFERING]
    return sorted(worth, key=lambda one: (-one.likelihood, one.report))[:MOST_OFFERED]


def is_sure(found: list[Candidate]) -> bool:
    """Whether the first stands alone and high enough to be attached without asking."""
    return bool(found) and found[0].likelihood >= SURE and (len(found) == 1 or found[1].likelihood < NEAR)


class _Seen:
    """The facts in forms that compare."""

    def __init__(self, facts: Facts) -> None:
        first = facts.text[:FIRST_LETTERS].replace("\u00ad\n", "").replace("\u00ad", "")
        self.dois = {clean_doi(doi) for doi in _DOI.findall(f"{first}\n{facts.subject}\n{facts.title}".lower())} - {""}
        self.pmids = set(_PMID.findall(first))
        self.text = plain(first)
        self.squeezed = squeeze(self.text)
        self.words = set(words_of(self.text))
        self.title = squeeze(strip_marks(plain(facts.title)))
        stem = plain(PurePath(facts.filename).stem)
        self.stem = squeeze(stem)
        self.stem_numbers = set(re.findall(r"\d{5,9}", stem))


def _candidate(seen: _Seen, report: Wanted) -> Candidate:
    doi = clean_doi(report.doi)
    signs = [
        *_by_doi(seen, doi),
        *_by_pmid(seen, report.pmid),
        *_by_title(seen, report.title),
        *_by_people(seen, report),
    ]
    unlikely = 1.0
    for weight, _ in signs:
        unlikely *= 1 - weight
    likelihood, evidence = 1 - unlikely, [words for _, words in signs]
    if signs and doi and seen.dois and not _by_doi(seen, doi):
        # A comment on a paper bears its title, but another DOI.
        likelihood *= 0.75
        evidence.append(f"but its first page names another DOI, {min(seen.dois)}")
    return Candidate(report.report, round(likelihood, 3), evidence)


def _by_doi(seen: _Seen, doi: str) -> list[Sign]:
    bare = squeeze(doi)
    if len(bare) < 9:
        return []
    signs = []
    if doi in seen.dois:
        # Of several DOIs on a first page, one may belong to a work that is cited.
        signs.append((0.97 if len(seen.dois) == 1 else 0.85, f"DOI {doi} on the first page"))
    elif len(bare) >= 12 and bare in seen.squeezed and not any(squeeze(other).startswith(bare) for other in seen.dois):
        signs.append((0.8, f"DOI {doi} on the first page, broken by a line"))
    if seen.stem.endswith(bare):
        signs.append((0.95, "DOI in the file name"))
    return signs


def _by_pmid(seen: _Seen, pmid: str) -> list[Sign]:
    if pmid in seen.pmids:
        return [(0.95, f"PubMed id {pmid} on the first page")]
    return [(0.9, "PubMed id in the file name")] if len(pmid) >= 6 and pmid in seen.stem_numbers else []


def _by_title(seen: _Seen, full: str) -> list[Sign]:
    title = strip_marks(plain(full))
    bare = squeeze(title)
    if len(bare) < LONG_TITLE:
        return _by_short_title(seen, bare)
    signs = []
    if bare in seen.squeezed:
        signs.append((0.93, "title on the first page"))
    elif _shares_words(words_of(title), seen.words) and (likeness := fuzz.partial_ratio(title, seen.text)) >= 85:
        signs.append((0.8 if likeness >= 93 else 0.55, f"title on the first page, {likeness:.0f} % alike"))
    if seen.title and fuzz.ratio(bare, seen.title) >= 93:
        signs.append((0.9, "title in the description of the PDF"))
    if len(seen.stem) >= 20 and (seen.stem in bare or bare in seen.stem):
        signs.append((0.85, "title in the file name"))
    return signs


def _by_short_title(seen: _Seen, bare: str) -> list[Sign]:
    """Such words stand in many texts: never enough by themselves."""
    signs = []
    if bare and bare == seen.title:
        signs.append((0.4, "short title in the description of the PDF"))
    if len(bare) >= SHORT_TITLE and bare in seen.squeezed:
        signs.append((0.35, "short title on the first page"))
    return signs


def _shares_words(words: tuple[str, ...], others: set[str]) -> bool:
    return bool(words) and len(set(words) & others) >= 0.7 * len(set(words))


def _by_people(seen: _Seen, report: Wanted) -> list[Sign]:
    families = family_names(report.authors)[:1]
    if not families or len(families[0]) < 3:
        return []
    signs = []
    year = str(report.year or "")
    if families[0] in seen.stem and year and year in seen.stem:
        signs.append((0.45, "first author and year in the file name"))
    if families[0] in seen.squeezed:
        signs.append((0.3 if year and year in seen.text else 0.1, "first author on the first page"))
    return signs
