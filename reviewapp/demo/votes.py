"""Simulated votes of the demo: the numbers follow from them, the people behind the initials did not cast them."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviewapp.demo.truth import Outcome, Settlement, StageVotes, Verdict, Vote
from reviewapp.demo.works import Work, dice, load

FIRST, SECOND, THIRD = "SBS", "AS", "RAP"
PAIR = (FIRST, SECOND)
NOT_ENGLISH, TOO_LITTLE = "Not reported in English", "Insufficient data for extraction"

Stages = tuple[StageVotes, StageVotes]


def outcome_of(work: Work) -> tuple[Outcome, str]:
    """What the review reports of a work, with the exclusion reason at full text."""
    if not work.simulated:
        return "included_full_text", ""
    reasons = {row["id"]: row["reason"] for row in load("assessed")}
    if work.id in reasons:
        return "excluded_full_text", reasons[work.id]
    return "excluded_title_abstract", ""


def full_votes(work: Work) -> Stages:
    """Votes at both stages of a work of the finished review."""
    outcome, reason = outcome_of(work)
    borderline = {row["id"]: row for row in load("borderline")}
    if work.id in borderline:
        return _settled_conflict(work, borderline[work.id]), StageVotes()
    if outcome == "excluded_title_abstract":
        return StageVotes(_pair("exclude", "exclude")), StageVotes()
    return StageVotes(_passing(work)), _full_text(work, reason)


def _pair(first: Verdict, second: Verdict, reason: str = "") -> tuple[Vote, ...]:
    return Vote(FIRST, first, reason), Vote(SECOND, second, reason)


def _rules() -> Mapping[str, Any]:
    rules: Mapping[str, Any] = load("votes")["title_abstract"]
    return rules


def _positive(work: Work, reviewer: str) -> Verdict:
    return "maybe" if work.id in _rules()["maybe"][reviewer] else "include"


def _passing(work: Work) -> tuple[Vote, ...]:
    notes = _rules()["notes"].get(work.id, {})
    return tuple(Vote(reviewer, _positive(work, reviewer), note=notes.get(reviewer, "")) for reviewer in PAIR)


def _settled_conflict(work: Work, row: Mapping[str, Any]) -> StageVotes:
    """One reviewer kept the record, the other did not; settled as exclude."""
    keeper = row["included_by"]
    votes = tuple(
        Vote(reviewer, _positive(work, reviewer)) if reviewer == keeper else Vote(reviewer, "exclude", note=row["note"])
        for reviewer in PAIR
    )
    adjudicated = _rules()["adjudicated"]
    if work.id in adjudicated:
        return StageVotes(votes, Settlement("adjudication", "exclude", by=THIRD, rationale=adjudicated[work.id]))
    return StageVotes(votes, Settlement("agreement", "exclude", rationale=_rules()["agreement_rationale"]))


def _full_text(work: Work, reason: str) -> StageVotes:
    special = load("votes")["full_text"].get(work.id)
    if special:
        votes = tuple(Vote(reviewer, **special["votes"][reviewer]) for reviewer in PAIR)
        return StageVotes(votes, Settlement(**special["settlement"]))
    verdict: Verdict = "exclude" if reason else "include"
    return StageVotes(_pair(verdict, verdict, reason))


def midway_votes(works: Sequence[Work]) -> dict[str, Stages]:
    """Votes of a review in the middle: some records done, some in conflict, some half voted, the rest untouched."""
    order = list(works)
    dice("midway votes").shuffle(order)
    # Works whose references are still two records come last, where nobody has voted.
    order.sort(key=lambda work: bool(work.disguise))
    return {work.id: (_midway_stage(number), _midway_full_text(number)) for number, work in enumerate(order)}


def _midway_stage(number: int) -> StageVotes:
    """By place in the order: 44 agreed, 3 settled and 8 open conflicts, 12 waiting for one vote, the rest for two."""
    notes = load("votes")["midway"]["conflict_notes"]
    if number < 36:
        return StageVotes(_pair("exclude", "exclude"))
    if number < 44:
        return StageVotes(_pair("include", "maybe" if number % 3 == 0 else "include"))
    if number < 55:
        kept: Verdict = "maybe" if number % 4 == 0 else "include"
        keeper, other = PAIR if number % 2 else PAIR[::-1]
        votes = (Vote(keeper, kept), Vote(other, "exclude", note=notes[number % len(notes)]))
        return StageVotes(
            votes, Settlement("agreement", "include", rationale="Kept for the full text.") if number < 47 else None
        )
    if number < 67:
        return StageVotes((Vote(PAIR[number % 2], "include" if number % 5 == 0 else "exclude"),))
    return StageVotes()


def _midway_full_text(number: int) -> StageVotes:
    """Of the records that passed, one report is agreed on, two are in conflict (decision, reason), one has one vote."""
    votes = {
        36: _pair("include", "include"),
        37: (Vote(FIRST, "include"), Vote(SECOND, "exclude", TOO_LITTLE)),
        38: (Vote(FIRST, "exclude", NOT_ENGLISH), Vote(SECOND, "exclude", TOO_LITTLE)),
        39: (Vote(SECOND, "include"),),
    }
    return StageVotes(votes.get(number, ()))
