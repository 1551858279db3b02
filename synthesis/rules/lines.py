"""The lines of a findings text: what "line by line" is counted in. They depend on the text alone, not on a window's width."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

WIDTH = 96
"""Code points in a line at most, so that a line is about what a printed page has in two columns."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """One numbered line, [start, end) in code points of the text."""

    number: int
    start: int
    end: int


def lines_of(text: str, width: int = WIDTH) -> list[Line]:
    """Lines of a text: paragraphs as they stand, wrapped between words. Blank lines have no number.

    A word longer than the width is a line of its own; white space at the ends belongs to no line.
    """
    spans = (span for start, end in _paragraphs(text) for span in _wrapped(text, start, end, width))
    return [Line(number, start, end) for number, (start, end) in enumerate(spans, start=1)]


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for piece in text.split("\n"):
        yield start, start + len(piece)
        start += len(piece) + 1


def _wrapped(text: str, start: int, end: int, width: int) -> Iterator[Span]:
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        if start >= end:
            return
        stop = _break(text, start, end, width)
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        yield start, last
        start = stop


def _break(text: str, start: int, end: int, width: int) -> int:
    """Where the line that begins at `start` ends: before the last word that does not fit any more."""
    if end - start <= width:
        return end
    at = start + width
    while at > start and not text[at].isspace():
        at -= 1
    if at > start:
        return at
    at = start + width
    while at < end and not text[at].isspace():
        at += 1
    return at


def union(spans: Iterable[Span]) -> list[Span]:
    """The stretches covered by any of the spans, in order, without overlaps."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def touched(lines: Sequence[Line], spans: Iterable[Span]) -> list[bool]:
    """For each line whether any span shares at least one character with it: coded or set aside."""
    covered = union(spans)
    answer, at = [], 0
    for line in lines:
        while at < len(covered) and covered[at][1] <= line.start:
            at += 1
        answer.append(at < len(covered) and covered[at][0] < line.end)
    return answer
