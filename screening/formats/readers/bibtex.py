"""BibTeX and BibLaTeX, also where exports break its rules."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bibtexparser.model import DuplicateFieldKeyBlock, Entry, String
from bibtexparser.splitter import Splitter

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.latex import plain
from screening.formats.people import attach_orcid, people, person
from screening.formats.source import Source
from screening.formats.tagged import Fields, count_and_yield
from screening.formats.values import (
    abstract_of,
    bare_pmid,
    clean,
    clean_lines,
    database_of,
    date_of,
    distinct,
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
)

# The library tells of every entry it cannot read; the report tells the person instead.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_NO_ENTRY = r"(?!(?i:comment|string|preamble)\b)"
_MARK = rf"@[ \t]*{_NO_ENTRY}[A-Za-z_]+[ \t\r\n]*[{{(]"
_START = re.compile(r"(?:\A|[\r\n])[ \t\ufeff\u200b]*(@[ \t]*([A-Za-z_]+)\s*([{(]))")
_NEXT = re.compile(r"[\s,]*(@[ \t]*([A-Za-z_]+)\s*([{(]))")
_BEGINS = re.compile(rf"(?:\A|[\r\n])\s*@[ \t]*{_NO_ENTRY}[A-Za-z_]+\s*[{{(][^=@]{{0,400}},\s*[\w:.+ -]+\s*=")
_FIELD = re.compile(r"(?:[,\r\n}\"]|\A)\s*([A-Za-z][\w:.+ -]*?)\s*=\s*(?=[{\"\w])")
_FIELD_LINE = re.compile(r"[\r\n]\s*([A-Za-z][\w:.+-]*)\s*=\s*[{\"\w]")
_DELIMITED_FIELD_LINE = re.compile(r"[\r\n]\s*([A-Za-z][\w:.+-]*)\s*=\s*[{\"]")
_GOES_ON = re.compile(r"[\s,]*[A-Za-z][\w:.+-]*\s*=\s*[{\"\w]")
_BRACE = re.compile(r"[{}]")
_UNESCAPED_BRACE = re.compile(r"(?<!\\)[{}]")
_PARENTHESIS = re.compile(r"(?<!\\)[(){}\"]")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_TYPES = {
    **dict.fromkeys(("article", "periodical", "suppperiodical", "review"), "journal-article"),
    **dict.fromkeys(("inproceedings", "conference", "proceedings", "mvproceedings"), "conference"),
    **dict.fromkeys(("book", "mvbook", "booklet", "collection", "mvcollection", "reference", "manual"), "book"),
    **dict.fromkeys(("inbook", "incollection", "bookinbook", "suppbook", "suppcollection", "inreference"), "chapter"),
    **dict.fromkeys(("phdthesis", "mastersthesis", "thesis"), "thesis"),
    **dict.fromkeys(("techreport", "report"), "report"),
}  # fmt: skip
_VERBATIM = frozenset(("doi", "url", "file", "eprint", "pmid", "pmcid", "isbn", "issn", "urls", "bdsk-url-1"))


@dataclass(slots=True)
class _Slice:
    """The text of one entry, its first line, its kind, and what was wrong with its frame."""

    line: int
    kind: str
    raw: str
    repairs: list[str] = field(default_factory=list)


def detect(head: Head) -> float:
    """Sure with an entry (@article{key, field = ) at a line's beginning."""
    return 0.96 if "@" in head.text and _BEGINS.search(head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """One reference for each entry; abbreviations (@string) are put in, comments are left out."""
    return count_and_yield(source, _references(source))


def _references(source: Source) -> Iterator[tuple[ParsedReference, list[str]]]:
    macros = {month: month.capitalize() for month in _MONTHS}
    for entry in _slices(source):
        kind = entry.kind.casefold()
        if kind == "string":
            macros.update(_macros(entry.raw, macros))
        elif kind not in ("comment", "preamble"):
            key, pairs = _fields_of(entry)
            yield _reference(entry, key, pairs, macros), entry.repairs


def _slices(source: Source) -> Iterator[_Slice]:
    """Entries with their exact text: each ends with its closing brace, or where the next one begins."""
    text = source.text()
    position, line, counted = 0, 1, 0
    match = _START.search(text)
    while match:
        start = match.start(1)
        _outside(source, text[position:start], line)
        line += _line_ends(text, counted, start)
        counted = start
        following = _START.search(text, match.end())
        limit = following.start(1) if following else len(text)
        end = _end_of(text, match.end(1) - 1, limit)
        entry = _Slice(line, match[2], "")
        if end is None or _GOES_ON.match(text, end, limit):
            entry.repairs.append(
                "the closing brace is missing" if end is None else "a brace closes the entry too early"
            )
            end = limit
        entry.raw = text[start:end]
        yield entry
        position = end
        match = _NEXT.match(text, end) or _START.search(text, max(end - 1, 0))
    _outside(source, text[position:], line)


def _line_ends(text: str, start: int, end: int) -> int:
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)


def _outside(source: Source, text: str, line: int) -> None:
    """Text between entries is a comment by BibTeX's rules; fields in it belong to an entry without a beginning."""
    if _holds_fields(text):
        source.warn(line, "fields outside of any entry were left out", text)


def _holds_fields(text: str) -> bool:
    return "=" in text and any(not part.lstrip().startswith("%") for part in _FIELD_LINE.findall(text))


def _end_of(text: str, opening: int, limit: int) -> int | None:
    """Position after the brace that closes the one at `opening`; None when there is none before `limit`."""
    if text[opening] == "(":
        return _end_of_parenthesis(text, opening, limit)
    for pattern in (_BRACE, _UNESCAPED_BRACE):
        depth = 0
        for brace in pattern.finditer(text, opening, limit):
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                return brace.end()
    return None


def _end_of_parenthesis(text: str, opening: int, limit: int) -> int | None:
    depth, quoted = 0, False
    for mark in _PARENTHESIS.finditer(text, opening + 1, limit):
        if mark[0] in "{}":
            depth += 1 if mark[0] == "{" else -1
        elif depth == 0 and mark[0] == '"':
            quoted = not quoted
        elif depth == 0 and not quoted and mark[0] == ")":
            return mark.end()
    return None


def _macros(raw: str, known: dict[str, str]) -> dict[str, str]:
    for block in Splitter(raw).split().blocks:
        if isinstance(block, String):
            return {block.key.casefold(): _joined(block.value, known)}
    return {}


def _fields_of(entry: _Slice) -> tuple[str, list[tuple[str, str]]]:
    """Key and fields by the library; what it refuses is read again without its rules."""
    if not entry.repairs:
        for block in Splitter(entry.raw).split().blocks:
            found = block.ignore_error_block if isinstance(block, DuplicateFieldKeyBlock) else block
            if isinstance(found, Entry):
                pairs = [(one.key, str(one.value)) for one in found.fields]
                if not any(_swallows(value) for _, value in pairs):
                    return found.key, pairs
        entry.repairs.append("the entry does not keep to BibTeX's rules and was read field by field")
    return _rescued(entry.raw)


def _swallows(value: str) -> bool:
    """Whether a value took the next field along, because no comma stands between them."""
    if value[:1] not in ("{", '"') or not _FIELD_LINE.search(value):
        return False
    end = _end_of(value, 0, len(value)) if value[0] == "{" else value.find('"', 1) + 1
    return bool(end) and _GOES_ON.match(value, end or 0) is not None


def _rescued(raw: str) -> tuple[str, list[tuple[str, str]]]:
    """Key and fields of an entry with missing commas or braces; a value that never closes ends where a field begins."""
    opening = re.match(r"@[ \t]*[A-Za-z_]+\s*[{(]\s*", raw)
    position = opening.end() if opening else 0
    key, comma, _ = raw[position:].partition(",")
    is_key = bool(comma) and "=" not in key
    if is_key:
        position += len(key)
    pairs: list[tuple[str, str]] = []
    while match := _FIELD.search(raw, position):
        start = match.end()
        following = _FIELD_LINE.search(raw, start)
        limit = following.start() if following else len(raw)
        if raw[start] == "{":
            inner = _DELIMITED_FIELD_LINE.search(raw, start)
            end = _end_of(raw, start, inner.start() if inner else len(raw)) or (inner.start() if inner else len(raw))
        elif raw[start] == '"':
            closing = re.compile(r'(?<!\\)"(?=\s*(?:,|[})]?\s*\Z))').search(raw, start + 1, limit)
            end = closing.end() if closing else limit
        else:
            plain_end = re.compile(r"[,\r\n})]").search(raw, start)
            end = plain_end.start() if plain_end else len(raw)
        pairs.append((match[1], raw[start:end].strip().rstrip(",").rstrip()))
        position = end
    return (key.strip() if is_key else ""), pairs


def _parts(value: str) -> list[str]:
    """The parts of a value that are joined by #, delimiters included."""
    parts, depth, quoted, start = [], 0, False, 0
    for mark in re.finditer(r'(?<!\\)[{}"]|#', value):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth -= 1
        elif depth == 0 and mark[0] == '"':
            quoted = not quoted
        elif depth == 0 and not quoted and mark[0] == "#":
            parts.append(value[start : mark.start()].strip())
            start = mark.end()
    return [*parts, value[start:].strip()]


def _joined(value: str, macros: dict[str, str]) -> str:
    """The value without its delimiters, abbreviations put in; an unknown one stands for itself."""
    parts = _parts(value) if "#" in value else [value]
    texts = [_bare(part) if part[:1] in ("{", '"') else macros.get(part.casefold(), part) for part in parts]
    return "".join(texts)


def _bare(value: str) -> str:
    """The text between a value's delimiters."""
    if value[:1] == "{":
        return value[1:-1] if value.endswith("}") else value[1:]
    if value[:1] == '"':
        return value[1:-1] if value.endswith('"') and len(value) > 1 else value[1:]
    return value


def _reference(entry: _Slice, key: str, pairs: list[tuple[str, str]], macros: dict[str, str]) -> ParsedReference:
    raw_fields = [("@type", entry.kind), ("@key", key), *((name, _shown(value)) for name, value in pairs)]
    fields = Fields((name.casefold(), _joined(value, macros)) for name, value in pairs)

    def get(*names: str) -> str:
        for name in names:
            for value in fields.all(name):
                if text := clean(value if name in _VERBATIM else plain(value)):
                    return text
        return ""

    kind = get("document_type", "type", "entrysubtype")
    reference = ParsedReference(
        0, entry.line, entry.raw, raw_fields, type_raw=" · ".join(filter(None, (entry.kind, kind)))
    )
    reference.title = title_of(": ".join(filter(None, (get("title"), get("subtitle")))) or get("booktitle"))
    reference.title_original = title_of(get("origtitle", "original_title"))
    reference.abstract = "\n".join(filter(None, map(abstract_of, map(plain, distinct(fields.all("abstract"))))))
    reference.year, reference.date_text = date_of([get("year"), get("date"), get("month"), get("issue_date")])
    reference.journal = get("journal", "journaltitle", "fjournal") or (get("booktitle") if get("title") else "")
    short = get("shortjournal", "abbrev_source_title", "journal-iso", "journal_abbr")
    reference.journal_abbr = short if short != reference.journal else ""
    reference.volume, reference.issue = number_of(get("volume")), number_of(get("number", "issue"))
    reference.pages = pages_of(get("pages").replace("--", "-"))
    reference.article_no = get("article-number", "art_number", "eid", "articleno")
    reference.issns, reference.isbns = serials_in(fields.all("issn", "eissn", "isbn", "eisbn"))
    reference.language, reference.publisher = (
        get("language", "langid"),
        get("publisher", "school", "institution", "organization"),
    )
    reference.place = get("address", "location")
    reference.keywords = keywords_in(_keywords(fields))
    notes = (clean_lines(plain(value)) for value in fields.all("note", "annote", "notes", "annotation", "comment"))
    reference.notes = [note for note in notes if note and not is_placeholder(note)]
    reference.people = _people(fields)
    _set_identifiers(reference, fields, entry.raw)
    reference.type = type_of(_type(entry.kind, kind), _place_named(reference, fields), reference.urls)
    reference.status = status_of(reference.title, reference.type_raw, reference.type)
    return reference


def _shown(value: str) -> str:
    """A field as it stands in the file, without its delimiters unless abbreviations are joined to it."""
    return value if "#" in value and len(_parts(value)) > 1 else _bare(value)


def _keywords(fields: Fields) -> Iterator[str]:
    for value in fields.all("keywords", "author_keywords", "keywords-plus", "keyword", "mesh", "subject"):
        text = plain(value).replace("\n", " ")
        yield text if ";" in text else text.replace(",", ";")


def _type(kind: str, named: str) -> str:
    """The entry's type; the words beside it tell conferences, theses and reports from the rest."""
    own = _TYPES.get(kind.casefold(), "")
    # What corrects a book or a report is no journal article for that.
    narrower = type_in(named.replace("Published Erratum", ""))
    if own in ("", "journal-article") and narrower in ("conference", "preprint", "registration", "thesis", "report"):
        return narrower
    return own or narrower or type_in(kind)


def _place_named(reference: ParsedReference, fields: Fields) -> str:
    archive = " ".join(fields.all("archiveprefix", "eprinttype", "howpublished")) if not reference.journal else ""
    return f"{reference.journal} {archive}".strip()


def _set_identifiers(reference: ParsedReference, fields: Fields, raw: str) -> None:
    reference.urls = links_in(
        value.replace(r"\_", "_").replace(r"\&", "&") for value in fields.all("url", "urls", "link")
    )
    eprints = fields.all("eprint")
    reference.doi = next(
        filter(None, (doi_in(value.replace("\\", "")) for value in [*fields.all("doi"), *reference.urls, *eprints])), ""
    ) or next(filter(None, map(marked_doi_in, reference.notes)), "")
    typed = bare_pmid(fields.first("eprint")) if fields.first("eprinttype").casefold() in ("pubmed", "pmid") else ""
    reference.pmid = (
        bare_pmid(fields.first("pmid", "pubmed_id"))
        or typed
        or next(filter(None, map(pmid_in, [*reference.urls, *reference.notes])), "")
    )
    reference.pmcid = next(filter(None, map(pmcid_in, [*fields.all("pmcid", "pmc"), *reference.urls])), "")
    numbers = [*fields.all("unique-id", "accession", "accession_number", "lccn"), *(e for e in eprints if "/" not in e)]
    reference.accession = clean(plain(next(iter(numbers), ""))) or _linked_number(reference.urls)
    reference.database = clean(plain(fields.first("database", "source", "archiveprefix"))) or database_of(
        reference.accession, reference.urls
    )
    reference.trial_ids = trial_ids_in(raw)


_EBSCO_NUMBER = re.compile(r"search\.ebscohost\.com/.*?[?&]AN=([\w.-]+)")


def _linked_number(urls: list[str]) -> str:
    """EBSCO's BibTeX tells the record's number in its link only."""
    return next((match[1] for url in urls if (match := _EBSCO_NUMBER.search(url))), "")


def _people(fields: Fields) -> list[Person]:
    found = [one for value in fields.all("author") for one in _persons(value, "author")]
    found += [Person(literal=clean(plain(value))) for value in fields.all("collaboration")]
    for role in ("editor", "translator"):
        found += [one for value in fields.all(role) for one in _persons(value, role)]
    for entry in (entry for value in fields.all("orcid-numbers") for entry in value.split("\n")):
        name, _, orcid = plain(entry).strip().rpartition("/")
        attach_orcid(found, name, orcid)
    return found


def _persons(value: str, role: str) -> list[Person]:
    """Names joined by "and" outside of braces; a name in braces is a group and stays whole."""
    value = " ".join(value.split())
    names = _outside_braces(value, _AND)
    if len(names) == 1 and ";" in plain(value) and not value.startswith("{"):
        return people(plain(value), role)
    if len(names) == 1 and value.count(",") > 1 and "{" not in value:
        return people(value, role)
    return [one for name in names if (one := _person(name.strip(), role))]


def _person(name: str, role: str) -> Person | None:
    if name.casefold() in ("", "others"):
        return None
    if name.startswith("{") and _end_of(name, 0, len(name)) == len(name):
        literal = clean(plain(name))
        return Person(literal=literal, role=role) if literal and not is_placeholder(literal) else None
    parts = [clean(plain(part)) for part in _outside_braces(name, re.compile(r"\s*,\s*"))]
    if len(parts) == 3 and parts[2]:
        return Person(parts[0], f"{parts[2]}, {parts[1]}", "", role)
    protected = name.rpartition(" ")[2]
    if len(parts) == 1 and protected.startswith("{") and not protected.startswith("{\\"):
        given, _, family = name.rpartition(" ")
        return Person(clean(plain(family)), clean(plain(given)), "", role)
    return person(plain(name), role)


def _outside_braces(text: str, separator: re.Pattern[str]) -> list[str]:
    """The text cut at the separators that stand in no braces."""
    parts, start, depth, counted = [], 0, 0, 0
    for match in separator.finditer(text):
        depth += text.count("{", counted, match.start()) - text.count("}", counted, match.start())
        counted = match.start()
        if depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


READER = Reader(
    name="bibtex",
    label="BibTeX",
    extensions=(".bib", ".bibtex", ".txt"),
    detect=detect,
    parse=parse,
    marks=(_MARK,),
)
