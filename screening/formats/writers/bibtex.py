"""BibTeX, with every sign LaTeX would act on written out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from screening.formats.base import ParsedReference, Person
from screening.formats.writers.common import (
    date_of_publication,
    in_role,
    missing_trials,
    orcids,
    paragraphs,
    type_words,
)

BIBTEX_TYPES = {
    "journal-article": "article",
    "conference": "inproceedings",
    "book": "book",
    "chapter": "incollection",
    "thesis": "phdthesis",
    "report": "techreport",
    "preprint": "misc",
    "registration": "misc",
    "other": "misc",
}
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "%": r"\%", "&": r"\&", "$": r"\$",
    "#": r"\#", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", '"': r"\textquotedbl{}",
}  # fmt: skip
_SIGNS = re.compile("|".join(map(re.escape, _SPECIAL)))
# Pairs that LaTeX sets as one sign.
_LIGATURE = re.compile(r"(?<=-)-|(?<=`)`|(?<=')'|(?<=[!?])`|(?<=<)<|(?<=>)>")
_URL_SIGNS = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"}
_NOT_KEY = re.compile(r"[^A-Za-z0-9]+")


def to_bibtex(references: Iterable[ParsedReference]) -> Iterator[str]:
    """BibTeX in UTF-8, one string for each reference."""
    for number, reference in enumerate(references, 1):
        fields = [f"  {name} = {{{value}}}" for name, value in _fields(reference) if value]
        kind = BIBTEX_TYPES[reference.type]
        yield ",\n".join((f"@{kind}{{{_key(reference, number)}", *fields)) + "\n}\n\n"


def _key(reference: ParsedReference, number: int) -> str:
    first = next((person.family or person.literal for person in reference.people), "")
    ascii_name = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode()
    return f"{_NOT_KEY.sub('', ascii_name)[:30] or 'reference'}{reference.year or ''}_{number}"


def _fields(reference: ParsedReference) -> Iterator[tuple[str, str]]:
    for role in ("author", "editor", "translator"):
        yield role, " and ".join(map(_name, in_role(reference, role)))
    yield "orcid-numbers", "\n".join(_escaped(f"{name}/{orcid}") for name, orcid in orcids(reference))
    yield "title", f"{{{_escaped(reference.title)}}}" if reference.title else ""
    yield "origtitle", _escaped(reference.title_original)
    in_book = reference.type in ("conference", "chapter")
    yield "booktitle" if in_book and reference.title else "journal", _escaped(reference.journal)
    yield "shortjournal", _escaped(reference.journal_abbr)
    yield "year", str(reference.year or "")
    date = date_of_publication(reference)
    yield "date", _escaped(date if date != str(reference.year or "") else "")
    yield "volume", _escaped(reference.volume)
    yield "number", _escaped(reference.issue)
    yield "pages", _escaped(reference.pages)
    yield "eid", _escaped(reference.article_no)
    yield "doi", _verbatim(reference.doi)
    yield "pmid", reference.pmid
    yield "pmcid", reference.pmcid
    yield "issn", ", ".join(reference.issns)
    yield "isbn", ", ".join(reference.isbns)
    yield "url", _verbatim(next(iter(reference.urls), ""))
    yield "urls", "\n".join(map(_verbatim, reference.urls[1:]))
    yield "accession", _escaped(reference.accession)
    yield "database", _escaped(reference.database)
    # A final semicolon tells one keyword with commas in it from several.
    yield "keywords", _escaped("; ".join(reference.keywords) + (";" if len(reference.keywords) == 1 else ""))
    yield "language", _escaped(reference.language)
    yield {"thesis": "school", "report": "institution"}.get(reference.type, "publisher"), _escaped(reference.publisher)
    yield "address", _escaped(reference.place)
    yield "type", type_words(reference)
    yield "note", _escaped_lines("\n".join([*reference.notes, *missing_trials(reference)]))
    yield "abstract", _escaped_lines(reference.abstract)


def _escaped(text: str) -> str:
    return _LIGATURE.sub(r"{}\g<0>", _SIGNS.sub(lambda sign: _SPECIAL[sign[0]], " ".join(text.split())))


def _escaped_lines(text: str) -> str:
    """A blank line begins a paragraph."""
    return "\n\n".join(map(_escaped, paragraphs(text)))


def _verbatim(link: str) -> str:
    return "".join(_URL_SIGNS.get(character, character) for character in link.strip())


def _name(person: Person) -> str:
    """`Family, Given`; braces keep a group, and a part with a comma or "and" in it, whole."""
    if person.literal:
        return f"{{{_escaped(person.literal)}}}"
    return f"{_whole(person.family)}, {_whole(person.given)}".rstrip(" ")


def _whole(part: str) -> str:
    escaped = _escaped(part)
    return f"{{{escaped}}}" if "," in part or " and " in f" {part.casefold()} " else escaped
