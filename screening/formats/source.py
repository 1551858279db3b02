"""The file in a reader's hands: its lines, and the report the reader writes into."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from screening.formats.base import ParseReport, Severity
from screening.formats.decoding import TextBlocks


@dataclass(slots=True)
class Source:
    """One file being read. Text comes in blocks, so that a large file is never a second time in memory."""

    data: bytes
    report: ParseReport
    mapping: Mapping[str, str] | None = None
    marks: Sequence[re.Pattern[str]] = ()
    ends_with_line_end: bool = False
    _counts: list[int] = field(default_factory=list)

    def blocks(self) -> Iterator[str]:
        """Text in blocks cut at line ends; counts the marks of records on the way."""
        self._counts = [0] * len(self.marks)
        blocks = TextBlocks(self.data, self.report.encoding)
        for block in blocks:
            for index, mark in enumerate(self.marks):
                self._counts[index] += sum(1 for found in mark.finditer(block) if _begins_line(block, found.start()))
            self.ends_with_line_end = block[-1] in "\r\n"
            yield block
        for problem in blocks.problems:
            self.warn(problem.line, problem.cause)
        if self.marks:
            self.report.markers = max(self._counts)

    def lines(self) -> Iterator[str]:
        """Lines with their ends. LF, CRLF and CR end a line; U+2028 and form feeds stand inside text."""
        for block in self.blocks():
            yield from io.StringIO(block, newline="")

    def text(self) -> str:
        """The whole text."""
        return "".join(self.blocks())

    def warn(self, line: int, cause: str, excerpt: str = "", severity: Severity = "warning") -> None:
        """Note a problem at a line."""
        self.report.add(line, cause, severity, excerpt)


def _begins_line(text: str, position: int) -> bool:
    """Whether nothing but blanks and invisible marks stands before a position in its line."""
    position -= 1
    while position >= 0 and text[position] in " \t\u00a0\ufeff\u200b":
        position -= 1
    return position < 0 or text[position] in "\r\n"
