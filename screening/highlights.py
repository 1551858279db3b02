"""Finds the team's terms in a text, and the headings of a structured abstract. Plain text in, segments out; no markup."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A stretch of text; `kind` is that of the term it matches, or empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Block:
    """A part of an abstract: its heading, if it has one, and its text."""

    heading: str
    segments: list[Segment]


class Highlighter:
    """Marks terms whatever their case and diacritics, in their regular English forms; a space stands for a hyphen too.

    A trailing * stands for any ending, quotation marks around the term for exactly this form.
    """

    def __init__(self, terms: Iterable[tuple[str, str]]) -> None:
        """`terms` are (term, kind). Of two that begin at one place the longer wins."""
        known = sorted({(term.strip(), kind) for term, kind in terms if term.strip(' *"')}, key=lambda t: -len(t[0]))
        self.kinds = [kind for _, kind in known]
        self.pattern = re.compile("|".join(f"({_pattern(term)})" for term, _ in known)) if known else None

    def segments(self, text: str) -> list[Segment]:
        """The whole text in order, cut where a term begins or ends."""
        if not self.pattern or not text:
            return [Segment(text)] if text else []
        folded, places = fold(text)
        found: list[Segment] = []
        at = 0
        for match in self.pattern.finditer(folded):
            start, end = places[match.start()], _end_of(text, places[match.end() - 1])
            if start < at or match.lastindex is None:
                continue
            if start > at:
                found.append(Segment(text[at:start]))
            found.append(Segment(text[start:end], self.kinds[match.lastindex - 1]))
            at = end
        return [*found, Segment(text[at:])] if at < len(text) else found

    def blocks(self, abstract: str) -> list[Block]:
        return [Block(heading, self.segments(body)) for heading, body in sections(abstract)]


def fold(text: str) -> tuple[str, Sequence[int]]:
    """The text without case and diacritics, and for each of its letters the place in the original."""
    if text.isascii():
        return text.lower(), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in unicodedata.normalize("NFKD", sign).casefold():
            if not unicodedata.combining(letter):
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


def _end_of(text: str, last: int) -> int:
    end = last + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _pattern(term: str) -> str:
    exact = len(term) > 2 and term[0] == term[-1] == '"'
    stem, open_end = term.strip('"').rstrip("*") if exact else term.rstrip("*"), term.endswith("*")
    words = [word for word in re.split(r"[\s\-\u2010-\u2015]+", fold(stem)[0]) if word]
    if not words:
        return r"(?!)"
    last = re.escape(words[-1]) if exact or open_end else forms_of(words[-1], is_name=stem.split()[-1].isupper())
    body = r"[\s\-\u2010-\u2015]+".join([*map(re.escape, words[:-1]), last])
    before = r"(?<!\w)" if _has_edges(words[0][0]) else ""
    after = r"\w*" if open_end else r"(?!\w)"
    return before + body + (after if _has_edges(words[-1][-1]) else "")


SHORT_WORD = 5  # letters below which an ending makes another word: car, cared
POSSESSIVE = r"['\u2019]s|s['\u2019]?"


def forms_of(word: str, *, is_name: bool = False) -> str:
    """A pattern for a word in lower case and its regular forms: plural, possessive, and -ed and -ing of longer words."""
    if not (word.isascii() and word.isalpha()) or len(word) < 3:
        return re.escape(word)
    if is_name:  # RCT, RCTs
        return rf"{word}(?:{POSSESSIVE})?"
    verbs = len(word) >= SHORT_WORD
    if word.endswith("is"):  # analysis, analyses
        return rf"{word[:-2]}(?:is|es)"
    if word[-1] == "y" and word[-2] not in "aeiou":
        return rf"{word[:-1]}(?:y(?:['\u2019]s{'|ing' if verbs else ''})?|ies{'|ied' if verbs else ''})"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return rf"{word}(?:['\u2019]s?|es{'|ed|ing' if verbs else ''})?"
    if word[-1] == "e":
        return rf"{word[:-1]}(?:e(?:{POSSESSIVE}{'|d' if verbs else ''})?{'|ing' if verbs else ''})"
    return rf"{word}(?:{POSSESSIVE}{'|ed|ing' if verbs else ''})?"


def _has_edges(letter: str) -> bool:
    """Whether words of this letter's script stand apart; Chinese, Japanese, Thai and the like write them together."""
    return not ("\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff")


# --- Structured abstracts ---------------------------------------------------------------------------------------------

SHOUTED = r"AIM|[A-Z][A-Z0-9 ,/&'()-]{3,60}"
KNOWN = (
    r"(?:Background|Introduction|Context|Rationale|Objectives?|Aims?|Purpose|Study design|Design|Setting|Participants|Patients|Sample|"
    r"Interventions?|Materials|Methods?|Methodology|Measurements?|Main outcome measures?|Data collection|Data sources|Results?|Findings|"
    r"Discussion|Conclusions?|Implications|Relevance|Significance|Limitations|Trial registration)"
    r"(?: (?:and|&|of|for) [A-Za-z ]{3,40}?)?"
)
HEADING = re.compile(rf"(?:^|(?<=[.!?)\]]\s)|(?<=\n))[ \t]*({SHOUTED}|{KNOWN}):[ \t]*(?=\S)")
KNOWN_ALONE = re.compile(KNOWN, re.IGNORECASE)


def sections(abstract: str) -> list[tuple[str, str]]:
    """(heading, text) in order; the heading is empty for plain paragraphs. No letter but the headings' colons is lost."""
    found = list(HEADING.finditer(abstract))
    if len(found) == 1 and not KNOWN_ALONE.fullmatch(found[0][1]):
        found = []  # one name in capitals with a colon behind it is a sentence's own, not a heading
    if not found:
        return [("", part) for part in _paragraphs(abstract)]
    parts = [("", part) for part in _paragraphs(abstract[: found[0].start()])]
    for heading, following in zip(found, [*found[1:], None], strict=True):
        body = abstract[heading.end() : following.start() if following else len(abstract)].strip()
        title = heading[1].strip()
        parts.append((title.capitalize() if title.isupper() else title, body))
    return parts


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
