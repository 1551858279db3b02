"""Finding words in a text whose offsets stay those of the text itself, in code points."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

SOFT_HYPHEN = "\u00ad"
SIMPLE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-"})
AROUND = 40  # characters shown before and after a find


@dataclass(frozen=True)
class Folded:
    """A text without case, accents, breaks of lines and words; `origin[i]` is where its i-th character stands in the original."""

    text: str
    origin: list[int]


def folded(text: str) -> Folded:
    letters: list[str] = []
    origin: list[int] = []
    space = broken = False
    for at, letter in enumerate(text.translate(SIMPLE)):
        if letter == SOFT_HYPHEN:
            broken = True
        elif letter.isspace():
            space = not broken
        else:
            if space and letters:
                letters.append(" ")
                origin.append(at - 1)
            space = broken = False
            for plain in _plain(letter):
                letters.append(plain)
                origin.append(at)
    return Folded("".join(letters), origin)


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)).casefold()


def find(text: Folded, words: Folded) -> Iterator[tuple[int, int]]:
    """(start, end) of every occurrence in the original text."""
    length = len(words.text)
    at = text.text.find(words.text) if length else -1
    while at >= 0:
        yield text.origin[at], text.origin[at + length - 1] + 1
        at = text.text.find(words.text, at + length)


def around(text: str, start: int, end: int) -> tuple[str, str, str]:
    """What stands before, at and after a find, each on one line."""
    before, found, after = text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND]
    return _one_line(before).lstrip(), _one_line(found), _one_line(after).rstrip()


def _one_line(text: str) -> str:
    return " ".join(text.replace(SOFT_HYPHEN + "\n", "").replace(SOFT_HYPHEN, "").replace("\n", " ").split(" "))
