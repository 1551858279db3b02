"""What the method says about answers, as plain functions over plain values (METHODS: two appraisers and consensus; ratings)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from appraisal.choices import WITH_OPTIONS, ItemKind

Value = Any  # JSON: a code, codes, a text, a number as text, an ISO date, entries, or rows of cells
LONGEST_TEXT = 20_000
MOST_ENTRIES = 200


class Unfit(ValueError):
    """An answer that the question cannot take; the message says why."""


@dataclass(frozen=True)
class Question:
    """An item as the rules see it."""

    key: str
    kind: str
    options: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    required: bool = True
    passes: tuple[str, ...] = ()
    """Codes with which the gate opens; empty for a question that is no gate."""
    applies_when: Mapping[str, Sequence[str]] = field(default_factory=dict)


# --- One answer -------------------------------------------------------------------------------------------------------


def fit(question: Question, given: Value) -> Value:
    """The answer in the one form in which it is kept; None for none. Raises Unfit."""
    if given is None or given in ("", [], {}):
        return None
    return _FITS[ItemKind(question.kind)](question, given)


def _choice(question: Question, given: Value) -> str:
    if given not in question.options:
        raise Unfit("This is not one of the answers of the question.")
    return str(given)


def _multiple(question: Question, given: Value) -> list[str]:
    if not isinstance(given, list) or not set(map(str, given)) <= set(question.options):
        raise Unfit("Some of these are not among the answers of the question.")
    return [code for code in question.options if code in given]


def _text(question: Question, given: Value) -> str | None:
    if not isinstance(given, str):
        raise Unfit("This question takes text.")
    text = given.replace("\r\n", "\n").strip()
    if "\x00" in text:
        raise Unfit("The text holds a NUL character.")
    if len(text) > LONGEST_TEXT:
        raise Unfit(f"At most {LONGEST_TEXT:,} characters.")
    return text or None


def _number(question: Question, given: Value) -> str:
    try:
        number = Decimal(str(given).strip().replace(",", ""))
    except InvalidOperation:
        raise Unfit("This question takes a number, such as 12 or 4.5.") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Unfit("This number is out of range.")
    return format(number.normalize(), "f")


def _date(question: Question, given: Value) -> str:
    try:
        return date.fromisoformat(str(given).strip()).isoformat()
    except ValueError:
        raise Unfit("This question takes a date such as 2024-05-31.") from None


def _entries(question: Question, given: Value) -> list[str] | None:
    lines = given.split("\n") if isinstance(given, str) else given
    if not isinstance(lines, list):
        raise Unfit("This question takes a list, one entry a line.")
    if len(lines) > MOST_ENTRIES:
        raise Unfit(f"At most {MOST_ENTRIES} entries.")
    return [text for line in lines if (text := _text(question, line))] or None


def _table(question: Question, given: Value) -> list[list[str]] | None:
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise Unfit("This question takes rows of cells.")
    if len(given) > MOST_ENTRIES or any(len(row) > len(question.columns) for row in given):
        raise Unfit(f"At most {MOST_ENTRIES} rows of {len(question.columns)} cells.")
    rows = [[_text(question, cell) or "" for cell in row] for row in given]
    padded = [[*row, *[""] * (len(question.columns) - len(row))] for row in rows]
    return [row for row in padded if any(row)] or None


_FITS = {
    ItemKind.CHOICE: _choice,
    ItemKind.MULTIPLE: _multiple,
    ItemKind.TEXT: _text,
    ItemKind.LONG_TEXT: _text,
    ItemKind.NUMBER: _number,
    ItemKind.DATE: _date,
    ItemKind.ENTRIES: _entries,
    ItemKind.TABLE: _table,
}


def takes_options(kind: str) -> bool:
    """Whether a question of this kind offers answers to choose from."""
    return kind in WITH_OPTIONS


# --- One person's answers ---------------------------------------------------------------------------------------------


def applies(question: Question, answers: Mapping[str, Value]) -> bool:
    """Whether the question is asked, given the answers to the ones it depends on."""
    return all(_said(answers.get(key)) & set(codes) for key, codes in question.applies_when.items())


def _said(value: Value) -> set[str]:
    if value is None:
        return set()
    return set(value) if isinstance(value, list) else {str(value)}


def missing(questions: Sequence[Question], answers: Mapping[str, Value]) -> list[str]:
    """Keys of required questions that are asked and not answered."""
    return [q.key for q in questions if q.required and applies(q, answers) and answers.get(q.key) is None]


def closed_gates(questions: Sequence[Question], answers: Mapping[str, Value]) -> list[str]:
    """Keys of gate questions whose answer says that it is not worth going on (CASP: both first questions must be yes)."""
    return [q.key for q in questions if q.passes and answers.get(q.key) is not None and answers[q.key] not in q.passes]


# --- Several people's answers -----------------------------------------------------------------------------------------


def same(one: Value, other: Value) -> bool:
    """Whether two answers say the same; case, spaces and final full stops of texts do not count."""
    return bool(_folded(one) == _folded(other))


def _folded(value: Value) -> Value:
    if isinstance(value, str):
        return " ".join(value.split()).rstrip(".").casefold()
    return [_folded(part) for part in value] if isinstance(value, list) else value


def agreed(values: Sequence[Value]) -> bool:
    """Whether all independent answers to one question are the same."""
    return all(same(values[0], value) for value in values[1:])


# --- Ratings ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """One grade of a team's rating rule: it is given when any of the conditions holds; without conditions always.

    A condition limits how often answers may occur (`{"no": [0, 0], "cant_tell": [0, 1]}`) and what single questions must
    say (`{"q5": ["yes"]}`).
    """

    label: str
    any_of: tuple[Mapping[str, Any], ...] = ()


def level_of(answers: Mapping[str, Value], levels: Sequence[Level]) -> str:
    """Label of the first level that fits; empty when none does. CASP itself gives no score: a rule is the team's own."""
    said = [str(value) for value in answers.values() if isinstance(value, str)]
    for level in levels:
        if not level.any_of or any(_holds(condition, answers, said) for condition in level.any_of):
            return level.label
    return ""


def _holds(condition: Mapping[str, Any], answers: Mapping[str, Value], said: Collection[str]) -> bool:
    counts: Mapping[str, Sequence[int]] = condition.get("counts", {})
    items: Mapping[str, Sequence[str]] = condition.get("items", {})
    within = all(low <= sum(1 for code in said if code == wanted) <= high for wanted, (low, high) in counts.items())
    return within and all(answers.get(key) in codes for key, codes in items.items())


# --- Which studies ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """What a study's attribute must say for an instrument to be meant for it: any of the words, or parts of words."""

    attribute: str
    words: tuple[str, ...]


def meant(conditions: Sequence[Condition], facts: Mapping[str, str]) -> bool | None:
    """Whether an instrument is meant for a study: all conditions must hold. None while what they ask for is not known."""
    said = [(condition, facts.get(condition.attribute, "").casefold()) for condition in conditions]
    if any(text and not any(word.casefold() in text for word in condition.words) for condition, text in said):
        return False
    return None if any(not text for _, text in said) else True
