"""Rules of answers without a database."""

from typing import Any

import pytest

from appraisal.choices import ItemKind
from appraisal.rules import Level, Question, Unfit, agreed, applies, closed_gates, fit, level_of, missing, same
from appraisal.services.ratings import DEMO_RULE

CHOICE = Question("q1", ItemKind.CHOICE, options=("yes", "cant_tell", "no"))


@pytest.mark.parametrize(
    ("question", "given", "kept"),
    [
        (CHOICE, "no", "no"),
        (Question("m", ItemKind.MULTIPLE, options=("a", "b", "c")), ["c", "a"], ["a", "c"]),
        (Question("t", ItemKind.TEXT), "  Uganda \r\n", "Uganda"),
        (Question("n", ItemKind.NUMBER), "1,956", "1956"),
        (Question("n", ItemKind.NUMBER), "4.50", "4.5"),
        (Question("d", ItemKind.DATE), "2024-05-31", "2024-05-31"),
        (Question("e", ItemKind.ENTRIES), "one\n\n two ", ["one", "two"]),
        (Question("b", ItemKind.TABLE, columns=("x", "y")), [["1"], ["", ""]], [["1", ""]]),
    ],
)
def test_an_answer_is_kept_in_one_form(question: Question, given: Any, kept: Any) -> None:
    assert fit(question, given) == kept


@pytest.mark.parametrize("given", [None, "", [], {}])
def test_nothing_is_no_answer(given: Any) -> None:
    assert fit(CHOICE, given) is None


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (ItemKind.CHOICE, "perhaps"),
        (ItemKind.MULTIPLE, "a"),
        (ItemKind.TEXT, ["a"]),
        (ItemKind.TEXT, "a\x00b"),
        (ItemKind.TEXT, "a" * 20_001),
        (ItemKind.NUMBER, "many"),
        (ItemKind.NUMBER, "1e999"),
        (ItemKind.NUMBER, "NaN"),
        (ItemKind.DATE, "31.5.2024"),
        (ItemKind.ENTRIES, 7),
        (ItemKind.ENTRIES, ["a"] * 201),
        (ItemKind.TABLE, [["a", "b", "c"]]),
        (ItemKind.TABLE, "a"),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, given: Any) -> None:
    with pytest.raises(Unfit):
        fit(Question("q", kind, options=("a", "b"), columns=("x", "y")), given)


def test_a_question_is_asked_only_when_it_applies() -> None:
    mixed = Question("part", ItemKind.CHOICE, options=("x",), applies_when={"design": ["mixed"]})
    assert applies(mixed, {"design": "mixed"})
    assert not applies(mixed, {"design": "qualitative"})
    assert not applies(mixed, {})
    assert missing([CHOICE, mixed], {"design": "qualitative"}) == ["q1"]


def test_a_gate_closes_with_any_answer_but_those_that_open_it() -> None:
    gate = Question("q1", ItemKind.CHOICE, options=("yes", "no"), passes=("yes",))
    assert closed_gates([gate], {"q1": "no"}) == ["q1"]
    assert closed_gates([gate], {"q1": "yes"}) == []
    assert closed_gates([gate], {}) == []


def test_texts_agree_whatever_their_case_spaces_and_final_stop() -> None:
    assert same("Thematic  analysis.", "thematic analysis")
    assert same(["One", "two."], ["one", "Two"])
    assert not same("12 women", "13 women")
    assert agreed(["yes", "yes", "yes"])
    assert not agreed(["yes", "yes", None])


DEMO = [Level(level["label"], tuple(level.get("any_of", ()))) for level in DEMO_RULE["levels"]]


@pytest.mark.parametrize(
    ("no", "cant_tell", "rating"),
    [
        (0, 0, "Strong"),
        (0, 1, "Strong"),
        (0, 2, "Moderate"),
        (1, 0, "Moderate"),
        (2, 2, "Moderate"),
        (2, 4, "Weak"),
        (2, 0, "Weak"),
    ],
)
def test_the_demo_rule_is_the_one_written_down(no: int, cant_tell: int, rating: str) -> None:
    codes = ["no"] * no + ["cant_tell"] * cant_tell + ["yes"] * (10 - no - cant_tell)
    assert level_of({f"q{n}": code for n, code in enumerate(codes)}, DEMO) == rating


def test_a_rule_can_ask_for_single_questions() -> None:
    levels = [Level("Good", ({"counts": {}, "items": {"q5": ["yes"]}},)), Level("Rest")]
    assert level_of({"q5": "yes"}, levels) == "Good"
    assert level_of({"q5": "no"}, levels) == "Rest"
    assert level_of({"q5": "no"}, []) == ""
