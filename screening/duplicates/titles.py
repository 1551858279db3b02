"""Whether two titles say the same: spelling may vary, words and numbers that change the sense may not."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

from rapidfuzz import fuzz

from screening.duplicates.entries import Fingerprint

GENERIC_LETTERS = 24  # "Letter to the editor", "In this issue": too short to name one report
PREFIX_LETTERS = 32  # a cut title or one without its subtitle must still say this much

# fmt: off
# One of these in one title only makes it another document, however much the rest agrees.
DOCUMENT_WORDS = frozenset((
    "addendum", "commentary", "corrigendum", "errata", "erratum", "part", "quiz", "rejoinder", "replies", "reply",
    "republished", "retraction", "withdrawn",
))
# So does one of these at its head: "Response to …".
HEAD_WORDS = frozenset((
    "answer", "author", "authors", "comment", "comments", "correction", "corrections", "editor", "editors", "expression", "notice", "publisher",
    "publishers", "re", "response", "responses", "supplement", "withdrawal",
))
# And at its end: "…: a comment".
TAIL_WORDS = frozenset(("comment", "comments", "correction", "rebuttal"))
# These even when the rest of one title is the whole of the other.
STAGE_WORDS = frozenset(("appendix", "pilot", "preliminary", "protocol", "summary", "synopsis"))
# One of these in one title only makes it, as a rule, another population, design or time.
SENSE_CHANGING = frozenset((
    "abstract", "adolescents", "adult", "adults", "boys", "children", "control", "editorial", "elderly", "fathers",
    "female", "females", "girls", "infants", "introduction", "invited", "letter", "male", "males", "men", "mice", "mothers",
    "neonates", "non", "not", "opinion", "perspective", "pilot", "placebo", "post", "pre", "preface", "protocol", "section", "supplement", "preliminary", "rat",
    "rats", "review", "summary", "synopsis", "appendix", "update", "updated", "versus", "women", "without",
))
# fmt: on
IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
GREEK_NAME = re.compile("(?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|theta|kappa|lambda|sigma|omega)")
OPPOSITES = (("hyper", "hypo"), ("pre", "post"), ("inter", "intra"), ("anti", ""), ("non", ""), ("un", ""), ("in", ""), ("a", ""), ("de", ""),
             ("dis", ""), ("fe", ""), ("wo", ""), ("ir", ""), ("im", ""), ("macro", "micro"), ("under", "over"), ("up", "down"), ("maternal", "paternal"))  # fmt: skip


class Likeness(IntEnum):
    """How alike two titles are; from PART upwards one may stand for the other."""

    UNLIKE = 0
    CLOSE = 1
    PART = 2
    SAME = 3


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """Likeness, percent of letters shared, the words that differ in sense ("" when none does); `firm` when these mark another document;
    `letters` of the shorter title."""

    likeness: Likeness
    percent: float
    clash: str = ""
    firm: bool = False
    letters: int = 0


def compare_titles(a: Fingerprint, b: Fingerprint) -> TitleMatch:
    """The best match of any language variant of the two titles."""
    match = _compare(a, b)
    return replace(match, letters=min(letters_in(a.title), letters_in(b.title)))


def letters_in(title: str) -> int:
    """The length of a squeezed title; one character of Chinese, Japanese or Korean says as much as three letters."""
    return len(title) if title.isascii() else len(title) + 2 * len(IDEOGRAPHS.findall(title))


def _compare(a: Fingerprint, b: Fingerprint) -> TitleMatch:
    if a.title == b.title:
        return TitleMatch(Likeness.SAME if a.title else Likeness.UNLIKE, 100.0 if a.title else 0.0)
    percent = fuzz.ratio(a.title, b.title)
    if len(a.titles) > 1 or len(b.titles) > 1:
        best = (
            max(
                fuzz.ratio(x, y)
                for x in a.titles
                for y in b.titles
                if len(x) >= GENERIC_LETTERS <= len(y) or x == y == ""
            )
            if _long(a, b)
            else 0
        )
        if best >= 95:
            return TitleMatch(Likeness.SAME, best)
    if percent < 60 and not (_is_part(a.title, b.title) or _begins(a.title, b.title)):
        return TitleMatch(Likeness.UNLIKE, percent)
    return _by_words(a, b, percent)


def _long(a: Fingerprint, b: Fingerprint) -> bool:
    return len(a.title) >= GENERIC_LETTERS <= len(b.title)


def _is_part(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return len(short) >= PREFIX_LETTERS and (
        long.startswith(short) or long.endswith(short) or fuzz.ratio(short, long[: len(short)]) >= 95
    )


def _begins(first: str, second: str) -> bool:
    """Whether one title is the beginning of the other, too short to stand for it without a place that agrees."""
    short, long = sorted((first, second), key=len)
    return len(short) >= 6 and long.startswith(short)


def _by_words(a: Fingerprint, b: Fingerprint, percent: float) -> TitleMatch:
    only_a, only_b = leftovers(a.words, b.words)
    part = _is_part(a.title, b.title)
    begins = part or _begins(a.title, b.title)
    firm = _firm_clash(a, b, only_a, only_b)
    if clash := firm or _soft_clash(only_a, only_b, part=begins):
        return TitleMatch(Likeness.CLOSE if percent >= 80 or part else Likeness.UNLIKE, percent, clash, bool(firm))
    if percent >= 90 and not (only_a and only_b):
        return TitleMatch(Likeness.SAME, percent)
    if part and not (only_a and only_b):
        return TitleMatch(Likeness.PART, percent)
    if percent >= 80 or begins:
        return TitleMatch(Likeness.SAME if percent >= 94 else Likeness.CLOSE, percent)
    return TitleMatch(Likeness.UNLIKE, percent)


def _firm_clash(a: Fingerprint, b: Fingerprint, only_a: tuple[str, ...], only_b: tuple[str, ...]) -> str:
    changing = {word for word in (*only_a, *only_b) if word in DOCUMENT_WORDS}
    changing.update(
        only[-1]
        for p, only in ((a, only_a), (b, only_b))
        if only and only[-1] == p.words[-1] and only[-1] in TAIL_WORDS
    )
    changing.update(
        p.words[0] for p, only in ((a, only_a), (b, only_b)) if only and p.words[0] in HEAD_WORDS and p.words[0] in only
    )
    return ", ".join(sorted(changing))


def _soft_clash(only_a: tuple[str, ...], only_b: tuple[str, ...], *, part: bool) -> str:
    """The words, if any, that make two like titles speak of different things; what a cut title lacks does not count."""
    numbers_a, numbers_b = ([word for word in side if word.isdigit()] for side in (only_a, only_b))
    listed = STAGE_WORDS if part else SENSE_CHANGING
    changing = [word for word in (*only_a, *only_b) if word in listed or (word.isdigit() and not part)]
    if numbers_a and numbers_b:
        changing += numbers_a + numbers_b
    told_a, told_b = _telling(only_a, only_b), _telling(only_b, only_a)
    if told_a and told_b:
        changing += [*told_a, *told_b]
    return ", ".join(sorted(set(changing)))


def _telling(side: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """The words of one side that mean something; "a" does so only against another letter, as in hepatitis A and B."""
    return [word for word in side if word != "a" or any(len(letter) == 1 for letter in other)]


@lru_cache(maxsize=4096)
def leftovers(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of each title that have no counterpart in the other, be it spelled otherwise, hyphenated or cut."""
    count_a, count_b = Counter(first), Counter(second)
    only_a = [word for word in first if _take(word, count_a, count_b)]
    count_a = Counter(first)
    only_b = [word for word in second if _take(word, Counter(), count_a)]
    if "".join(only_a) == "".join(only_b):
        return (), ()
    return _unmatched(only_a, only_b)


def _take(word: str, _own: Counter[str], other: Counter[str]) -> bool:
    """Whether the word is left over; if not, one counterpart is used up."""
    if other[word] > 0:
        other[word] -= 1
        return False
    return True


def _unmatched(only_a: list[str], only_b: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rest_a: list[str] = []
    for word in only_a:
        match = next((other for other in only_b if is_spelling(word, other)), None)
        if match is None:
            rest_a.append(word)
        else:
            only_b.remove(match)
    joined_a, joined_b = "".join(rest_a), "".join(only_b)
    if (
        len(rest_a) + len(only_b) > 2
        and joined_a
        and joined_b
        and not _digits(joined_a + joined_b)
        and fuzz.ratio(joined_a, joined_b) >= 85
    ):
        return (), ()
    return tuple(rest_a), tuple(only_b)


def _digits(text: str) -> bool:
    return any(character.isdigit() for character in text)


def is_spelling(word: str, other: str) -> bool:
    """Whether two words are one: a variant, a plural, a typing error; never numbers, never opposites."""
    if word.isdigit() or other.isdigit():
        return False
    if word[0] == other[0] and _lost_greek(word, other):
        return True
    shorter = min(len(word), len(other))
    return shorter >= 4 and fuzz.ratio(word, other) >= 80 and not is_opposite(word, other)


def is_opposite(word: str, other: str) -> bool:
    """Whether the words differ by a prefix that turns the sense: hyper-/hypo-, pre-/post-, un-, non-."""
    for first, second in OPPOSITES:
        for x, y in ((word, other), (other, word)):
            if x.startswith(first) and y.startswith(second) and x[len(first) :] == y[len(second) :]:
                return True
    return False


def _lost_greek(word: str, other: str) -> bool:
    """Whether one word is the other without the name of a Greek letter: some databases lose the letter itself."""
    short, long = sorted((word, other), key=len)
    return GREEK_NAME.sub("", long) == short
