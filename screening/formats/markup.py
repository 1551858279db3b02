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
_TOKEN = re.compile(
    r"<(?P<closing>/?)(?P<name>[A-Za-z_][\w.:-]*)(?:\s[^<>]*)?/?>|<!\[CDATA\[.*?\]\]>|<!--.*?-->|<|[^<]+", re.DOTALL
)
_CUT_TAG = re.compile(r"</?[A-Za-z_]?[^<>]*\Z")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")
LARGEST_RECORD = 4_000_000


def records(source: Source, *names: str) -> Iterator[tuple[int, str, ElementTree.Element, list[str]]]:
    """Line, exact text, element and repairs of every record; what cannot be mended is rejected and reported."""
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
        cut = end < 0 or bool(following and following.start() < end)
        position = end + len(match[1]) + 3
        if cut:
            position = following.start() if following else len(text)
        raw = text[counted:position]
        element, repairs = _mended(raw, cut)
        if element is None:
            _reject(source, line, "the record is no well-formed XML", raw)
        else:
            yield line, raw, element, repairs


def _reject(source: Source, line: int, cause: str, excerpt: str) -> None:
    source.report.rejected += 1
    source.warn(line, cause, excerpt, "error")


def _mended(raw: str, cut: bool) -> tuple[ElementTree.Element | None, list[str]]:
    """The record's element; where tags are missing, text within is kept and what was done is told."""
    element = None if cut else _element(raw)
    if element is not None:
        return element, []
    element = _element(_balanced(raw))
    return element, ["the record is cut off; what there is of it was kept" if cut else "broken markup was mended"]


def _balanced(raw: str) -> str:
    """The text with every tag closed in order, stray tags left out and stray signs escaped."""
    parts: list[str] = []
    open_names: list[str] = []
    for token in _TOKEN.finditer(_CUT_TAG.sub("", raw)):
        closing, name, text = token["closing"], token["name"], token[0]
        if not name:
            parts.append(_BARE_AMPERSAND.sub("&amp;", text) if text != "<" else "&lt;")
        elif not closing:
            parts.append(text)
            open_names += [] if text.endswith("/>") else [name]
        elif name in open_names:
            while (last := open_names.pop()) != name:
                parts.append(f"</{last}>")
            parts.append(text)
    return "".join((*parts, *(f"</{name}>" for name in reversed(open_names))))


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
