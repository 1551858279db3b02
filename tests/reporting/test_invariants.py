"""Random histories: whatever people do in whatever order, numbers add up and stored outcomes are what the votes say."""

import random
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reviewapp.accounts.models import User
from reviewapp.audit.services import faults
from reviewapp.lib.errors import DomainError
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening.choices import (
    Agreement,
    ImportState,
    MaybeMeaning,
    PairState,
    ReasonConflict,
    Retrieval,
    SettledBy,
    Stage,
    Verdict,
)
from screening.models import (
    Adjudication,
    Conflict,
    DuplicatePair,
    ImportBatch,
    Record,
    Reference,
    Report,
    ScreeningDecision,
    ScreeningOutcome,
)
from screening.services import conflicts, decisions, duplicates, imports, protocol, reports
from tests.factories import ExclusionReasonFactory, ImportBatchFactory, SearchFactory, make_record


class History:
    """One review and a stream of random acts on it; acts that the rules refuse change nothing."""

    def __init__(self, review: Review, people: dict[str, User], seed: int) -> None:
        self.review, self.people, self.dice = review, people, random.Random(seed)
        self.voters = [people[name] for name in ("alice", "bob", "carol")]
        for kind, source in (("database", "Scopus"), ("register", "CENTRAL"), ("website", "WHO")):
            search = SearchFactory(review=review, source=source, kind=kind)
            batch = ImportBatchFactory(search=search)
            for _ in range(3):
                make_record(review, batch=batch)
            ImportBatch.objects.filter(pk=batch.pk).update(read=3, kept=3, finished_at="2026-01-01T00:00Z")
        self.reasons = [ExclusionReasonFactory(review=review, label=f"Reason {n}", position=n) for n in (1, 2, 3)]
        self.done: list[str] = []

    def any(self, rows: Any) -> Any:
        found = list(rows)
        return self.dice.choice(found) if found else None

    def step(self) -> None:
        act: Callable[[], object] = self.dice.choices(
            [self.vote, self.undo, self.pair, self.undo_ruling, self.split, self.settle, self.reopen, self.rule,
             self.undo_import, self.redo_import, self.retrieve, self.move_reason, self.by_hand, self.machine],
            [30, 5, 5, 2, 2, 6, 2, 2, 1, 3, 3, 1, 2, 3],
        )[0]  # fmt: skip
        self.done.append(act.__name__)
        try:
            act()
        except DomainError as error:
            self.done[-1] += f" ({error.title})"

    def vote(self) -> None:
        stage = self.any(Stage)
        found = Record.objects.filter(review=self.review).at_stage(stage)
        if (record := self.any(found)) is None:
            return
        verdict = self.dice.choice([Verdict.INCLUDE, Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE])
        reason = self.any(self.reasons) if verdict == Verdict.EXCLUDE and stage == Stage.FULL_TEXT else None
        decisions.make_decision(actor=self.any(self.voters), record=record, stage=stage, verdict=verdict, reason=reason)

    def undo(self) -> None:
        if decision := self.any(ScreeningDecision.objects.filter(review=self.review, superseded_at=None)):
            decisions.undo_decision(actor=decision.reviewer, decision=decision)

    def two(self) -> tuple[Reference, Reference]:
        one, other = self.dice.sample(list(Reference.objects.filter(review=self.review).order_by("pk")), 2)
        return (one, other) if one.pk < other.pk else (other, one)

    def pair(self) -> None:
        first, second = self.two()
        pair, _ = DuplicatePair.objects.get_or_create(
            first=first, second=second, defaults={"review": self.review, "state": PairState.UNCERTAIN}
        )
        duplicates.rule_on_pair(actor=self.people["bob"], pair=pair, same=self.dice.random() < 0.7)

    def machine(self) -> None:
        """What detection does with one pair that it finds."""
        first, second = self.two()
        if duplicates.link([first.pk, second.pk]):
            DuplicatePair.objects.get_or_create(
                first=first, second=second, defaults={"review": self.review, "state": PairState.LINKED}
            )

    def undo_ruling(self) -> None:
        if pair := self.any(DuplicatePair.objects.filter(review=self.review).exclude(ruled_by=None)):
            duplicates.undo_ruling(actor=self.people["alice"], pair=pair)

    def by_hand(self) -> None:
        first, second = self.two()
        duplicates.link_by_hand(actor=self.people["carol"], first=second, second=first)

    def split(self) -> None:
        duplicates.split(actor=self.people["alice"], reference=self.any(Reference.objects.filter(review=self.review)))

    def settle(self) -> None:
        if (conflict := self.any(Conflict.objects.filter(review=self.review, closed_at=None))) is None:
            return
        verdict = self.dice.choice([Verdict.INCLUDE, Verdict.EXCLUDE])
        needs = verdict == Verdict.EXCLUDE and conflict.stage == Stage.FULL_TEXT
        answer: dict[str, Any] = {
            "conflict": conflict, "verdict": verdict, "reason": self.any(self.reasons) if needs else None,
        }  # fmt: skip
        if self.dice.random() < 0.5:
            conflicts.adjudicate(actor=self.people["tess"], rationale="As the protocol says.", **answer)
        else:
            for voter in self.voters:
                if voter.pk in conflicts.voters(conflict):
                    conflicts.agree(actor=voter, **answer)

    def reopen(self) -> None:
        if ruling := self.any(Adjudication.objects.filter(conflict__review=self.review, reopened_at=None)):
            conflicts.reopen(actor=self.people["alice"], conflict=ruling.conflict, why="New facts.")

    def rule(self) -> None:
        stage = self.any(Stage)
        wanted = {
            "votes_required": self.dice.choice([1, 2, 2, 3]),
            "maybe_means": self.any(MaybeMeaning.values),
            "agreement": self.any(Agreement.values),
            "reason_conflict": self.any(ReasonConflict.values),
            "settled_by": SettledBy.EITHER,
        }
        row = self.review.stage_rules.get(stage=stage)
        for name, value in wanted.items():
            setattr(row, name, value)
        foretold = protocol.effect_of_rule(self.review, stage, row.rule)
        before = self.standing(stage)
        protocol.change_stage_rule(actor=self.people["alice"], review=self.review, stage=stage, **wanted)
        after = self.standing(stage)
        happened: dict[tuple[str, str], int] = {}
        for pk, outcome in before.items():
            then = after.get(pk, "pending")
            if outcome != then:
                happened[outcome, then] = happened.get((outcome, then), 0) + 1
        assert foretold == happened

    def standing(self, stage: str) -> dict[int, str]:
        return dict(
            ScreeningOutcome.objects.filter(record__review=self.review, stage=stage).values_list("record", "outcome")
        )

    def undo_import(self) -> None:
        imports.undo(actor=self.people["alice"], batch=self.any(ImportBatch.objects.filter(review=self.review)))

    def redo_import(self) -> None:
        if batch := self.any(ImportBatch.objects.filter(review=self.review, state=ImportState.UNDONE)):
            imports.redo(actor=self.people["alice"], batch=batch)

    def retrieve(self) -> None:
        if report := self.any(Report.objects.filter(review=self.review)):
            state = self.any(Retrieval.values)
            reports.set_retrieval(actor=self.people["bob"], report=report, retrieval=state, note="Asked the library.")

    def move_reason(self) -> None:
        protocol.move_exclusion_reason(actor=self.people["alice"], reason=self.any(self.reasons), up=True)


@pytest.fixture
def people(alice: User, bob: User, carol: User, tess: User) -> dict[str, User]:
    return {"alice": alice, "bob": bob, "carol": carol, "tess": tess}


@pytest.mark.parametrize("seed", range(12))
def test_invariants_hold_after_every_step_of_a_random_history(
    review: Review, people: dict[str, User], seed: int
) -> None:
    history = History(review, people, seed)
    for _ in range(60):
        given = dict(ScreeningDecision.objects.filter(review=review).values_list("pk", "verdict"))
        history.step()
        assert list(breaches(review)) == [], history.done
        kept = dict(ScreeningDecision.objects.filter(review=review).values_list("pk", "verdict"))
        assert given.items() <= kept.items(), "a vote was lost or rewritten"
    assert list(faults(review)) == []


def test_the_command_is_content_with_a_sound_review(review: Review, people: dict[str, User]) -> None:
    history = History(review, people, seed=1)
    for _ in range(10):
        history.vote()
    said = StringIO()
    call_command("check_invariants", stdout=said)
    assert "All invariants hold" in said.getvalue()


def spoil_outcome(review: Review) -> None:
    ScreeningOutcome.objects.create(record=review.records.first(), stage=Stage.TITLE_ABSTRACT, outcome="included")


def spoil_conflict(review: Review) -> None:
    Conflict.objects.create(review=review, record=review.records.first(), stage=Stage.FULL_TEXT, kind="decision")


def spoil_reference(review: Review) -> None:
    Record.objects.filter(pk=review.records.first().pk).update(withdrawn_at="2026-01-01T00:00Z")


def spoil_import(review: Review) -> None:
    review.imports.update(kept=7)


def spoil_merge(review: Review) -> None:
    one, other, *_ = review.records.order_by("pk")
    Record.objects.filter(pk=other.pk).update(merged_into=one)


def spoil_ruling(review: Review) -> None:
    first, second, *_ = review.references.order_by("pk")
    DuplicatePair.objects.create(review=review, first=first, second=second, state=PairState.SAME)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_outcome, "is not what the votes give"),
        (spoil_conflict, "is open though its record is not in conflict"),
        (spoil_reference, "merged or withdrawn"),
        (spoil_import, "7 kept"),
        (spoil_merge, "is merged but still holds references"),
        (spoil_ruling, "judged the same but not linked"),
    ],
)
def test_the_command_names_each_breach_and_fails(
    review: Review, people: dict[str, User], spoil: Callable[[Review], None], words: str
) -> None:
    History(review, people, seed=1)
    spoil(review)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_invariants", stdout=said)
    assert words in said.getvalue()
    assert str(review.pk) in said.getvalue()
