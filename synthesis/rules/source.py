"""From what a report gives to a findings text: pages joined, lines reflowed, passages and participants' words found."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from synthesis.rules.lines import Span

SOFT_HYPHEN = "\u00ad"
PAGE_MARK = re.compile(r"^[ \t]*\[(?:page|p\.?)[ \t]+(\d{1,5})\][ \t]*$\n?", re.IGNORECASE | re.MULTILINE)
_SENTENCE_END = re.compile(r"[.!?:…。！？؟۔।]['\"”’»)\]]*$")
_HEADING = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?[^\W\d_]")
_RESULTS = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2})*\.?\s*)?(results?|findings)( and (discussion|analysis))?\s*:?\s*$", re.IGNORECASE
)
_AFTER = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2})*\.?\s*)?(discussions?|conclusions?|strengths and limitations|limitations|acknowledge?ments?|"
    r"references)\b.{0,40}$",
    re.IGNORECASE,
)
LONGEST_HEADING = 90
SHORTEST_QUOTATION = 4  # words: shorter ones are mostly terms in quotation marks


def page_mark(number: int) -> str:
    """The line that tells in an edited text where a page begins; `without_marks` takes it out again."""
    return f"[page {number}]\n"


def without_marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its lines "[page 5]", and where each page begins: (offset, page number).

    A paragraph that goes on over a page's end is joined again.
    """
    pieces: list[str] = []
    pages: list[tuple[int, int]] = []
    length = at = 0
    for match in PAGE_MARK.finditer(text):
        piece = text[at : match.start()]
        pieces.append(piece)
        length += len(piece)
        rest = text[match.end() :]
        if piece.strip() and _goes_on(piece, rest):
            length += _join(pieces)
        pages.append((length, int(match[1])))
        at = match.end()
    pieces.append(text[at:])
    return "".join(pieces), pages


def _goes_on(before: str, after: str) -> bool:
    before = before.rstrip()
    return (
        bool(before) and not _SENTENCE_END.search(before) and bool(re.match(r"[^\W\d_]", after)) and after[0].islower()
    )


def _join(pieces: list[str]) -> int:
    """Put a space in place of the line end of the last piece; by how much it grew."""
    last = pieces[-1]
    pieces[-1] = last.rstrip("\n") + " "
    return len(pieces[-1]) - len(last)


def reflowed(page: str) -> str:
    """The text of a PDF's page with its lines joined to paragraphs, words that were broken at a line's end made whole.

    A line ends a paragraph when it ends a sentence and is clearly shorter than the page's lines, or when the next one is
    blank or looks like a heading.
    """
    lines = [line.rstrip() for line in page.split("\n")]
    widths = sorted(len(line) for line in lines if len(line) > 20)
    usual = widths[len(widths) * 3 // 4] if widths else 0
    out: list[str] = []
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if not line.strip():
            continue
        if line.endswith(SOFT_HYPHEN):
            out.append(line[:-1])
        elif line.endswith("-") and following[:1].islower():
            out.append(line)  # a hyphen the reader of the PDF was not sure of: kept, the words are joined
        elif _ends_paragraph(line, following, usual):
            out.append(line + "\n")
        else:
            out.append(line + " ")
    return "".join(out).replace(SOFT_HYPHEN, "").rstrip(" ")


def _ends_paragraph(line: str, following: str, usual: int) -> bool:
    if not following.strip():
        return True
    if is_heading(line, following):
        return True
    short = len(line) < usual * 0.8
    return short and (bool(_SENTENCE_END.search(line)) or is_heading(following.strip(), "x" * usual))


def is_heading(line: str, following: str) -> bool:
    """A short line without an end of sentence, before a longer one: the heading of a section."""
    line = line.strip()
    if not line or len(line) > LONGEST_HEADING or len(line.split()) > 12 or not _HEADING.match(line):
        return False
    if _SENTENCE_END.search(line) or line.endswith((",", ";", "-")) or not (line[0].isupper() or line[0].isdigit()):
        return False
    return len(following.strip()) > len(line) and not following.strip()[:1].islower()


def results_in(pages: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The pages from the heading "Results" or "Findings" to "Discussion" and the like, as far as such headings stand there.

    pages: (page number, its text). Without such headings all of it: a person decides.
    """
    begin = end = None
    for at, (_, text) in enumerate(pages):
        offset = 0
        for line in text.split("\n"):
            if begin is None and _RESULTS.match(line.strip()):
                begin = (at, offset)
            elif begin is not None and end is None and _AFTER.match(line.strip()):
                end = (at, offset)
            offset += len(line) + 1
    if begin is None:
        return list(pages)
    end = end or (len(pages) - 1, len(pages[-1][1]))
    found = []
    for at in range(begin[0], end[0] + 1):
        number, text = pages[at]
        text = text[: end[1]] if at == end[0] else text
        text = text[begin[1] :] if at == begin[0] else text
        if text.strip():
            found.append((number, text))
    return found


@dataclass(frozen=True)
class Passage:
    """A paragraph of the results, under its heading."""

    start: int
    end: int
    section: str


def passages_of(text: str) -> list[Passage]:
    """The paragraphs of a text with the heading that each stands under; headings themselves are no passages."""
    paragraphs = []
    start = 0
    for piece in text.split("\n"):
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            paragraphs.append((start + lead, start + len(piece.rstrip())))
        start += len(piece) + 1
    section, found = "", []
    for at, (start, end) in enumerate(paragraphs):
        following = text[slice(*paragraphs[at + 1])] if at + 1 < len(paragraphs) else ""
        if is_heading(text[start:end], following):
            section = text[start:end]
        else:
            found.append(Passage(start, end, section[:200]))
    return found


@dataclass(frozen=True)
class Spoken:
    """What looks like a participant's own words, and who is printed as saying it."""

    start: int
    end: int
    speaker: str


_QUOTED = re.compile('[“„«"](?P<words>[^“”„«»"]{10,4000})[”“»"]')
_SPEAKER = re.compile(r"[\s,.–—-]*[(\[](?P<who>[^()\[\]]{1,120})[)\]]")
_DASHED = re.compile(r"\s*[–—-]\s*(?P<who>[^\n.;]{2,80})(?=$|\n|\.)")
_CITATION = re.compile(r"^[\d,;\s–-]+$|\b(19|20)\d\d[a-z]?$|^p{1,2}\.\s*\d")


def spoken_in(text: str) -> list[Spoken]:
    """Participants' words by their marks: quotation marks around at least a few words. A person looks at every suggestion."""
    found = []
    for match in _QUOTED.finditer(text):
        if len(match["words"].split()) < SHORTEST_QUOTATION:
            continue
        behind = _SPEAKER.match(text, match.end()) or _DASHED.match(text, match.end())
        who = behind["who"].strip() if behind else ""
        found.append(Spoken(match.start(), match.end(), "" if _CITATION.search(who) else who))
    return found


def page_at(pages: Sequence[Sequence[int]], offset: int) -> str:
    """The report's page on which an offset stands; empty where no page begins before it."""
    found = bisect_right(pages, offset, key=itemgetter(0))
    return str(pages[found - 1][1]) if found else ""


@dataclass(frozen=True)
class Anchor:
    """What finds a stretch again in another version: its words and what stood around them."""

    start: int
    end: int
    quote: str
    before: str
    after: str


CONTEXT = 48


def anchor(text: str, span: Span) -> Anchor:
    start, end = span
    return Anchor(start, end, text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT])


def find_again(wanted: Anchor, text: str) -> Span | None:
    """Where the very words stand in another version of the text, by what stands around them; None when they are not there.

    Of several places the one whose surroundings agree furthest is taken, of equal ones the one nearest to where it was.
    """
    best: tuple[int, int] | None = None
    place = None
    at = text.find(wanted.quote)
    while at >= 0:
        end = at + len(wanted.quote)
        alike = _common_end(text[max(0, at - CONTEXT) : at], wanted.before) + _common_start(
            text[end : end + CONTEXT], wanted.after
        )
        rank = (alike, -abs(at - wanted.start))
        if best is None or rank > best:
            best, place = rank, (at, end)
        at = text.find(wanted.quote, at + 1)
    return place


def _common_start(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _common_end(one: str, other: str) -> int:
    return _common_start(one[::-1], other[::-1])


def joined(pages: Iterable[tuple[int, str]]) -> str:
    """Pages as one text to look through and cut, each after its mark."""
    return "".join(page_mark(number) + text.rstrip() + "\n" for number, text in pages)
