"""Web of Science's tagged text (.ciw, .txt), also as BIOSIS and Zoological Record write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.people import attach_orcid, person
from screening.formats.source import Source
from screening.formats.tagged import Block, Fields, count_and_yield
from screening.formats.values import (
    abstract_of,
    affiliations_in,
    bare_pmid,
    clean,
    database_of,
    date_of,
    doi_in,
    is_placeholder,
    keywords_in,
    links_in,
    number_of,
    pages_of,
    pmid_in,
    serials_in,
    status_of,
    title_of,
    trial_ids_in,
    type_in,
    type_of,
)

# A tag of two characters at the line's beginning; continuation lines are indented by three.
_FIELD = re.compile(r"[\ufeff\u200b]*([A-Z][A-Z0-9])(?: (.*)|\s*\Z)", re.DOTALL)
# A letter, or a word as Inspec writes it.
_KIND = r"(?:[A-Z]|[A-Z][A-Za-z]+(?: [A-Za-z]+)?)"
_MARK_TYPE = rf"PT {_KIND}[ \t]*(?=[\r\n]|\Z)"
_MARK_END = r"ER[ \t]*(?=[\r\n]|\Z)"
_BEGINS = re.compile(rf"(?:\A|[\r\n])\ufeff?PT {_KIND}[ \t]*[\r\n]")
_TYPES = {"J": "journal-article", "B": "book", "S": "chapter", "C": "conference", "P": "other"}
_EMAIL = re.compile(r"\s*\[?\S+@\S+\]?")


def detect(head: Head) -> float:
    """Sure with a file mark (FN) or a type mark (PT J) at a line's beginning."""
    if head.text.lstrip().startswith("FN ") and "\nVR " in head.text.replace("\r", "\n"):
        return 0.96
    return 0.92 if _BEGINS.search(head.text) and re.search(r"[\r\n](?:AU|TI|SO|UT) ", head.text) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """References of the file; file marks (FN, VR, EF) may stand anywhere, after files were put together."""
    return count_and_yield(source, ((_reference(block), block.repairs) for block in _blocks(source)))


def _blocks(source: Source) -> Iterator[Block]:
    block: Block | None = None
    for number, line in enumerate(source.lines(), 1):
        match = _FIELD.match(line)
        tag = match[1] if match else ""
        if tag in ("FN", "VR", "EF") and block is None:
            continue
        if tag == "PT" and block is not None:
            block.repairs.append("the end mark (ER) is missing")
            yield block
            block = None
        if tag == "ER" and match and not (match[2] or "").strip():
            if block is not None:
                block.lines.append(line)
                yield block
            block = None
            continue
        block = _with_line(source, block, match, line, number)
    if block is not None:
        block.repairs.append("the end mark (ER) is missing")
        yield block


def _with_line(
    source: Source, block: Block | None, match: re.Match[str] | None, line: str, number: int
) -> Block | None:
    """The block with one more line in it; a tag opens one."""
    text = line.strip()
    if block is None:
        if match is None:
            if text:
                source.warn(number, "text outside of any record was left out", text)
            return None
        block = Block(number)
        if match[1] != "PT":
            block.repairs.append("the type mark (PT) is missing")
    block.lines.append(line)
    if match:
        block.add(match[1], (match[2] or "").strip())
    elif text:
        block.extend(text)
    return block


def _reference(block: Block) -> ParsedReference:
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)

    def flow(*tags: str) -> str:
        return clean(fields.first(*tags).replace("\n", " "))

    type_raw = " · ".join(filter(None, (flow("PT"), flow("DT"))))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=type_raw)
    reference.title = title_of(flow("TI"))
    reference.title_original = title_of(flow("FT"))
    reference.abstract = abstract_of(fields.first("AB").replace("\n   ", "\n"))
    reference.year, reference.date_text = date_of(fields.all("PY", "PD", "EA"))
    reference.journal = flow("SO")
    reference.journal_abbr = flow("JI", "J9")
    reference.volume, reference.issue = number_of(flow("VL")), number_of(flow("IS"))
    reference.pages = pages_of(fields.first("BP", "PS"), fields.first("EP"))
    reference.article_no = flow("AR")
    reference.doi = doi_in(fields.first("DI")) or doi_in(fields.first("D2"))
    reference.pmid = bare_pmid(fields.first("PM")) or pmid_in(fields.first("UT"))
    reference.issns, reference.isbns = serials_in(fields.all("SN", "EI", "BN"))
    reference.accession = flow("UT")
    reference.database = database_of(reference.accession, ()) or ("Web of Science" if reference.accession else "")
    reference.trial_ids = trial_ids_in("\n".join(value for tag, value in pairs if tag != "CR"))
    reference.urls = links_in(fields.all("UR"))
    reference.keywords = keywords_in(value.replace("\n", " ") for value in fields.all("DE", "ID"))
    reference.language, reference.place, reference.publisher = flow("LA"), flow("PI"), flow("PU")
    reference.affiliations = affiliations_in(fields.all("C1"))
    reference.people = _people(fields)
    reference.type = type_of(_type(flow("PT"), flow("DT")), reference.journal)
    reference.status = status_of(reference.title, type_raw, reference.type)
    return reference


def _type(mark: str, words: str) -> str:
    """The type mark, narrowed by the words of DT: "Article; Proceedings Paper" in a journal (J) is an article all the same."""
    own = _TYPES.get(mark) or type_in(mark) or ("other" if len(mark) < 2 else "journal-article")
    named = type_in(words.partition(";")[0]) if own == "journal-article" else type_in(words)
    return named if named not in ("", "report") else own


def _people(fields: Fields) -> list[Person]:
    """AF tells the full names of AU; editors are in BE."""
    found: list[Person] = []
    for value in fields.all("AF") or fields.all("AU", "BA"):
        found += _persons(value, "author")
    # CA are groups that wrote the text itself; GP are those behind the book it stands in.
    for tag, role in (("CA", "author"), ("GP", "editor")):
        names = (name for value in fields.all(tag) for name in re.split(r"[;\n]", value))
        found += [Person(literal=clean(name), role=role) for name in names if name.strip() and not is_placeholder(name)]
    for value in fields.all("BE", "ED"):
        found += _persons(value, "editor")
    for entry in (entry for value in fields.all("OI") for entry in value.replace("\n", " ").split(";")):
        name, _, orcid = entry.strip().rpartition("/")
        attach_orcid(found, name, orcid)
    return found


def _persons(value: str, role: str) -> list[Person]:
    names = (_EMAIL.sub("", name) for line in value.split("\n") for name in line.split(";"))
    return [one for name in names if name.strip() and (one := person(name, role))]


READER = Reader(
    name="wos",
    label="Web of Science (tagged)",
    extensions=(".ciw", ".txt", ".isi"),
    detect=detect,
    parse=parse,
    marks=(_MARK_TYPE, _MARK_END),
)
