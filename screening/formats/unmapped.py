"""Which fields of an entry no reader took over, told from the values themselves, so that it holds for every format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from screening.formats.base import ParsedReference

ENOUGH = 0.6  # share of a value's words that must stand in the reference
LOOKED_INTO = 500  # entries of a file; further ones of the same export have the same fields
_WORD = re.compile(r"\w+")
_MARKS = frozenset(("TY", "ER", "EF", "PT", "FN", "VR"))  # where records begin and end, or the file names itself


def texts_of(value: Any) -> Iterator[str]:
    """All texts inside lists, objects and numbers."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner)
    elif value not in (None, ""):
        yield str(value)


def unused_fields(raw_fields: Iterable[Sequence[str]], derived: Iterable[str]) -> list[bool]:
    """For each field in its order, whether its value stands nowhere in the derived texts."""
    words = {word for text in derived for word in _WORD.findall(text.casefold())}
    joined = "".join(sorted(words, key=len))
    return [tag not in _MARKS and not _stands_in(value, words, joined) for tag, value in raw_fields]


def _stands_in(value: str, words: set[str], joined: str) -> bool:
    found = _WORD.findall(value.casefold())
    if not found:
        return True
    known = sum(word in words or (len(word) > 5 and word in joined) for word in found)
    return known >= ENOUGH * len(found)


class UnmappedFields:
    """Counts, while a file is read, the fields that never reach the reference."""

    def __init__(self) -> None:
        self._entries = 0
        self._seen: Counter[str] = Counter()
        self._unused: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, entry: ParsedReference) -> None:
        if self._entries >= LOOKED_INTO:
            return
        self._entries += 1
        values = msgspec.to_builtins(entry)
        raw_fields = values.pop("raw_fields")
        for name in ("raw", "position", "line"):
            values.pop(name)
        for (tag, value), unused in zip(raw_fields, unused_fields(raw_fields, texts_of(values)), strict=True):
            if value.strip():
                self._seen[tag] += 1
            if unused:
                self._unused[tag] += 1
                self._examples.setdefault(tag, value.strip()[:120])

    def found(self) -> list[tuple[str, int, str]]:
        """(field, entries or values it came with, an example) for fields of which most values went nowhere, commonest first."""
        mostly = [tag for tag, n in self._unused.items() if n > 0.8 * self._seen[tag]]
        return sorted(
            ((tag, self._unused[tag], self._examples[tag]) for tag in mostly), key=lambda row: (-row[1], row[0])
        )
