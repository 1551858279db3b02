"""Names of creators: one field may hold one person, many, or a group."""

from __future__ import annotations

import re
from collections.abc import Sequence

from screening.formats.base import Person
from screening.formats.values import clean, is_placeholder, trial_ids_in

_DIGIT = re.compile(r"\d")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[-‐]?){1,4}")
_GROUP = re.compile(
    r"\b(?:groups?|collaborat\w+|consorti\w+|committees?|organi[sz]ations?|associations?|investigators|networks?|"
    r"societ\w+|universit\w+|institut\w+|departments?|ministry|teams?|stud(?:y|ies)|cent(?:er|re)s?|trials?|hospitals?|"
    r"foundations?|agency|council|project|programme|program|initiative|unit|task force|panel|federation|college|inc|ltd|"
    r"gmbh|bureau|office|commission|corporation|academy|health|anonymous)\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+(?:and|&)\s+")
_ET_AL = re.compile(r"[,;]?\s*\b(?:et\s+al\.?|and\s+others)\s*$", re.IGNORECASE)
# "Fox, Bob, PhD, RN"
_DEGREES = re.compile(
    r"(?:,\s*(?:Ph\.?\s?D|M\.?D|MPH|MSc|BSc|MSN|BSN|RN|FAAN|MS|MA|MBA|DrPH|Dr\.?PH|PharmD|DSc|EdD|PsyD|MBBS|FRCP|FACS|CPNP|APRN|DNP)\.?)+$"
)
_AUTHOR_NUMBER = re.compile(r"\s*\(\d{6,}\)$")
_NO_ONE = frozenset(("[anonymous]", "anonymous", "anon", "[no author listed]", "no authors listed", "unknown", "et al"))
_PARTICLES = frozenset(
    (
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "ter",
        "ten",
        "el",
        "al",
        "bin",
        "zu",
    )
)
_LISTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


_ORCID = re.compile(r"(?<!\d)(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])(?!\d)")


def orcid_in(text: str) -> str:
    """An ORCID iD with its hyphens, or ""."""
    match = _ORCID.search(text)
    return "-".join(match.groups()) if match else ""


def attach_orcid(found: Sequence[Person], name: str, text: str) -> None:
    """Give the ORCID in a text to the one person of this name: the same given name, or the only one with its first letter."""
    orcid = orcid_in(text)
    named = person(name) if orcid else None
    if named is None:
        return
    family = [one for one in found if one.family.casefold() == named.family.casefold() and one.family]
    same = [one for one in family if one.given == named.given]
    alike = [one for one in family if one.given[:1] == named.given[:1]]
    for one in same or (alike if len(alike) == 1 else []):
        one.orcid = orcid


# Nearly all names: one word, a comma, one to three words or initials. Everything else goes the long way.
_SIMPLE = re.compile(r"([A-Z][A-Za-z'-]+), ?([A-Z][A-Za-z'-]*\.?(?:[ -]?[A-Z][A-Za-z'-]*\.?){0,2})")


def person(text: str, role: str = "author") -> Person | None:
    """One person or group as it was written, or None when the text names nobody."""
    if simple := _SIMPLE.fullmatch(text):
        return Person(simple[1], simple[2], "", role)
    name = _bare(text)
    if not name or name.casefold().strip(".") in _NO_ONE or is_placeholder(name):
        return None
    if _DIGIT.search(name) and trial_ids_in(name):
        return None
    family, comma, given = name.partition(",")
    if not comma:
        # "Sukarno," is how a person is written who has one name only.
        is_family = text.rstrip().endswith(",") and " " not in name
        return Person(family=name, role=role) if is_family else _without_comma(name, role)
    family, given = family.strip(), given.strip(" ,")
    if "," in given:
        given = _DEGREES.sub("", given)
    if name.count(" ") > 2 and _GROUP.search(name):
        return Person(literal=name, role=role)
    return Person(family, _without_null(given), "", role) if family else None


def _bare(text: str) -> str:
    """The name without what databases hang on it: author numbers, "et al.", a final "and"."""
    name = clean(text)
    if name.endswith(")"):
        name = _AUTHOR_NUMBER.sub("", name)
    if "et al" in name or " others" in name:
        name = _ET_AL.sub("", name)
    name = name.strip(" ;,")
    if name.endswith((" and", " &")):
        name = name.rpartition(" ")[0].strip(" ;,")
    return name


def _without_null(given: str) -> str:
    return "" if given.casefold() == "null" else given


def _without_comma(name: str, role: str) -> Person:
    words = name.split()
    if len(words) == 1 or len(words) > 6 or _GROUP.search(name) or any(c.isdigit() for c in name):
        return Person(literal=name, role=role)
    first_initial = next((i for i, word in enumerate(words) if _is_initials(word)), 0)
    if first_initial and all(_is_initials(word) for word in words[first_initial:]):
        return Person(family=" ".join(words[:first_initial]), given=" ".join(words[first_initial:]), role=role)
    if not words[-1][0].isupper():
        return Person(literal=name, role=role)
    # In natural order the family name is the last word with the particles before it.
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return Person(family=" ".join(words[start:]), given=" ".join(words[:start]), role=role)


def _is_initials(word: str) -> bool:
    return word.isupper() and _INITIALS.fullmatch(word) is not None


def people(text: str, role: str = "author") -> list[Person]:
    """All persons of one field: separated by semicolons, lines, "and" or, where the pattern is plain, commas."""
    simple = _SIMPLE.fullmatch(text)
    if simple and not _GROUP.search(text):
        return [Person(simple[1], simple[2], "", role)]
    return [found for name in names_in(text) if (found := person(name, role))]


def names_in(text: str) -> list[str]:
    """The names a field lists, each as it was written."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]") and ("'" in text or '"' in text):
        return [a or b for a, b in _LISTED.findall(text)]
    if ";" in text or "\n" in text or "|" in text:
        return [part for part in re.split(r"[;\n|]", text) if part.strip()]
    if (" and " in text or " & " in text) and not _GROUP.search(text):
        return [name for part in _AND.split(text) for name in _comma_names(part)]
    return _comma_names(text)


def _comma_names(text: str) -> list[str]:
    if text.count(",") > 1:
        text = _DEGREES.sub("", text)
    if text.count(",") < 2 and " " not in text.partition(",")[0]:
        return [text]
    text = _ET_AL.sub("", text).strip(" ,") if text.count(",") > 1 else text
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2:
        return [text]
    if _each_is_whole(parts) or all(map(_begins_with_initials, parts)):
        return parts
    if len(parts) >= 4 and len(parts) % 2 == 0 and all(_looks_given(part) for part in parts[1::2]):
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return [text]


def _each_is_whole(parts: Sequence[str]) -> bool:
    """Whether every part is `Family AB`, so that commas stand between people and not inside names."""
    whole = [len(part.split()) > 1 and _is_initials(part.split()[-1]) for part in parts]
    return all(whole) or (len(parts) > 2 and sum(whole) >= 0.8 * len(parts))


def _begins_with_initials(part: str) -> bool:
    """Whether the part is `AB Family`, as Google Scholar writes people."""
    words = part.split()
    return len(words) > 1 and _is_initials(words[0]) and len(words[-1]) > 2 and not _is_initials(words[-1])


def _looks_given(part: str) -> bool:
    words = part.split()
    return bool(words) and (len(part) <= 3 or any(_is_initials(word) or word.endswith(".") for word in words))
