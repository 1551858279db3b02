"""The sentences of a text: the unit by which agreement on codes is counted."""

import re

from synthesis.rules.lines import Span

# A full stop, question or exclamation mark of any script, with closing quotes and brackets behind it, before white space;
# or the end of a paragraph. Abbreviations within a sentence are followed by a small letter or a number far more often than not.
_END = re.compile(r"[.!?…。！？؟۔।]+[\"'”’»)\]]*(?=\s+(?![a-zà-öø-ÿ0-9]))|\n+")


def sentences_of(text: str) -> list[Span]:
    """[start, end) of each sentence, without the white space around it."""
    spans, start = [], 0
    for match in _END.finditer(text):
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [trimmed for span in spans if (trimmed := _trim(text, span))[0] < trimmed[1]]


def _trim(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
