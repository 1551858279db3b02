"""What tagged formats share: a block of lines, and its fields by tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from screening.formats.base import ParsedReference
from screening.formats.source import Source


@dataclass(slots=True)
class Block:
    """The lines of one record and the fields in them; `repairs` says what was missing and is put right."""

    line: int
    lines: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    opened: bool = False

    def add(self, tag: str, value: str) -> None:
        """A new field begins."""
        self.tags.append(tag)
        self.values.append(value)

    def extend(self, text: str) -> None:
        """A line that carries the last field on; leading blank lines of a field are not kept."""
        self.values[-1] = f"{self.values[-1]}\n{text}" if self.values[-1] else text

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Tag and value in file order, trailing blank lines left out."""
        return [(tag, value.rstrip()) for tag, value in zip(self.tags, self.values, strict=True)]


class Fields(dict[str, list[str]]):
    """Values by tag, empty ones left out."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        for tag, value in pairs:
            if not value:
                continue
            if tag in self:
                self[tag].append(value)
            else:
                self[tag] = [value]

    def first(self, *tags: str) -> str:
        """The first value under the first of these tags that has one."""
        for tag in tags:
            values = self.get(tag)
            if values:
                return values[0]
        return ""

    def all(self, *tags: str) -> list[str]:
        """All values under these tags, tag by tag."""
        found: list[str] = []
        for tag in tags:
            if tag in self:
                found += self[tag]
        return found


def count_and_yield(
    source: Source, references: Iterable[tuple[ParsedReference, list[str]]]
) -> Iterator[ParsedReference]:
    """Hand references on; each counts as read, repaired (its repairs are reported) or empty."""
    report = source.report
    for reference, repairs in references:
        if not has_content(reference):
            report.empty += 1
            report.add(reference.line, "a record without any content was left out", "warning", reference.raw)
            continue
        for repair in repairs:
            report.add(reference.line, repair, "warning", reference.title or reference.raw)
        if repairs:
            report.repaired += 1
        else:
            report.read += 1
        reference.position = report.read + report.repaired
        yield reference


def has_content(reference: ParsedReference) -> bool:
    """Whether any field beyond the type says something."""
    return any(value and tag not in _FRAME for tag, value in reference.raw_fields)


# What every record has, and says nothing: types, keys, numbers within the file.
_FRAME = frozenset(("", "TY", "RT", "%0", "#", "@type", "@key"))
