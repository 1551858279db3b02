"""RIS in the dialects databases and reference managers really write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from screening.formats.base import Head, ParsedReference, Person, Reader
from screening.formats.people import attach_orcid, people
from screening.formats.source import Source
from screening.formats.tagged import Block, Fields, count_and_yield
from screening.formats.values import (
    abstract_of,
    affiliations_in,
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
    year_in,
)

_LEAD = r"[ \t\u00a0\ufeff\u200b]"
# Two blanks before the dash are RIS; six blanks in front would be a continuation line that only looks like a tag.
_STRICT = re.compile(rf"{_LEAD}{{0,4}}([A-Z][A-Z0-9])[ \u00a0]{{2}}-(?=\s|\Z)")
_LOOSE = re.compile(rf"{_LEAD}{{0,8}}([A-Z][A-Z0-9])[ \t\u00a0]{{0,4}}[-–][ \t\u00a0]*")
_LOOSE_TYPE = re.compile(rf"{_LEAD}{{0,4}}(TY)[ \t\u00a0]{{0,4}}[-–][ \t\u00a0]*(?=[A-Za-z]{{2,12}}\s*\Z)")
_LOOSE_END = re.compile(rf"{_LEAD}{{0,4}}(ER)[ \t\u00a0]{{0,4}}[-–]\s*\Z")
# The independent count: the marks alone, whatever the lines around them are.
_MARK_TYPE = r"TY[ \t\u00a0]{0,4}[-–][ \t\u00a0]*[A-Za-z]"
_MARK_END = r"ER(?:[ \t\u00a0]{2}-|[ \t\u00a0]{0,4}[-–][ \t\u00a0]*(?=[\r\n]|\Z))"
_ANY_MARK = re.compile(rf"(?:\A|[\r\n]){_LEAD}*(?:{_MARK_TYPE}|{_MARK_END})")
_GLUED = re.compile(r"[ \t]{3,}([A-Z][A-Z0-9])  - ")
_GLUED_TAGS = frozenset(("UR", "LK", "L1", "L2", "L3", "L4"))
_PREAMBLE = re.compile(r"\s*(?:\d+\.|<\d+>|Record #\d+ of \d+|Provider:.*|Content:\s*text/.*|Database:.*)\s*$")
_IDENTIFYING = frozenset(("TI", "T1", "CT", "BT", "AU", "A1"))
_COPYRIGHT = re.compile(r"^\s*(?:copyright of\b|copyright\s*(?:©|\(c\))|©|\(c\)\s*\d{4})", re.IGNORECASE)

_TYPES = {
    **dict.fromkeys(("JOUR", "JFULL", "MGZN", "NEWS", "EJOUR", "INPR", "ABST"), "journal-article"),
    **dict.fromkeys(("CONF", "CPAPER"), "conference"),
    **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK", "CLSWK"), "book"),
    **dict.fromkeys(("CHAP", "ECHAP"), "chapter"),
    **dict.fromkeys(("THES",), "thesis"),
    **dict.fromkeys(("RPRT", "GOVDOC", "STAND"), "report"),
}  # fmt: skip
_ROLES = {"A2": "editor", "ED": "editor", "A3": "editor", "A4": "translator"}


def detect(head: Head) -> float:
    """Sure when type or end marks stand at line starts; fairly sure when many lines are RIS fields."""
    if _ANY_MARK.search(head.text):
        return 0.95
    lines = [line for line in head.text[:20000].splitlines() if line.strip()]
    fields = sum(1 for line in lines if _STRICT.match(line))
    return 0.8 if fields >= 2 and fields > 0.3 * len(lines) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """References of the file, one for each record, damaged ones mended and reported."""
    return count_and_yield(source, ((_reference(block), block.repairs) for block in _Splitter(source)))


class _Splitter:
    """Cuts a file into records: TY begins one, ER ends it, and either may be missing."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.current: Block | None = None
        self.last: Block | None = None
        self.done: list[Block] = []
        self.blank = True
        self.linked = False

    def __iter__(self) -> Iterator[Block]:
        loose = _is_loose(self.source.data, self.source.report.encoding)
        for number, line in enumerate(self.source.lines(), 1):
            match = _STRICT.match(line) or _loose_match(line, loose)
            if match is None:
                self._text(line, number)
                continue
            tag = match[1]
            if tag == "TY":
                self._close_all()
                self.current = Block(number, [line], ["TY"], [line[match.end() :].strip()], opened=True)
            elif tag == "ER":
                self._end(line, number)
            else:
                self._field(tag, line[match.end() :].strip(), line, number)
            self.blank = False
            if self.done:
                yield from self.done
                self.done = []
        self._close_all()
        yield from self.done

    def _text(self, line: str, number: int) -> None:
        """A line without a tag: it carries the field above on, is blank, or stands outside of any record."""
        text = line.strip()
        current = self.current
        outside = current is None or (self.blank and (not current.opened or _PREAMBLE.match(line)))
        if text and current is not None and not outside:
            current.extend(text)
            current.lines.append(line)
        elif text:
            linked, self.linked = self.linked, text.startswith("Link to the ")
            expected = _PREAMBLE.match(line) or self.linked or (linked and "://" in text)
            if not expected or not line.endswith(
                ("\n", "\r")
            ):  # Ovid's lines after a record end too, unless the file was cut
                self.source.warn(number, "text outside of any record was left out", text)
        elif current is not None:
            current.lines.append(line)
            if current.values[-1]:
                current.values[-1] += "\n"
        self.blank = not text or (self.blank and bool(outside))

    def _end(self, line: str, number: int) -> None:
        current = self.current
        if current and self._belongs_above(current):
            self._close_all()
            current = None
        if current is None:
            self.source.report.empty += 1
            self.source.warn(number, "an end mark (ER) without a record before it", line)
            return
        if self.last:
            self.done.append(self.last)
        current.lines.append(line)
        if not current.opened:
            current.repairs.append("the type mark (TY) is missing")
        self.last, self.current = current, None

    def _belongs_above(self, current: Block) -> bool:
        """Fields after an end mark belong to the record above (Ovid's NL), unless they name a new one."""
        loose_end = self.last is not None and self.last.opened and not current.opened
        return loose_end and not _IDENTIFYING.intersection(current.tags)

    def _field(self, tag: str, value: str, line: str, number: int) -> None:
        current = self.current
        if current and self.blank and not current.opened and tag == current.tags[0] and tag not in ("KW", "N1"):
            self._close_all()
            current = None
        if current is None:
            current = self.current = Block(number)
        current.lines.append(line)
        if "  - " in value and tag in _GLUED_TAGS:
            value, *rest = _GLUED.split(value)
            current.add(tag, value)
            for glued_tag, glued_value in zip(rest[::2], rest[1::2], strict=True):
                current.add(glued_tag, glued_value)
            return
        current.tags.append(tag)
        current.values.append(value)

    def _close_all(self) -> None:
        """Hand on what is open."""
        current, last = self.current, self.last
        if current and last and self._belongs_above(current):
            last.lines += current.lines
            last.tags += current.tags
            last.values += current.values
            current = None
        if last:
            self.done.append(last)
        if current:
            if not current.opened:
                current.repairs.append("the type mark (TY) is missing")
            current.repairs.append("the end mark (ER) is missing")
            self.done.append(current)
        self.current = self.last = None


def _loose_match(line: str, loose: bool) -> re.Match[str] | None:
    if loose:
        return _LOOSE.match(line)
    if "-" not in line[:16] and "–" not in line[:16]:
        return None
    return _LOOSE_TYPE.match(line) or _LOOSE_END.match(line)


def _is_loose(data: bytes, encoding: str) -> bool:
    """Whether this file writes its tags with other blanks than RIS asks for (`TY - JOUR`)."""
    head = data[: 1 << 15].decode(encoding, "replace")
    lines = re.split(r"[\r\n]+", head)
    strict = sum(1 for line in lines if _STRICT.match(line))
    loose = sum(1 for line in lines if _LOOSE.match(line))
    return loose - strict > 2 * strict


def _reference(block: Block) -> ParsedReference:
    """The block's fields in the words of the normalised record."""
    pairs = block.fields
    fields = Fields(pairs)
    raw = "".join(block.lines)
    type_raw = " · ".join(clean(value) for value in fields.all("TY", "M3", "PT"))
    reference = ParsedReference(0, block.line, raw, pairs, type_raw=type_raw)
    reference.title = title_of(fields.first("TI", "T1", "CT", "BT", "ST"))
    reference.title_original = title_of(fields.first("TT", "OT"))
    # Y1 is the older tag of the two and gives way where files carry both.
    reference.year, reference.date_text = date_of(fields.all("PY", "DA", "Y1") or fields.all("DP"))
    reference.volume = _noted(fields, "Volume ID: ") or number_of(fields.first("VL", "VO"))
    reference.issue = number_of(fields.first("IS")) or _noted(fields, "Issue ID: ") or _issue_elsewhere(fields)
    reference.pages = pages_of(fields.first("SP"), fields.first("EP"))
    reference.article_no = _article_number(fields)
    reference.issns, reference.isbns = serials_in(fields.all("SN", "BN"))
    reference.trial_ids = trial_ids_in(raw)
    reference.urls = links_in(fields.all("UR", "LK", "L1", "L2", "L4"))
    reference.keywords = keywords_in(fields.all("KW", "DE"))
    reference.language = clean(fields.first("LA"))
    reference.place = clean(fields.first("CY"))
    reference.publisher = clean(fields.first("PB"))
    reference.affiliations = affiliations_in(fields.all("AD"))
    reference.people = _people(pairs, fields)
    _set_journal(reference, fields)
    _set_abstract_and_notes(reference, fields)
    _set_identifiers(reference, fields)
    kind = _TYPES.get(fields.first("TY").upper()) or type_in(fields.first("TY"))
    if kind in ("", "journal-article"):
        kind = _narrowed(fields) or kind
    reference.type = type_of(kind, f"{reference.journal} {reference.database}", reference.urls)
    reference.status = status_of(reference.title, type_raw, reference.type)
    return reference


def _noted(fields: Fields, name: str) -> str:
    """ProCite tells in notes what it has no tag for, and puts the edition where the volume belongs."""
    return next((clean(value[len(name) :]) for value in fields.all("N1") if value.startswith(name)), "")


def _issue_elsewhere(fields: Fields) -> str:
    """M1 is the issue of electronic and unpublished texts; others use it for addresses, references or the medium."""
    value = clean(fields.first("M1"))
    kind = _TYPES.get(fields.first("TY").upper(), "journal-article")
    return value if kind == "journal-article" and len(value) <= 12 and " " not in value else ""


def _narrowed(fields: Fields) -> str:
    """Conference abstracts, preprints and registrations, which many databases call JOUR and tell only in M3 or PT."""
    named = type_in(" ".join(fields.all("M3", "PT")))
    return named if named in ("conference", "preprint", "registration") else ""


def _article_number(fields: Fields) -> str:
    value = clean(fields.first("C7", "AR"))
    return value if len(value) <= 40 and " " not in value else ""


def _set_journal(reference: ParsedReference, fields: Fields) -> None:
    full = fields.first("JF", "T2") if fields.first("TY") not in ("BOOK", "EBOOK") else fields.first("JF")
    if fields.first("TI", "T1", "CT"):
        full = full or fields.first("BT")
    if fields.first("TY") in ("CONF", "CPAPER"):
        full = full or fields.first("C3")
    short = fields.first("JO", "JA", "J2", "J1")
    journal = clean(full) or clean(short)
    abbreviations = (clean(value) for value in fields.all("JA", "J2", "J1", "JO"))
    reference.journal = journal
    reference.journal_abbr = next((value for value in abbreviations if value != journal), "")


def _set_abstract_and_notes(reference: ParsedReference, fields: Fields) -> None:
    abstracts: list[str] = []
    notes: list[str] = []
    for value in distinct(fields.all("AB")):
        (notes if _COPYRIGHT.match(value) else abstracts).append(value)
    second = [value for value in distinct(fields.all("N2")) if value not in abstracts]
    if not any(abstract_of(value) for value in abstracts):
        abstracts = [value for value in second if not _COPYRIGHT.match(value)]
        second = [value for value in second if _COPYRIGHT.match(value)]
    reference.abstract = "\n".join(filter(None, map(abstract_of, abstracts)))
    notes += second + fields.all("N1", "RN")
    reference.notes = [note for value in notes if (note := clean_lines(value)) and not is_placeholder(note)]


def _set_identifiers(reference: ParsedReference, fields: Fields) -> None:
    # DP is the provider of the database; Ovid puts the date there.
    named = [*fields.all("DB"), *(value for value in fields.all("DP") if year_in(value) is None)]
    databases = [clean(part) for value in named for part in value.split("\n")]
    reference.database = "; ".join(distinct(filter(None, databases)))
    reference.doi = _doi(fields)
    reference.pmid = _pmid(fields, databases)
    texts = fields.all("C2", "C1", "C3", "C6", "U1", "U2", "ID", "AN", "N1", "UR", "L1", "L2")
    reference.pmcid = next(filter(None, map(pmcid_in, texts)), "")
    reference.accession = _accession(fields, reference.urls)
    reference.database = reference.database or database_of(reference.accession, reference.urls)


def _doi(fields: Fields) -> str:
    for value in fields.all("DO", "DI", "L3", "M3", "L1", "L2", "UR", "LK", "L4"):
        doi = doi_in(value)
        if doi:
            return doi
    return next(filter(None, map(marked_doi_in, fields.all("N1", "AN", "ID", "U1", "U2", "M1"))), "")


def _pmid(fields: Fields, databases: list[str]) -> str:
    named = next(filter(None, map(pmid_in, fields.all("PM", "AN", "C3", "U1", "C2", "C1", "N1", "UR", "L2", "L1"))), "")
    if named:
        return named
    joined = " ".join(databases).casefold()
    # The same tag holds other numbers elsewhere, so the database decides (C5 is Embase's, C2 Scopus').
    if "embase" in joined:
        return bare_pmid(fields.first("C5"))
    if "scopus" in joined:
        return bare_pmid(fields.first("C2"))
    if "medline" in joined or "pubmed" in joined or "NLM" in fields.all("DP"):
        return bare_pmid(fields.first("AN")) or bare_pmid(fields.first("ID"))
    return bare_pmid(fields.first("PM"))


_EID = re.compile(r"\beid=(2-s2\.0-\d+)")
# "CN-01100002 UPDATE", "CN-01100002 NEW"
_CENTRAL = re.compile(r"CN-\d+\b")
_NOTED_ACCESSION = re.compile(r"\bAccession (?:Number|No\.?)\s*:\s*([\w:.-]+)", re.IGNORECASE)


def _accession(fields: Fields, urls: list[str]) -> str:
    own = [clean(value) for value in fields.all("AN", "ID", "U2") if not value.startswith("rayyan-")]
    for url in urls:
        match = _EID.search(url)
        if match and not fields.first("AN"):
            return match[1]
    for note in fields.all("N1"):
        match = _NOTED_ACCESSION.search(note)
        if match and not own:
            return match[1]
    trial = _CENTRAL.match(own[0]) if own else None
    return trial[0] if trial else own[0] if own and len(own[0]) <= 100 else ""


def _people(pairs: list[tuple[str, str]], fields: Fields) -> list[Person]:
    found: list[Person] = []
    both = "AU" in fields and "A1" in fields
    for tag, value in pairs:
        if tag in ("AU", "A1"):
            if both and tag == "A1" and "," not in value:
                # Web of Science names a corporate author in A1 beside persons in AU.
                group = clean(value)
                found += [Person(literal=group)] if group and not is_placeholder(group) else []
            else:
                found += people(value)
        elif tag in _ROLES:
            found += people(value, _ROLES[tag])
    for value in fields.all("AI"):
        attach_orcid(found, value.partition(";")[0], value)
    return found


READER = Reader(
    name="ris",
    label="RIS",
    extensions=(".ris", ".txt"),
    detect=detect,
    parse=parse,
    marks=(_MARK_TYPE, _MARK_END),
)
