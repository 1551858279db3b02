"""References as files again, each of which our own readers take back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from screening.formats.base import ParsedReference
from screening.formats.writers.bibtex import to_bibtex
from screening.formats.writers.csl import to_csl_json
from screening.formats.writers.endnote_xml import to_endnote_xml
from screening.formats.writers.nbib import to_nbib
from screening.formats.writers.ris import to_ris
from screening.formats.writers.table import guarded, to_csv, to_xlsx

References = Iterable[ParsedReference]


@dataclass(frozen=True, slots=True)
class Writer:
    """One format to export in: `write` yields the file in pieces."""

    name: str
    label: str
    extension: str
    media_type: str
    write: Callable[[References], Iterator[bytes]]


def _encoded(write: Callable[[References], Iterator[str]]) -> Callable[[References], Iterator[bytes]]:
    return lambda references: (text.encode("utf-8", "replace") for text in write(references))


WRITERS: dict[str, Writer] = {
    writer.name: writer
    for writer in (
        Writer("ris", "RIS", ".ris", "application/x-research-info-systems", _encoded(to_ris)),
        Writer("bibtex", "BibTeX", ".bib", "application/x-bibtex", _encoded(to_bibtex)),
        Writer("csl-json", "CSL-JSON", ".json", "application/vnd.citationstyles.csl+json", _encoded(to_csl_json)),
        Writer("nbib", "PubMed / MEDLINE (.nbib)", ".nbib", "application/nbib", _encoded(to_nbib)),
        Writer("endnote-xml", "EndNote XML", ".xml", "application/xml", _encoded(to_endnote_xml)),
        Writer("csv", "CSV", ".csv", "text/csv; charset=utf-8", _encoded(to_csv)),
        Writer(
            "xlsx",
            "Excel (.xlsx)",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            to_xlsx,
        ),
    )
}

__all__ = [
    "WRITERS",
    "Writer",
    "guarded",
    "to_bibtex",
    "to_csl_json",
    "to_csv",
    "to_endnote_xml",
    "to_nbib",
    "to_ris",
    "to_xlsx",
]
