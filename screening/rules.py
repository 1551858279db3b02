"""What the method says about votes, as plain functions over plain values (METHODS: PRISMA 2020 item 8, MECIR C39)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from screening.choices import Agreement, ConflictKind, MaybeMeaning, Outcome, ReasonConflict, Stage, Verdict


@dataclass(frozen=True)
class Rule:
    """How votes at one stage become an outcome."""

    votes_required: int = 2
    maybe_means: str = MaybeMeaning.INCLUDE
    agreement: str = Agreement.UNANIMOUS
    reason_conflict: str = ReasonConflict.SETTLE


@dataclass(frozen=True)
class Vote:
    """One reviewer's standing verdict; the reason is the primary exclusion reason with its place in the team's list."""

    reviewer: int
    verdict: str
    reason: int | None = None
    reason_rank: int = 0


@dataclass(frozen=True)
class Result:
    outcome: str
    conflict: str = ""
    reason: int | None = None


PENDING = Result(Outcome.PENDING)


def result_of(votes: Sequence[Vote], rule: Rule, stage: str) -> Result:
    """Outcome of a stage from the independent votes so far. Fewer reviewers than required: pending."""
    if stage == Stage.FULL_TEXT:  # a maybe at full text is parked, never a vote
        votes = [vote for vote in votes if vote.verdict != Verdict.MAYBE]
    reviewers = {vote.reviewer for vote in votes}
    if len(reviewers) < rule.votes_required:
        return PENDING
    if _contradict_themselves(votes, rule):
        return Result(Outcome.CONFLICT, ConflictKind.OWN)
    verdict = _agreed_verdict(votes, rule)
    if verdict is None:
        return Result(Outcome.CONFLICT, ConflictKind.DECISION)
    if verdict == Verdict.MAYBE:
        return Result(Outcome.CONFLICT, ConflictKind.UNDECIDED)
    if verdict == Verdict.INCLUDE:
        return Result(Outcome.INCLUDED)
    return _excluded(votes, rule, stage)


def counted(verdict: str, rule: Rule) -> str:
    """The verdict as the stage's rule counts it."""
    return Verdict.INCLUDE if verdict == Verdict.MAYBE and rule.maybe_means == MaybeMeaning.INCLUDE else verdict


def _contradict_themselves(votes: Sequence[Vote], rule: Rule) -> bool:
    """Whether one person judged two records differently that turned out to be one."""
    said: dict[int, set[str]] = {}
    for vote in votes:
        said.setdefault(vote.reviewer, set()).add(counted(vote.verdict, rule))
    return any(len(verdicts) > 1 for verdicts in said.values())


def _agreed_verdict(votes: Sequence[Vote], rule: Rule) -> str | None:
    tally = Counter({vote.reviewer: counted(vote.verdict, rule) for vote in votes}.values())
    verdict, count = tally.most_common(1)[0]
    if len(tally) == 1:
        return verdict
    if rule.agreement == Agreement.MAJORITY and 2 * count > tally.total():
        return verdict
    return None


def _excluded(votes: Sequence[Vote], rule: Rule, stage: str) -> Result:
    """Excluded, for the reason highest in the list; at full text one reason must count for the report (METHODS 3.2)."""
    given = {
        vote.reason: vote.reason_rank for vote in votes if vote.verdict == Verdict.EXCLUDE and vote.reason is not None
    }
    if stage == Stage.FULL_TEXT and len(given) > 1 and rule.reason_conflict == ReasonConflict.SETTLE:
        return Result(Outcome.CONFLICT, ConflictKind.REASON)
    return Result(Outcome.EXCLUDED, reason=min(given, key=lambda reason: (given[reason], reason), default=None))


def in_words(rule: Rule, stage: str) -> list[str]:
    """The rule as sentences for the protocol page and the methods section."""
    people = {1: "One person votes", 2: "Two people vote", 3: "Three people vote"}[rule.votes_required]
    record = "report" if stage == Stage.FULL_TEXT else "record"
    sentences = [f"{people} on every {record}{'' if rule.votes_required == 1 else ', each without seeing the others'}."]
    if stage == Stage.TITLE_ABSTRACT:
        sentences.append(
            "Maybe counts as include, so a doubtful record goes on to full text."
            if rule.maybe_means == MaybeMeaning.INCLUDE
            else "Maybe is undecided: together with include or exclude it is a conflict, and two maybes must be settled."
        )
    if rule.votes_required > 1:
        sentences.append(
            "All must agree; otherwise the conflict is settled."
            if rule.agreement == Agreement.UNANIMOUS
            else "The majority decides; a tie is settled as a conflict."
        )
    if stage == Stage.FULL_TEXT and rule.votes_required > 1:
        sentences.append(
            "When all exclude for different reasons, people settle which one counts."
            if rule.reason_conflict == ReasonConflict.SETTLE
            else "When all exclude for different reasons, the one higher in the list counts."
        )
    return sentences
