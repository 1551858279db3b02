"""METHODS 3.1: every pattern of votes and what it gives, with each setting of a stage's rule."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.choices import Agreement, ConflictKind, MaybeMeaning, Outcome, ReasonConflict, Stage, Verdict
from screening.rules import Result, Rule, Vote, counted, in_words, result_of

LETTERS = {"I": Verdict.INCLUDE, "M": Verdict.MAYBE, "E": Verdict.EXCLUDE}
STRICT = Rule(maybe_means=MaybeMeaning.UNDECIDED)
PENDING, INCLUDED, EXCLUDED = Outcome.PENDING, Outcome.INCLUDED, Outcome.EXCLUDED
DECISION, UNDECIDED, REASON, OWN = (
    ConflictKind.DECISION, ConflictKind.UNDECIDED, ConflictKind.REASON, ConflictKind.OWN,
)  # fmt: skip


def votes(pattern: str) -> list[Vote]:
    """ "IE": person 1 includes, person 2 excludes; "E3": excludes for reason 3."""
    cast: list[Vote] = []
    for character in pattern:
        if character.isdigit():
            last = cast.pop()
            cast.append(Vote(last.reviewer, last.verdict, int(character), int(character)))
        else:
            cast.append(Vote(len(cast) + 1, LETTERS[character]))
    return cast


def said(result: Result) -> str:
    return result.conflict or result.outcome


@pytest.mark.parametrize(
    ("pattern", "default", "strict"),
    [
        ("", PENDING, PENDING),
        ("I", PENDING, PENDING),
        ("M", PENDING, PENDING),
        ("E", PENDING, PENDING),
        ("II", INCLUDED, INCLUDED),
        ("IM", INCLUDED, DECISION),
        ("MM", INCLUDED, UNDECIDED),
        ("EE", EXCLUDED, EXCLUDED),
        ("IE", DECISION, DECISION),
        ("ME", DECISION, DECISION),
    ],
)
def test_two_votes_at_title_and_abstract(pattern: str, default: str, strict: str) -> None:
    assert said(result_of(votes(pattern), Rule(), Stage.TITLE_ABSTRACT)) == default
    assert said(result_of(votes(pattern), STRICT, Stage.TITLE_ABSTRACT)) == strict


@pytest.mark.parametrize(
    ("pattern", "unanimous", "majority", "strict_majority"),
    [
        ("II", PENDING, PENDING, PENDING),
        ("III", INCLUDED, INCLUDED, INCLUDED),
        ("IIM", INCLUDED, INCLUDED, INCLUDED),
        ("IME", DECISION, INCLUDED, DECISION),
        ("IIE", DECISION, INCLUDED, INCLUDED),
        ("IEE", DECISION, EXCLUDED, EXCLUDED),
        ("MEE", DECISION, EXCLUDED, EXCLUDED),
        ("MMI", INCLUDED, INCLUDED, UNDECIDED),
        ("MMM", INCLUDED, INCLUDED, UNDECIDED),
        ("EEE", EXCLUDED, EXCLUDED, EXCLUDED),
    ],
)
def test_three_votes(pattern: str, unanimous: str, majority: str, strict_majority: str) -> None:
    three = votes(pattern)
    assert said(result_of(three, Rule(3), Stage.TITLE_ABSTRACT)) == unanimous
    by_majority = Rule(3, agreement=Agreement.MAJORITY)
    assert said(result_of(three, by_majority, Stage.TITLE_ABSTRACT)) == majority
    strict = Rule(3, MaybeMeaning.UNDECIDED, Agreement.MAJORITY)
    assert said(result_of(three, strict, Stage.TITLE_ABSTRACT)) == strict_majority


def test_a_tie_has_no_majority() -> None:
    assert said(result_of(votes("IE"), Rule(2, agreement=Agreement.MAJORITY), Stage.TITLE_ABSTRACT)) == DECISION


@pytest.mark.parametrize(
    ("pattern", "settle", "by_priority"),
    [
        ("I", PENDING, PENDING),
        ("II", INCLUDED, INCLUDED),
        ("IM", PENDING, PENDING),
        ("MM", PENDING, PENDING),
        ("E1M", PENDING, PENDING),
        ("IE1", DECISION, DECISION),
        ("E1E1", EXCLUDED, EXCLUDED),
        ("E2E1", REASON, EXCLUDED),
    ],
)
def test_full_text_needs_one_reason_and_parks_maybe(pattern: str, settle: str, by_priority: str) -> None:
    assert said(result_of(votes(pattern), Rule(), Stage.FULL_TEXT)) == settle
    rule = Rule(reason_conflict=ReasonConflict.HIGHEST_PRIORITY)
    assert said(result_of(votes(pattern), rule, Stage.FULL_TEXT)) == by_priority


def test_the_higher_reason_counts_and_the_one_agreed_on_is_kept() -> None:
    rule = Rule(reason_conflict=ReasonConflict.HIGHEST_PRIORITY)
    assert result_of(votes("E3E2"), rule, Stage.FULL_TEXT).reason == 2
    assert result_of(votes("E3E3"), Rule(), Stage.FULL_TEXT).reason == 3


def test_different_reasons_at_title_and_abstract_are_no_conflict() -> None:
    for order in ("E1E2", "E2E1"):
        assert result_of(votes(order), Rule(), Stage.TITLE_ABSTRACT) == Result(EXCLUDED, reason=1)


@pytest.mark.parametrize("verdicts", list(permutations("IE")))
def test_a_person_who_judged_two_merged_records_differently_contradicts_themselves(verdicts: tuple[str, str]) -> None:
    twice = [Vote(1, LETTERS[letter]) for letter in verdicts]
    assert result_of(twice, Rule(), Stage.TITLE_ABSTRACT) == Result(PENDING)
    assert said(result_of([*twice, Vote(2, Verdict.INCLUDE)], Rule(), Stage.TITLE_ABSTRACT)) == OWN
    assert said(result_of(twice, Rule(1), Stage.TITLE_ABSTRACT)) == OWN


def test_include_and_maybe_of_one_person_contradict_only_in_the_strict_setting() -> None:
    cast = [Vote(1, Verdict.INCLUDE), Vote(1, Verdict.MAYBE), Vote(2, Verdict.INCLUDE)]
    assert result_of(cast, Rule(), Stage.TITLE_ABSTRACT).outcome == INCLUDED
    assert said(result_of(cast, STRICT, Stage.TITLE_ABSTRACT)) == OWN


RULES = st.builds(
    Rule,
    votes_required=st.integers(1, 3),
    maybe_means=st.sampled_from(MaybeMeaning.values),
    agreement=st.sampled_from(Agreement.values),
    reason_conflict=st.sampled_from(ReasonConflict.values),
)
VERDICTS = st.one_of(
    st.tuples(st.sampled_from([Verdict.INCLUDE, Verdict.MAYBE]), st.none()),
    st.tuples(st.just(Verdict.EXCLUDE), st.integers(1, 3)),
)
CAST = st.lists(st.tuples(st.integers(1, 4), VERDICTS), max_size=6).map(
    lambda rows: [Vote(who, verdict, reason, reason or 0) for who, (verdict, reason) in rows]
)


@given(CAST.flatmap(lambda cast: st.tuples(st.just(cast), st.permutations(cast))), RULES, st.sampled_from(Stage.values))
def test_the_order_of_votes_never_matters(both: tuple[list[Vote], list[Vote]], rule: Rule, stage: str) -> None:
    one, other = both
    assert result_of(one, rule, stage) == result_of(other, rule, stage)


@given(CAST, RULES, st.sampled_from(Stage.values))
def test_outcomes_are_whole(cast: list[Vote], rule: Rule, stage: str) -> None:
    result = result_of(cast, rule, stage)
    final = [vote for vote in cast if stage == Stage.TITLE_ABSTRACT or vote.verdict != Verdict.MAYBE]
    assert (result.outcome == PENDING) == (len({vote.reviewer for vote in final}) < rule.votes_required)
    assert bool(result.conflict) == (result.outcome == Outcome.CONFLICT)
    assert result.reason is None or result.outcome == EXCLUDED
    if stage == Stage.FULL_TEXT and result.outcome == EXCLUDED:
        assert result.reason is not None
    if result.outcome == INCLUDED:
        assert Verdict.INCLUDE in {counted(vote.verdict, rule) for vote in cast}


@given(RULES, st.sampled_from(Stage.values))
def test_every_rule_can_be_said_in_words(rule: Rule, stage: str) -> None:
    sentences = in_words(rule, stage)
    assert len(sentences) >= 1
    assert all(sentence.endswith(".") for sentence in sentences)
