"""XML exports record by record: each keeps its exact text, and none sees a document type, so no entity can be declared."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from screening.formats.source import Source

_OWN_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):|\s([A-Za-z_][\w.-]*):[\w.-]+=")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LARGEST_RECORD = 4_000_000


def records(source: Source, *names: str) -> Iterator[tuple[int, str, ElementTree.Element]]:
    """Line, exact text and element of every record; what cannot be read is rejected and reported with its line."""
    text = source.text()
    name = "|".join(names)
    opening = re.compile(rf"<({name})(?=[\s>])")
    line, counted, position = 1, 0, 0
    while match := opening.search(text, position):
        source.report.markers += 1
        line += text.count("\n", counted, match.start())
        counted = match.start()
        end = text.find(f"</{match[1]}>", match.end())
        following = opening.search(text, match.end())
        if end < 0 or (following and following.start() < end):
            position = following.start() if following else len(text)
            _reject(source, line, "the record is cut off", text[counted : counted + 200])
            continue
        position = end + len(match[1]) + 3
        raw = text[counted:position]
        element = _element(raw)
        if element is None:
            _reject(source, line, "the record is no well-formed XML", raw)
        else:
            yield line, raw, element


def _reject(source: Source, line: int, cause: str, excerpt: str) -> None:
    source.report.rejected += 1
    source.warn(line, cause, excerpt, "error")


def _element(raw: str) -> ElementTree.Element | None:
    if len(raw) > LARGEST_RECORD:
        return None
    raw = _NOT_XML.sub(" ", _ENTITY.sub(_character, raw))
    prefixes = {first or second for first, second in _PREFIX.findall(raw)} - {"xml", "xmlns"}
    declared = "".join(f' xmlns:{prefix}="urn:{prefix}"' for prefix in prefixes)
    try:
        return ElementTree.fromstring(f"<one{declared}>{raw}</one>")[0]  # noqa: S314 - a slice holds no document type
    except (ElementTree.ParseError, ValueError, IndexError):
        return None


def _character(match: re.Match[str]) -> str:
    """The character an entity of HTML stands for; one the file declares itself stays the text that it is."""
    if match[1] in _OWN_ENTITIES:
        return match[0]
    character = html.unescape(match[0])
    return html.escape(character) if character == match[0] else character


def text_of(element: ElementTree.Element | None) -> str:
    """All text within the element, whatever styles or formulas it is wrapped in."""
    return "" if element is None else "".join(element.itertext()).strip()


def leaves(element: ElementTree.Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text and attribute of the record with its path, in order: nothing is left out."""
    for name, value in element.attrib.items():
        yield f"{path}@{name}", value
    if element.text and element.text.strip():
        yield path or element.tag, element.text.strip()
    for child in element:
        yield from leaves(child, f"{path}/{child.tag}" if path else child.tag)
        if child.tail and child.tail.strip():
            yield path or element.tag, child.tail.strip()
