"""A work as one database holds it: the differences of form by which duplicates escape a naive comparison."""

import random
import re
import unicodedata
from dataclasses import dataclass, replace

from reviewapp.demo.works import Author, Work, dice

WITHOUT_DECOMPOSITION = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss", "đ": "d", "æ": "ae"}
)
SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "versus",
        "via",
    ]
)
TITLE_CASE = {"S": 0.3, "P": 0.05, "C": 0.05, "N": 0.92, "W": 0.45}
DOI_KNOWN = {"S": 0.97, "P": 0.93, "C": 0.85, "N": 0.62, "W": 0.94}
ABSTRACT_KNOWN = {"S": 0.98, "P": 0.96, "C": 0.95, "N": 0.88, "W": 0.97}
ASCII_NAMES = {"S": 0.08, "P": 0.03, "C": 0.35, "N": 0.3, "W": 0.55}


@dataclass(frozen=True, slots=True)
class Version:
    """One reference before it is written in its file's dialect."""

    work: Work
    database: str
    title: str
    title_original: str
    authors: tuple[Author, ...]
    et_al: bool
    year: int
    volume: str
    issue: str
    first_page: str
    last_page: str
    article_no: str
    doi: str
    pmid: str
    abstract: tuple[tuple[str, str], ...]
    copyright: str


def version_of(work: Work, database: str) -> Version:
    """The reference to `work` in `database` (its letter), the same on every run."""
    rng = dice("version", work.id, database)
    plain = Version(
        work=work,
        database=database,
        title=work.title,
        title_original=work.title_original if database in "SPW" else "",
        authors=work.authors,
        et_al=work.et_al,
        year=work.year,
        volume=work.volume,
        issue=work.issue,
        first_page=work.first_page,
        last_page=work.last_page,
        article_no=work.article_no,
        doi=work.doi if work.disguise or rng.random() < DOI_KNOWN[database] else "",
        pmid=work.pmid if database == "P" or rng.random() < 0.6 else "",
        abstract=work.abstract if work.disguise or rng.random() < ABSTRACT_KNOWN[database] else (),
        copyright=_copyright(work, rng) if database in "SNP" and rng.random() < 0.5 else "",
    )
    noisy = _with_noisy_place(_with_noisy_people(_with_noisy_title(plain, rng), rng), rng)
    return _disguised(noisy, rng) if work.disguise and database == work.databases[-1] else noisy


def _copyright(work: Work, rng: random.Random) -> str:
    holder = rng.choice(
        (
            work.journal.publisher or "The Authors",
            "The Author(s)",
            f"The Authors. Published by {work.journal.publisher}",
        )
    )
    return f"{rng.choice(('© ', 'Copyright © '))}{work.year} {holder}."


def _with_noisy_title(version: Version, rng: random.Random) -> Version:
    title = version.title
    if rng.random() < TITLE_CASE[version.database]:
        title = title_case(title)
    if rng.random() < 0.12:
        title = title.replace("–", "-").replace("’", "'").replace("“", '"').replace("”", '"')
    if rng.random() < 0.06:
        title = re.sub(r"(\w)-(\w)", lambda found: found[1] + rng.choice((" ", "–", "‐")) + found[2], title, count=1)
    if rng.random() < 0.03 and version.database in "SW":
        title = (
            title.replace("HIV", "<i>HIV</i>", 1)
            if version.database == "W"
            else title.replace(": ", ": <i>", 1) + "</i>" * (": " in title)
        )
    if rng.random() < 0.03:
        title = title.replace(" ", "  ", 2)
    if (
        rng.random() < 0.015
        and title.count(": ") == 1
        and not version.work.disguise
        and version.doi
        and version.work.simulated
    ):
        title = title.partition(": ")[0]
    ending = "." if version.database in "PN" and not title.endswith(("?", ".")) else ""
    return replace(version, title=title + ending)


def title_case(title: str) -> str:
    """Capitals for all but the small words, hyphenated parts included."""
    words = title.split(" ")
    before = [":", *words]
    return " ".join(
        _capital(word) if word.lower() not in SMALL_WORDS or last.endswith((":", "?")) else word
        for last, word in zip(before, words, strict=False)
    )


def _capital(word: str) -> str:
    return re.sub(r"(^[“\"(‘]?|-)([a-zà-ÿ])", lambda found: found[1] + found[2].upper(), word)


def _with_noisy_people(version: Version, rng: random.Random) -> Version:
    authors = version.authors
    if rng.random() < ASCII_NAMES[version.database]:
        authors = tuple(Author(unaccented(author.family), unaccented(author.given)) for author in authors)
    if rng.random() < 0.06:
        authors = tuple(replace(author, family=author.family.replace("-", " ")) for author in authors)
    if len(authors) > 6 and rng.random() < 0.3:
        return replace(version, authors=authors[:3], et_al=True)
    return replace(version, authors=authors)


def unaccented(text: str) -> str:
    """The text with plain letters only, as older indexes keep names."""
    decomposed = unicodedata.normalize("NFD", text.translate(WITHOUT_DECOMPOSITION))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _with_noisy_place(version: Version, rng: random.Random) -> Version:
    """Years of online versions, issues and pages that an index did not take over."""
    if (
        rng.random() < 0.035
        and version.doi
        and version.work.simulated
        and not version.work.disguise
        and version.year > 2014
    ):
        version = replace(version, year=version.year - 1)
    if version.work.id == "S18" and version.database == "N":
        version = replace(version, year=2018)  # the review's tables and its reference list differ in this year
    if rng.random() < 0.05:
        version = replace(version, issue="")
    if rng.random() < 0.02 and version.doi and version.year >= 2023:
        version = replace(version, volume="", issue="", first_page="", last_page="", article_no="")
    return version


def _disguised(version: Version, rng: random.Random) -> Version:
    """A reference whose fields contradict those of its twin, so that only a person can say it is the same work."""
    bare = replace(version, doi="", pmid="", year=version.work.year, abstract=version.work.abstract)
    match version.work.disguise:
        case "misprinted_pages":
            return _with_other_pages(bare, rng)
        case "other_doi":
            return replace(_without_pages(bare), doi=f"{version.work.doi}.print")
        case "years_ahead":
            return replace(_without_pages(bare), year=version.work.year - 2, volume="")
        case _:
            return replace(_without_pages(bare), authors=(Author("Collaborative Study Group", ""),))


def _with_other_pages(version: Version, rng: random.Random) -> Version:
    """Pages or article number as a slip of the indexer gives them."""
    if version.article_no:
        shifted = re.sub(
            r"\d+$", lambda digits: f"{int(digits[0]) + rng.randrange(11, 99):0{len(digits[0])}d}", version.article_no
        )
        return replace(version, issue="", article_no=shifted)
    first = 2000 + rng.randrange(11, 690)
    return replace(version, issue="", first_page=str(first), last_page=str(first + 8))


def _without_pages(version: Version) -> Version:
    return replace(version, issue="", first_page="", last_page="", article_no="")
