"""The attacker's view: worlds that differ only in Carol's hidden judgement look the same to everybody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from reviewapp.accounts.models import User
from reviewapp.lib.errors import DomainError
from reviewapp.reporting.prisma.counts import identities
from reviewapp.reporting.queries import prisma_counts, rows_behind
from reviewapp.reviews.models import Membership, Review
from screening.choices import Outcome, PairState, SettlerSees, Stage, Verdict
from screening.models import Conflict, DuplicatePair, ImportBatch, Record
from screening.queries import desk
from screening.queries.agreement import independent_votes
from screening.queries.cards import cards
from screening.queries.conflicts import listed_conflicts, listed_settlements, table
from screening.queries.frame import review_counts
from screening.queries.records import RecordFilter, found_records, history, neighbour
from screening.queries.settlement import known_conflicts
from screening.rules import Rule
from screening.services import conflicts, decisions, duplicates, imports, protocol
from screening.visibility import (
    actor_names,
    audit_events_visible_to,
    decisions_visible_to,
    is_complete,
    labels_visible_to,
    notes_visible_to,
    outcome_of,
    shown_votes,
)
from tests.factories import RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
World = Callable[[User, Record], object]


def says(verdict: str, **more: Any) -> World:
    def act(carol: User, record: Record) -> object:
        return decisions.make_decision(actor=carol, record=record, stage=TA, verdict=verdict, **more)

    return act


def changes_her_mind(carol: User, record: Record) -> None:
    says(Verdict.INCLUDE, labels=["first thought"])(carol, record)
    says(Verdict.EXCLUDE, note="second thought")(carol, record)


def takes_it_back(carol: User, record: Record) -> None:
    says(Verdict.EXCLUDE, note="a slip")(carol, record)
    last = decisions.last_decision(actor=carol, review=record.review)
    assert last is not None
    decisions.undo_decision(actor=carol, decision=last)


def keeps_a_note(carol: User, record: Record) -> None:
    decisions.keep_note(actor=carol, record=record, stage=TA, text="only a note", labels=["secret label"])


WORLDS: dict[str, World] = {
    "no vote": lambda carol, record: None,
    "include": says(Verdict.INCLUDE),
    "maybe": says(Verdict.MAYBE),
    "exclude": says(Verdict.EXCLUDE),
    "exclude with note and label": says(Verdict.EXCLUDE, note="Providers only", labels=["secret label"]),
    "changed mind": changes_her_mind,
    "taken back": takes_it_back,
    "note only": keeps_a_note,
}


def refusal(act: Callable[[], object]) -> str:
    """What the service says to this; whatever it did is rolled back."""
    with transaction.atomic():
        try:
            act()
        except DomainError as error:
            answer = f"{type(error).__name__} {error.title} {error.message} {sorted(error.details)}"
        else:
            answer = "done"
        transaction.set_rollback(True)
    return answer


def lists(reader: User, review: Review) -> dict[str, Any]:
    member = Membership.objects.get(review=review, user=reader)
    seen: dict[str, Any] = {"waiting": desk.waiting_for(member), "counts": review_counts(review)}
    for stage in Stage:
        seen |= {
            f"queue {stage}": [record.pk for record in desk.queue(reader, review, stage)],
            f"next {stage}": [record.pk for record in desk.next_records(reader, review, stage, count=3)],
            f"progress {stage}": desk.progress_of(reader, review, stage),
            f"totals {stage}": desk.stage_totals(review, stage),
            f"votes {stage}": independent_votes(reader, review, stage),
            f"conflicts {stage}": list(listed_conflicts(member, mine=False, stage=stage, kind="").values_list("pk")),
            f"settled {stage}": list(listed_settlements(review, stage=stage, kind="").values_list("pk")),
        }
        for state in ("", "pending", "included", "excluded", "conflict", "waiting", "mine"):
            for label in ("", "secret label", "first thought"):
                asked = RecordFilter(stage=stage, state=state, label=label)
                rows = found_records(reader, review, asked).order_by("pk")
                seen[f"list {stage} {state} {label}"] = list(rows.values())
    seen["known conflicts"] = list(known_conflicts(review).values_list("pk", "state"))
    return seen


def judgements(reader: User, review: Review, record: Record) -> dict[str, Any]:
    events = list(audit_events_visible_to(reader, review).order_by("id"))
    names = actor_names(reader, review, events)
    card = cards(reader, review, TA, [record])[0]
    around = neighbour(reader, review, TA, of=record.pk, forward=True)
    return {
        "labels": labels_visible_to(reader, review),
        "decisions": list(decisions_visible_to(reader, review).values_list("record", "verdict", "reviewer")),
        "notes": list(notes_visible_to(reader, review).values_list("record", "text", "labels")),
        "votes": [str(vote) for vote in shown_votes(reader, record, TA)],
        "outcome": (outcome_of(record, TA), is_complete(record, TA)),
        "events": [(names[e.pk], e.action, e.target_id, e.before, e.after, e.reason) for e in events],
        "history": [event.action for event in history(reader, record)],
        "card": (card.verdict, card.reason, card.note, card.labels, card.is_complete),
        "neighbour": around.pk if around else None,
    }


def numbers(review: Review, batch: ImportBatch) -> dict[str, Any]:
    counts = prisma_counts(review)
    behind = {key: rows_behind(review, key) for key, _ in counts.flat() if not key.startswith("pending/")}
    rules = [Rule(1), Rule(2, "undecided"), Rule(3), Rule(3, agreement="majority")]
    return {
        "prisma": counts,
        "identities": identities(counts),
        "behind": {key: sorted(rows.values_list("pk", flat=True)) for key, rows in behind.items() if rows is not None},
        "effects": [protocol.effect_of_rule(review, stage, rule) for stage in Stage for rule in rules],
        "undo would take": imports.what_undo_would_take(batch),
    }


def answers(reader: User, record: Record, other: Record) -> dict[str, Any]:
    pair = DuplicatePair.objects.get(review=record.review)
    said = {
        f"{stage} {verdict}": refusal(
            lambda stage=stage, verdict=verdict: decisions.make_decision(
                actor=reader, record=record, stage=stage, verdict=verdict
            )
        )
        for stage in Stage
        for verdict in Verdict.values
    }
    said |= {
        f"rule {same}": refusal(lambda same=same: duplicates.rule_on_pair(actor=reader, pair=pair, same=same))
        for same in (True, False)
    }
    split = record.references.get()
    return said | {"split": refusal(lambda: duplicates.split(actor=reader, reference=split))}


def after_a_merge(reader: User, record: Record, other: Record) -> dict[str, Any]:
    """Who survives, what is shown of it and where it stands must not tell which of two records carries a vote."""
    reference = other.references.get()
    with transaction.atomic():
        kept = duplicates.link([reference.pk, record.references.get().pk])
        assert kept is not None
        seen = {"kept": kept.pk, **lists(reader, kept.review), **judgements(reader, kept.review, kept)}
        seen["votes then"] = refusal(lambda: decisions.keep_note(actor=reader, record=kept, stage=TA, text="mine"))
        reference.refresh_from_db()
        parted = duplicates.part(reference)
        seen["parted"] = (
            parted.pk,
            outcome_of(parted, TA),
            [vote.reviewer for vote in shown_votes(reader, parted, TA)],
        )
        transaction.set_rollback(True)
    return seen


def lead_table(review: Review) -> list[Any]:
    """Totals per person are what a lead may know; Carol's own line differs, as it may."""
    return [(m.user.name, dict(progress)) for m, progress in desk.lead_progress(review) if m.user.name != "Carol"]


@pytest.mark.parametrize("name", ["bob", "alice", "olga", "tess"])
def test_worlds_with_different_hidden_votes_look_alike(
    name: str, review: Review, carol: User, bob: User, alice: User, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(name)
    record, other, done = (RecordFactory(review=review) for _ in range(3))
    for who in (bob, alice):
        decisions.make_decision(actor=who, record=done, stage=TA, verdict=Verdict.INCLUDE, labels=["open label"])
    first, second = record.references.get(), other.references.get()
    DuplicatePair.objects.create(review=review, first=first, second=second, state=PairState.UNCERTAIN)
    seen = {}
    for world, act in WORLDS.items():
        with transaction.atomic():
            act(carol, record)
            seen[world] = {
                **lists(reader, review),
                **judgements(reader, review, record),
                **numbers(review, first.batch),
                **answers(reader, record, other),
                "merge": after_a_merge(reader, record, other),
                "lead": lead_table(review),
            }
            transaction.set_rollback(True)
    nothing = seen.pop("no vote")
    assert nothing["labels"] == ["open label"]
    for world, found in seen.items():
        for what, value in found.items():
            assert value == nothing[what], f"{name} can tell “{world}” by {what}"


@pytest.mark.parametrize("name", ["alice", "olga", "tess"])
def test_a_vote_taken_back_hides_the_other_one_again(
    name: str, review: Review, record: Record, bob: User, carol: User, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(name)
    other = RecordFactory(review=review)
    duplicates.link([record.references.get().pk, other.references.get().pk])
    says(Verdict.EXCLUDE, note="Providers only", labels=["secret label"])(carol, record)
    mine = decisions.make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.INCLUDE)
    assert len(shown_votes(reader, record, TA)) == 2
    decisions.undo_decision(actor=bob, decision=mine)
    seen = judgements(reader, review, record)
    assert (seen["decisions"], seen["notes"], seen["labels"], seen["votes"], seen["events"]) == ([], [], [], [], [])
    conflict = Conflict.objects.get(record=record)
    shown = table(Membership.objects.get(review=review, user=reader), conflict)
    assert (shown.votes, shown.thread, shown.ruling) == ([], [], None)


def test_a_merged_record_whose_votes_are_hidden_again_shows_nothing_of_its_past(
    review: Review, alice: User, bob: User, carol: User, olga: User
) -> None:
    """Complete before the merge, pending after a vote was taken back: no old outcome may open its events."""
    early, late = RecordFactory(review=review), RecordFactory(review=review)
    says(Verdict.EXCLUDE)(carol, late)
    mine = decisions.make_decision(actor=bob, record=late, stage=TA, verdict=Verdict.EXCLUDE)
    duplicates.link([early.references.get().pk, late.references.get().pk])
    assert outcome_of(early, TA) == Outcome.EXCLUDED
    decisions.undo_decision(actor=bob, decision=mine)
    assert outcome_of(early, TA) == Outcome.PENDING
    assert not audit_events_visible_to(olga, review).filter(action__startswith="screening.decision").exists()


def test_a_vote_given_after_others_were_revealed_is_not_independent(
    review: Review, record: Record, alice: User, bob: User, carol: User
) -> None:
    """Alice had not voted, but she could read both votes before Bob took his back."""
    says(Verdict.EXCLUDE)(carol, record)
    mine = decisions.make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.INCLUDE)
    decisions.undo_decision(actor=bob, decision=mine)
    late = decisions.make_decision(actor=alice, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    assert not late.independent
    [unit] = independent_votes(bob, review, TA).units
    assert unit.votes == {carol.pk: Verdict.EXCLUDE, bob.pk: Verdict.INCLUDE}


@pytest.mark.parametrize("sees", SettlerSees.values)
def test_names_in_an_open_conflict_follow_the_rule(
    sees: str, review: Review, record: Record, alice: User, bob: User, carol: User, tess: User
) -> None:
    protocol.change_stage_rule(actor=alice, review=review, stage=TA, settler_sees=sees)
    says(Verdict.EXCLUDE, note="Providers only")(carol, record)
    decisions.make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.INCLUDE)
    names = {vote.reviewer for vote in shown_votes(tess, record, TA)}
    expected = {"anonymous": {"Reviewer 1", "Reviewer 2"}, "names": {"Bob", "Carol"}, "nothing": set()}
    assert names == expected[sees]
    told = set(actor_names(tess, review, audit_events_visible_to(tess, review)).values())
    assert ("Bob" in told) == (sees == SettlerSees.NAMES)
    conflict = Conflict.objects.get(record=record)
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="Out of scope.")
    assert {vote.reviewer for vote in shown_votes(tess, record, TA)} == {"Bob", "Carol"}
