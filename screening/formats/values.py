"""Single values made comparable: text without markup, identifiers, years, pages, types."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import unquote

_TAGS = re.compile(
    r"</?(?:i|b|u|em|strong|sub|sup|inf|p|br|span|div|scp|small|tt|h[1-6]|title|sec|ul|ol|li|italic|bold|"
    r"(?:jats|mml):[a-z-]+|ce:[a-z-]+)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BLOCK_TAGS = re.compile(r"<(?:/?p|br|/?div|/?h[1-6]|/?jats:(?:p|title|sec)|/?li)(?:\s[^<>]*)?/?>", re.IGNORECASE)
# No-break and zero-width characters, soft hyphen, marks of direction, byte order mark, control characters.
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")
_BREAKS = re.compile("\\s*[\r\n\u2028\u2029\x0b\x0c]\\s*")
PLACEHOLDERS = frozenset(
    (
        "na", "n/a", "n.a.", "none", "null", "nan", "nil", "-", "--", ".", "undefined",
        "no abstract", "no abstract available", "abstract not available", "not available", "no abstract provided",
        "no abstract found", "abstract unavailable", "none available", "no abstracts",
    )
)  # fmt: skip


def clean(text: str) -> str:
    """One line of plain text: entities decoded once, markup and invisible characters out, spaces folded, NFC."""
    # Short texts (journals, languages, volumes) come again and again.
    return _clean_short(text) if len(text) < 64 else _clean(text)


def _clean(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAGS.sub("", _BLOCK_TAGS.sub(" ", text))
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


_clean_short = lru_cache(maxsize=1 << 14)(_clean)


def clean_lines(text: str) -> str:
    """Plain text that keeps its paragraphs, one line each."""
    if "<" in text and ">" in text:
        text = _BLOCK_TAGS.sub("\n", text)
    if len(text.splitlines()) < 2:
        return clean(text)
    parts = (clean(part) for part in _BREAKS.split(text))
    return "\n".join(part for part in parts if part)


def is_placeholder(text: str) -> bool:
    """Whether the text only says that there is none (`NA`, `[No abstract]`)."""
    return len(text) < 40 and text.strip(" []().<>\t\n").casefold() in PLACEHOLDERS


def abstract_of(text: str) -> str:
    """Abstract as paragraphs; empty when a placeholder stands in its place."""
    return "" if is_placeholder(text) else clean_lines(text)


def title_of(text: str) -> str:
    """Title on one line, without a final full stop and without the suffixes databases add."""
    title = clean(text)
    if title.endswith(("]", "].")) or "^" in title[-4:]:
        title = _SUFFIX.sub("", title)
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1]
    return "" if is_placeholder(title) else title


# Ovid's "[References]", "[Erratum appears in …]", "[Review] [45 refs]"; BIREME's marks of the title's language (^ipt).
_SUFFIX = re.compile(
    r"(?:\s*\[(?:references|(?:erratum|retraction) appears[^\]]*|(?:see )?comments?|comment (?:in|on)[^\]]*|"
    r"(?:review )?\d+ refs?)\]\.?|\s*\^i?[a-z]{2})+$",
    re.IGNORECASE,
)

# --- identifiers -----------------------------------------------------------------------------------------------

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"<>{}|\\^]+")
_DOI_IN_URL = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"<>{}|\\^&?#]+")
_DOI_TAIL = re.compile(r"(?:/(?:abstract|full|fulltext|pdf|epdf|html|summary|meta|issuetoc)|\.pdf|\.full|\[doi\])+$")
_MARKED_DOI = re.compile(r"\bdoi\b[:\s]*(?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}\S+)", re.IGNORECASE)


def doi_in(text: str) -> str:
    """The first DOI of a text, bare and in lower case, or "". `https://doi.org/10.1/X.` gives `10.1/x`."""
    if "10." not in text:
        return ""
    is_url = "://" in text or "%2" in text
    if "%" in text:
        text = unquote(text)
    match = (_DOI_IN_URL if is_url else _DOI).search(text.replace("\n", ""))
    return _trim_doi(match[0]) if match else ""


def marked_doi_in(text: str) -> str:
    """A DOI that the text itself calls one (`doi: 10.1/x`), or ""."""
    if "10." not in text:
        return ""
    match = _MARKED_DOI.search(text)
    return doi_in(match[1]) if match else ""


def _trim_doi(doi: str) -> str:
    doi = _DOI_TAIL.sub("", doi.lower())
    while doi:
        last = doi[-1]
        unbalanced = last in ")]" and doi.count(last) > doi.count("(" if last == ")" else "[")
        if last not in ".,;:'\"*”’>" and not unbalanced:
            break
        doi = doi[:-1]
    return doi


# Sought first, because plain strings are found far faster than the pattern.
_TRIAL_HINTS = ("DRKS", "CRD4", "CRD 4", "UMIN", "RBR-", "U1111-")
_TRIAL_HINTS_WITH_CT = ("NCT", "CTN", "CTR", "IRCT", "jRCT", "KCT", "raCT")
_TRIAL = re.compile(
    r"\b(?:NCT\s?\d{8}|ISRCTN\s?\d{8}|EUCTR\s?\d{4}-\d{6}-\d{2}(?:-[A-Z]{2})?|ACTRN\s?\d{14}|"
    r"ChiCTR(?:-[A-Z]+)*-?\d{8,10}|DRKS\d{8}|CRD\s?\d{11}|UMIN\d{9}|CTRI/\d{4}/\d{2,3}/\d{6}|"
    r"IRCT\d{8,20}(?:N\d+)?|RBR-[0-9a-z]{5,7}|U1111-\d{4}-\d{4}|jRCTs?\d{9,10}|KCT\d{7}|PACTR\d{15,16}|"
    r"SLCTR/\d{4}/\d{3}|TCTR\d{11}|EudraCT[\s:]*(?:number|no\.?)?[\s:]*\d{4}-\d{6}-\d{2})\b"
)


def trial_ids_in(text: str) -> list[str]:
    """Registration numbers of trials and reviews in any text (NCT, ISRCTN, EUCTR, ACTRN, ChiCTR, DRKS, CRD …)."""
    if not any(map(text.__contains__, _TRIAL_HINTS)) and (
        "CT" not in text or not any(map(text.__contains__, _TRIAL_HINTS_WITH_CT))
    ):
        return []
    found = ("".join(match[0].split()) for match in _TRIAL.finditer(text))
    return distinct(re.sub(r"^EudraCT\D*", "EUCTR", number) for number in found)


# The first word of each pair must be in the text, in small letters, before the pattern is tried.
_PMID = (
    ("pmid", re.compile(r"\bPMID\b[:\s]*(\d{4,8})\b", re.IGNORECASE)),
    ("pubmed", re.compile(r"\bPUBMED[:\s]+(\d{4,8})\b", re.IGNORECASE)),
    ("[pmid]", re.compile(r"\b(\d{4,8})\s*\[PMID\]", re.IGNORECASE)),
    ("nlm", re.compile(r"\bNLM(\d{7,8})\b")),
    ("medline:", re.compile(r"\bMEDLINE:\s?(\d{7,8})\b")),
    ("pubmed.ncbi", re.compile(r"pubmed\.ncbi\.nlm\.nih\.gov/(\d{4,8})\b")),
    ("/pubmed/", re.compile(r"ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/(\d{4,8})\b")),
    ("list_uids", re.compile(r"\blist_uids=(\d{4,8})\b")),
)
_PMCID = re.compile(r"\bPMC\s?(\d{4,9})\b")
_DIGITS = re.compile(r"\d{4,8}")


def pmid_in(text: str) -> str:
    """A PubMed id that the text names as one, or ""."""
    folded = text.casefold()
    for hint, pattern in _PMID:
        match = pattern.search(text) if hint in folded else None
        if match:
            return match[1]
    return ""


def bare_pmid(text: str) -> str:
    """The text when it is nothing but digits of a PubMed id; the caller knows from elsewhere that it is one."""
    text = text.strip()
    return text if _DIGITS.fullmatch(text) else ""


def pmcid_in(text: str) -> str:
    """A PubMed Central id (`PMC123456`) in the text, or ""."""
    match = _PMCID.search(text) if "PMC" in text else None
    return f"PMC{match[1]}" if match else ""


_ISSN = re.compile(r"(?<![\dX])(?<!\d-)(\d{4})[-‐–]?(\d{3}[\dXx])(?![\d-])")
_ISBN = re.compile(r"(?<![\d-])(?:97[89][-\s]?)?(?:\d[-\s]?){9}[\dXx](?![\d-])")


def serials_in(values: Iterable[str]) -> tuple[list[str], list[str]]:
    """ISSNs (`1234-567X`) and ISBNs (digits only), told apart and proved by their check digits."""
    issns: list[str] = []
    isbns: list[str] = []
    for value in values:
        found_issns, found_isbns = _serials(value)
        issns += found_issns
        isbns += found_isbns
    return (distinct(issns) if len(issns) > 1 else issns), (distinct(isbns) if len(isbns) > 1 else isbns)


@lru_cache(maxsize=1 << 13)
def _serials(value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    isbns = []
    for match in _ISBN.finditer(value):
        isbn = re.sub(r"[-\s]", "", match[0]).upper()
        if is_isbn(isbn):
            isbns.append(isbn)
            value = value.replace(match[0], " ")
    pairs = ((match[1], match[2].upper()) for match in _ISSN.finditer(value))
    return tuple(f"{first}-{last}" for first, last in pairs if is_issn(first + last)), tuple(isbns)


def is_issn(digits: str) -> bool:
    """Whether eight characters carry a right ISSN check digit (ISO 3297: weights 8 to 1, modulo 11)."""
    return sum(_digit(c) * weight for c, weight in zip(digits, range(8, 0, -1), strict=True)) % 11 == 0


def is_isbn(digits: str) -> bool:
    """Whether ten or thirteen characters carry a right ISBN check digit (ISO 2108)."""
    if len(digits) == 10:
        return sum(_digit(c) * weight for c, weight in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0
    if len(digits) != 13 or not digits.isdigit():
        return False
    return sum(int(c) * (3 if index % 2 else 1) for index, c in enumerate(digits)) % 10 == 0


def _digit(character: str) -> int:
    return 10 if character in "Xx" else int(character)


# --- dates and pages -------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_COMPACT_DATE = re.compile(r"^(1[5-9]\d\d|20\d\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])$")


def year_in(text: str) -> int | None:
    """The first plausible year with four digits (1500 to 2099)."""
    match = _YEAR.search(text) or _COMPACT_DATE.match(text.strip())
    return int(match[1]) if match else None


def date_of(candidates: Sequence[str]) -> tuple[int | None, str]:
    """Year and text of the date: the year of the first candidate that has one, the text that says most."""
    texts = [text for text in (clean(c).strip("/ ") for c in candidates) if text]
    year = next((found for found in map(year_in, texts) if found), None)
    if year is None:
        return None, texts[0] if texts else ""
    with_year = [text for text in texts if year_in(text) == year]
    best = max(with_year, key=len)
    if len(best) > 4:
        return year, best
    day = next((text for text in texts if year_in(text) is None and not text.isdigit()), "")
    return year, f"{best} {day}".strip()


_NO_PAGES = frozenset(
    ("no", "specified", "no specified", "n/a", "na", "none", "null", "no pagination", "(no pagination)", "-")
)
_PAGES_WORD = re.compile(r"^(?:pp?\.?|pages?:?)\s*(?=[A-Za-z]?\d)", re.IGNORECASE)
_LINKS = re.compile(r"[;|,]?\s+(?=https?://)|\n")
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|//|www\.|(?:dx\.)?doi\.org/|[\w-]+(?:\.[\w-]+)+/\D")


def links_in(values: Iterable[str]) -> list[str]:
    """Links, one each; a semicolon inside a link is a part of it. Bare identifiers and places on a disk are none."""
    return [url for value in values for part in _LINKS.split(value) if _LINK.match(url := part.strip())]


_RANGE = re.compile(r"^(\d+)\s*[-‐–—]+\s*(\d+)$")
_SAME = re.compile(r"^(\w+)-\1$")


def pages_of(start: str, end: str = "") -> str:
    """Pages as `110-112`; a shortened end (`110-2`) is written out."""
    start, end = clean(start), clean(end)
    if start[:1] in "pP":
        start = _PAGES_WORD.sub("", start)
    if start.casefold() in _NO_PAGES:
        start = ""
    if end.casefold() in _NO_PAGES:
        end = ""
    joined = f"{start}-{end}" if start and end and end != start and end not in start else start or end
    match = _RANGE.match(joined)
    if not match:
        return joined.partition("-")[0] if _SAME.match(joined) else joined
    first, last = match[1], match[2]
    if len(last) < len(first):
        full = first[: len(first) - len(last)] + last
        last = full if int(full) >= int(first) else last
    return first if first == last else f"{first}-{last}"


_CITATIONS = (
    # Embase: Endoscopic Ultrasound (2014) 3:3 (152-160). Date of Publication: 2014
    re.compile(
        r"(?P<journal>[^()]+?)\s*\((?P<year>\d{4})\)\s*(?P<volume>[\w-]+)?(?::(?P<issue>[\w. -]+?))?\s*(?:\((?P<pages>[^)]*)\)|\.|$)"
    ),
    # PubMed: Eur J Med Genet. 2020 Feb;63(2):103640. doi: …
    re.compile(
        r"(?P<journal>[^.]+)\.\s*(?P<year>\d{4})[^;:]*;\s*(?P<volume>[^(:;.]*)(?:\((?P<issue>[^)]*)\))?(?::(?P<pages>[^.;]*))?"
    ),
    # PsycINFO by Ovid: Journal of Invented Care. Vol.12(3), Mar 2019, pp. 101-118. Also: Vol 12(3) Mar 2019, 101-118.
    re.compile(
        r"(?P<journal>.+?)\.?\s+Vol\.?\s*(?P<volume>[\w-]+)\s*(?:\((?P<issue>[^)]*)\))?,?\s*(?:[A-Za-z/ -]+\s)?(?P<year>\d{4}),\s*"
        r"(?:pp?\.?\s*|ArtID\s*|Article\s)?(?P<pages>[A-Za-z]?\d[\w-]*)"
    ),
    # Ovid: Journal of Invented Care. 12 (3) (pp 101-118), 2019. Also: 12(3):101-18, 2003 Feb 13. Also: (no pagination).
    re.compile(
        r"(?P<journal>.+?)\.\s+(?:Vol\.?\s*)?(?=\w|\()(?P<volume>[A-Za-z]{0,3}\d[\w/-]*(?:\s(?:suppl|pt)\.?\s\w+)?)?\s*"
        r"(?:\((?!pp|no pag|var)(?P<issue>[^)]*)\))?\s*"
        r"(?:\((?:pp\.?\s*(?P<pages>[^)]*)|no pagination|var\.?\s?pag\w*\.?)\)|[:,]\s*(?:pp?\.?\s*)?(?P<pages2>[^.:]+?))?,\s*"
        r"(?:\d{0,2}\s*[A-Z][\w/-]*\s)?(?P<year>\d{4})\b",
        re.IGNORECASE,
    ),
)
# Ovid's words on a meeting stand between the journal and its volume.
_MEETING = re.compile(r"\bConferences?: .*?(?:Conference Publication: |(?=\b\d+ \())")


def citation_in(text: str) -> dict[str, str]:
    """Journal, year, volume, issue and pages of a source written as one text; empty when it has another form."""
    text = clean(text)
    if "Conference" in text:
        text = _MEETING.sub("", text)
        text = re.sub(r"\(var\.? ?pagings?\)\. ", "", text)
    for pattern in _CITATIONS:
        match = pattern.match(text)
        if match:
            found = {name: value.strip() for name, value in match.groupdict().items() if value and value.strip()}
            return {name.rstrip("2"): value for name, value in found.items()}
    return {}


_ACCESSIONS = (
    ("WOS:", "Web of Science"),
    ("ISI:", "Web of Science"),
    ("BIOSIS:", "BIOSIS"),
    ("BCI:", "BIOSIS"),
    ("ZOOREC:", "Zoological Record"),
    ("MEDLINE:", "MEDLINE"),
    ("INSPEC:", "Inspec"),
    ("CABI:", "CAB Abstracts"),
    ("CN-", "Cochrane Central Register of Controlled Trials"),
)
_LINKED_DATABASES = (
    ("www.scopus.com/", "Scopus"),
    ("www.embase.com/", "Embase"),
    ("search.ebscohost.com/", "EBSCO"),
    ("lens.org/", "Lens"),
    ("app.dimensions.ai/", "Dimensions"),
    ("webofscience.com/", "Web of Science"),
    ("cochranelibrary.com/", "Cochrane Library"),
    ("www.jstor.org/", "JSTOR"),
    ("ieeexplore.ieee.org/", "IEEE Xplore"),
    ("pesquisa.bvsalud.org/", "Virtual Health Library"),
)


def database_of(accession: str, urls: Sequence[str]) -> str:
    """The database that numbers its records or links to them in this way, or ""."""
    named = next((name for start, name in _ACCESSIONS if accession.startswith(start)), "")
    return named or next((name for url in urls for part, name in _LINKED_DATABASES if part in url), "")


def number_of(text: str) -> str:
    """A volume or an issue; empty when a placeholder stands in its place."""
    number = clean(text)
    return "" if is_placeholder(number) else number


# --- types and status ------------------------------------------------------------------------------------------

# In this order: the first word found in the text decides.
_TYPE_WORDS = (
    ("preprint", "preprint"),
    ("posted-content", "preprint"),
    ("trial registry", "registration"),
    ("trial registration", "registration"),
    ("registry record", "registration"),
    ("registration", "registration"),
    ("chapter", "chapter"),
    ("book section", "chapter"),
    ("book-part", "chapter"),
    ("incollection", "chapter"),
    ("conference", "conference"),
    ("proceeding", "conference"),
    ("congress", "conference"),
    ("meeting abstract", "conference"),
    ("dissertation", "thesis"),
    ("thesis", "thesis"),
    ("theses", "thesis"),
    ("technical report", "report"),
    ("report", "report"),
    ("book review", "journal-article"),
    ("journal", "journal-article"),
    ("article", "journal-article"),
    ("review", "journal-article"),
    ("editorial", "journal-article"),
    ("letter", "journal-article"),
    ("case", "journal-article"),
    ("comment", "journal-article"),
    ("erratum", "journal-article"),
    ("note", "journal-article"),
    ("short survey", "journal-article"),
    ("book", "book"),
    ("monograph", "book"),
)
_PREPRINT_PLACES = re.compile(
    r"\b(?:biorxiv|medrxiv|arxiv|psyarxiv|ssrn|research square|preprints\.org|osf preprints|chemrxiv|socarxiv)\b", re.I
)
_REGISTRY_PLACES = re.compile(
    r"clinicaltrials\.gov|clinicaltrialsregister|trialsearch\.who\.int|isrctn\.com|anzctr|chictr\.org|"
    r"drks\.de|^prospero\b|umin\.ac\.jp|irct\.ir",
    re.IGNORECASE,
)
_RETRACTED = re.compile(r"^\W*(?:retracted(?:\s+article)?\b\s*[:.\])]|withdrawn\s*:)", re.I)
_ERRATUM = re.compile(
    r"^\W*(?:erratum|corrigendum|corrections?(?:\s+to)?\s*:|correction to\b|author correction|publisher correction)",
    re.I,
)


@lru_cache(maxsize=1 << 12)
def type_in(text: str) -> str:
    """The small set's type that a vendor's words name, or ""."""
    folded = text.casefold()
    return next((kind for word, kind in _TYPE_WORDS if word in folded), "") if folded else ""


def type_of(kind: str, journal: str, urls: Sequence[str] = ()) -> str:
    """The type, corrected by the place of publication: preprint servers and trial registries."""
    place = _type_by_place(journal)
    if not place and not journal.strip() and any(_type_by_place(url) == "registration" for url in urls):
        place = "registration"
    return place or kind or "other"


@lru_cache(maxsize=1 << 12)
def _type_by_place(place: str) -> str:
    if _PREPRINT_PLACES.search(place):
        return "preprint"
    return "registration" if _REGISTRY_PLACES.search(place) else ""


def status_of(title: str, type_text: str, kind: str) -> list[str]:
    """What a reader must know before using the reference: retracted, preprint, erratum."""
    status = []
    folded = type_text.casefold()
    start = title[:40].casefold()
    if "retracted" in folded or (("retract" in start or "withdrawn" in start) and _RETRACTED.search(title)):
        status.append("retracted")
    if kind == "preprint":
        status.append("preprint")
    noted = "errat" in start or "corr" in start
    if "erratum" in folded or "corrigendum" in folded or (noted and _ERRATUM.search(title)):
        status.append("erratum")
    return status


def affiliations_in(values: Iterable[str]) -> list[str]:
    """Addresses, one each: values are cut at line ends, and what two people share stands once."""
    return distinct(text for value in values for part in value.split("\n") if (text := clean(part)))


# EBSCO sells among the keywords of its BibTeX.
_ADVERT = re.compile(r"<a\s[^<>]*>.*?</a>", re.IGNORECASE | re.DOTALL)


def keywords_in(values: Iterable[str]) -> list[str]:
    """Keywords, one each: values are cut at line ends and semicolons, marks of emphasis are left out."""
    words = []
    for value in values:
        if "<a" in value:
            value = _ADVERT.sub("", value)
        if ";" in value or "\n" in value:
            words += [_keyword(part) for part in value.replace("\n", ";").split(";")]
        else:
            words.append(_keyword(value))
    return [word for word in dict.fromkeys(words) if word]


@lru_cache(maxsize=1 << 14)
def _keyword(text: str) -> str:
    word = clean(text).strip("* ").replace("/*", "/").removesuffix("/")
    return "" if is_placeholder(word) else word


def distinct(values: Iterable[str]) -> list[str]:
    """The values in their order, each once."""
    return list(dict.fromkeys(values))
