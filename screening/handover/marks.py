"""The labels that other programs leave in their exports: whose they are, where they stand, what they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from screening.choices import Verdict
from screening.formats.base import ParsedReference
from screening.handover.columns import LABEL, NOTE, REASON, VOTE

NOBODY = ""  # the file does not say whose a label is


@dataclass(frozen=True, slots=True)
class Mark:
    """One label of an entry. `place` is the part of the file it stands in, `kind` what such labels usually are."""

    kind: str
    place: str
    value: str
    person: str = NOBODY


# --- What values usually mean -------------------------------------------------------------------------------------------

INCLUDES = {
    "include", "included", "yes", "y", "relevant", "accept", "accepted", "in", "true", "1", "asreview_relevant",
}  # fmt: skip
EXCLUDES = {
    "exclude", "excluded", "no", "n", "irrelevant", "not relevant", "reject", "rejected", "out", "false", "0",
    "asreview_irrelevant", "asreview_not_relevant",
}  # fmt: skip
MAYBES = {"maybe", "undecided", "unsure", "unclear", "uncertain", "?"}
UNDECIDED = {"", "na", "n/a", "none", "-1", "not seen", "unlabeled", "unlabelled", "unscreened", "asreview_not_seen"}


def usual_meaning(value: str) -> str:
    """The verdict that a value of a vote usually stands for; empty when it stands for none."""
    word = " ".join(value.casefold().split())
    if word in INCLUDES:
        return Verdict.INCLUDE.value
    if word in EXCLUDES:
        return Verdict.EXCLUDE.value
    return Verdict.MAYBE.value if word in MAYBES else ""


# --- Rayyan -------------------------------------------------------------------------------------------------------------

_PART = re.compile(r"(RAYYAN-INCLUSION|RAYYAN-LABELS|RAYYAN-EXCLUSION-REASONS|USER-NOTES)\s*:\s*")
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\])')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def rayyan_marks(text: str) -> Iterator[Mark]:
    """Marks of `RAYYAN-INCLUSION: {"Ann"=>"Included"} | RAYYAN-LABELS: a,b | RAYYAN-EXCLUSION-REASONS: c | USER-NOTES: {…}`."""
    parts = _PART.split(text)[1:]
    for name, content in zip(parts[::2], parts[1::2], strict=True):
        if name == "RAYYAN-INCLUSION":
            for person, verdict, _ in _PAIR.findall(content):
                yield Mark(VOTE, name, _plain(verdict), _plain(person))
        elif name == "USER-NOTES":
            for person, note, notes in _PAIR.findall(content):
                for said in [note] if note else _QUOTED.findall(notes):
                    yield Mark(NOTE, name, _plain(said), _plain(person))
        else:
            kind = LABEL if name == "RAYYAN-LABELS" else REASON
            for value in _listed(content.split("|")[0]):
                yield Mark(kind, name, value)


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted).strip()


def _listed(text: str, separator: str = r"[,;\n]") -> list[str]:
    values = (" ".join(part.split()).strip(" .|") for part in re.split(separator, text))
    return list(dict.fromkeys(value for value in values if value))


# --- ASReview, Covidence ------------------------------------------------------------------------------------------------

_ASREVIEW = re.compile(r"ASReview_(relevant|irrelevant|not_relevant|not_seen)", re.IGNORECASE)
_COVIDENCE = re.compile(r"Exclusion reason:\s*([^;\n]+)", re.IGNORECASE)
# Columns with one verdict that is nobody's by name.
_VERDICT_COLUMNS = {
    "asreview_label", "included", "label_included", "asreview_included", "final_included", "decision", "verdict", "vote",
    "screening decision", "screening_decision", "label", "relevant", "include",
}  # fmt: skip
_LABEL_COLUMNS = {"tags", "labels"}
_REASON_COLUMNS = {"exclusion reason", "exclusion reasons", "reason for exclusion"}
_NOTE_COLUMNS = {"asreview_note"}


def asreview_marks(text: str) -> Iterator[Mark]:
    for found in _ASREVIEW.findall(text):
        yield Mark(VOTE, "ASReview", f"ASReview_{found.lower()}")


def covidence_marks(text: str) -> Iterator[Mark]:
    for found in _COVIDENCE.findall(text):
        yield Mark(REASON, "Exclusion reason", " ".join(found.split()))


_NOISE = re.compile(
    r"\b(?:vote|votes|verdict|decision|screening|of|by|reviewer(?=\s*[:–-])|'s|’s)\b|'s\b|’s\b|[:–()\[\]]",
    re.IGNORECASE,
)


def person_of(heading: str) -> str:
    """Whose votes a column holds, by its heading: "Vote of Ann", "Ann's decision", "Reviewer 1"."""
    if heading.casefold().strip() in _VERDICT_COLUMNS:
        return NOBODY
    return " ".join(_NOISE.sub(" ", heading).split()).strip(" -_") or NOBODY


# --- A whole file -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """Which fields of a file hold votes, and which hold labels that a person will say the meaning of."""

    vote_fields: tuple[str, ...] = ()
    label_fields: tuple[str, ...] = ()


def marks_of(entry: ParsedReference, plan: Plan) -> list[Mark]:
    """All marks of an entry, each once."""
    found: dict[Mark, None] = {}
    for tag, value in entry.raw_fields:
        for mark in _marks_in(tag, value, plan):
            if mark.value:
                found.setdefault(mark)
    return list(found)


def _marks_in(tag: str, value: str, plan: Plan) -> Iterator[Mark]:
    name = tag.casefold().strip()
    if tag in plan.vote_fields:
        if value.strip().casefold() not in UNDECIDED:
            yield Mark(VOTE, tag, value.strip(), person_of(tag))
        return
    if tag in plan.label_fields or name in _LABEL_COLUMNS:
        for label in _listed(value, r"[;\n]" if tag in plan.label_fields else r"[,;\n]"):
            yield Mark(LABEL, tag, label)
    if name in _REASON_COLUMNS:
        yield from (Mark(REASON, tag, reason) for reason in _listed(value, r"[;\n]"))
    if name in _NOTE_COLUMNS:
        yield Mark(NOTE, tag, value.strip())
    yield from rayyan_marks(value)
    yield from asreview_marks(value)
    yield from covidence_marks(value)


MOST_VALUES = 60  # distinct values of a field that a person can be asked about
LONGEST_VALUE = 120


@dataclass
class Survey:
    """Looks at all entries of a file: which columns hold nothing but verdicts, and which fields might hold labels."""

    entries: int = 0
    _values: dict[str, Counter[str]] = field(default_factory=dict)
    _crowded: set[str] = field(default_factory=set)
    _filled: Counter[str] = field(default_factory=Counter)

    def add(self, entry: ParsedReference) -> None:
        self.entries += 1
        for tag, value in entry.raw_fields:
            if not value.strip():
                continue
            self._filled[tag] += 1
            if tag in self._crowded:
                continue
            seen = self._values.setdefault(tag, Counter())
            seen[value.strip()[:LONGEST_VALUE]] += 1
            if len(seen) > MOST_VALUES:
                self._crowded.add(tag)

    def vote_fields(self) -> tuple[str, ...]:
        """Fields of which every value is a verdict; bare numbers count in the usual columns only."""
        return tuple(tag for tag, seen in self._values.items() if tag not in self._crowded and _holds_votes(tag, seen))

    def label_fields(self) -> list[tuple[str, int]]:
        """Fields a person may choose as labels, with how many values they have, the fullest first."""
        votes = set(self.vote_fields())
        return [(tag, n) for tag, n in self._filled.most_common(MOST_VALUES) if tag not in votes]


def _holds_votes(tag: str, seen: Mapping[str, int]) -> bool:
    known = tag.casefold().strip() in _VERDICT_COLUMNS
    words = [value for value in seen if value.casefold() not in UNDECIDED]
    if not words or not all(usual_meaning(value) for value in words):
        return False
    return known or (
        len(tag) > 2
        and not any(value in {"0", "1", "true", "false", "in", "y", "n"} for value in map(str.casefold, words))
    )


def program_of(marks: Iterable[Mark], plan: Plan) -> str:
    """Which program most probably wrote the file, for people."""
    places = {mark.place for mark in marks}
    if any(place.startswith("RAYYAN") for place in places):
        return "Rayyan"
    if "ASReview" in places or any(tag.casefold().startswith("asreview") for tag in plan.vote_fields):
        return "ASReview"
    return "Covidence" if "Exclusion reason" in places else "a file with labels"


def counted(marks: Sequence[Mark]) -> Counter[tuple[str, str, str]]:
    """How often each value stands in each place: {(kind, place, value): n}."""
    return Counter((mark.kind, mark.place, mark.value) for mark in marks)
