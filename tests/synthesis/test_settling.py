"""Two people code apart; what matches is agreed, what differs is settled, the independent codings stay."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, DomainError, Invalid, NotAllowed
from reviewapp.reviews.models import Membership, Review
from screening.models import Study
from screening.visibility import audit_events_visible_to
from synthesis.choices import Layer, Ruling
from synthesis.models import Code, Coding, CodingComparison, CodingSettlement, TextVersion
from synthesis.queries.comparing import side_by_side
from synthesis.services import codes, coding
from synthesis.services.finishing import finish, take_up_again
from synthesis.services.settling import Wanted, confirm, propose, reopen, rule, take_matches, withdraw
from synthesis.visibility import codes_visible_to, held_codings
from tests.conftest import person
from tests.synthesis.conftest import span


def code(person: User, version: TextVersion, words: str, name: str) -> Coding:
    start, end = span(version, words)
    return coding.code_stretch(actor=person, version=version, start=start, end=end, name=name)


def held(review: Review) -> list[tuple[str, str]]:
    return [
        (row.code.name, row.quote)
        for row in held_codings(review).select_related("code").order_by("start", "code__name")
    ]


@pytest.fixture
def compared(version: TextVersion, study: Study, apart: None, bob: User, carol: User) -> CodingComparison:
    """They agree on one stretch, differ on code, on stretch, and each coded something alone."""
    code(bob, version, "stopped feeling alone", "isolation ends")
    code(carol, version, "the moment they stopped feeling alone", "Isolation ends")
    code(bob, version, "told nobody for two years", "secrecy")
    code(carol, version, "told nobody for two years", "silence")
    code(bob, version, "I walked in and they were laughing", "ease")
    code(carol, version, "laughing. I came back the next week and the next", "ease")
    code(carol, version, "questions could be asked", "safe to ask")
    assert finish(actor=bob, study=study) is None
    comparison = finish(actor=carol, study=study)
    assert comparison is not None
    return comparison


def kinds(comparison: CodingComparison) -> list[tuple[str, str]]:
    return [(case.kind, case.state) for case in side_by_side(comparison).cases]


def test_nothing_shows_before_both_have_finished(
    version: TextVersion, study: Study, apart: None, bob: User, carol: User, review: Review
) -> None:
    code(bob, version, "told nobody", "secrecy")
    finish(actor=bob, study=study)
    assert not codes_visible_to(carol, review).exists()
    told = {event.action for event in audit_events_visible_to(carol, review)}
    assert not told & {"synthesis.coding.made", "synthesis.study.finished"}
    with pytest.raises(NotAllowed):
        code(bob, version, "laughing", "more")
    take_up_again(actor=bob, study=study)
    code(bob, version, "laughing", "more")
    finish(actor=bob, study=study)
    finish(actor=carol, study=study)
    assert {c.name for c in codes_visible_to(carol, review)} == {"secrecy", "more"}
    assert "synthesis.coding.made" not in {event.action for event in audit_events_visible_to(carol, review)}
    comparison = CodingComparison.objects.get()
    keys = [case.key for case in side_by_side(comparison).open_cases]
    rule(actor=person("Tess"), comparison=comparison, keys=keys, ruling=Ruling.KEEP, reason="Fits")
    assert "synthesis.coding.made" in {event.action for event in audit_events_visible_to(carol, review)}
    with pytest.raises(AlreadyDone):
        take_up_again(actor=bob, study=study)


def test_what_matches_is_agreed_at_once(compared: CodingComparison, review: Review) -> None:
    assert kinds(compared) == [("agreed", "settled"), ("code", "open"), ("stretch", "open"), ("alone", "open")]
    assert held(review) == [("isolation ends", "the moment they stopped feeling alone")]
    assert Code.objects.filter(name__iexact="isolation ends", removed_at=None).count() == 1
    assert Coding.objects.filter(layer=Layer.OWN, removed_at=None).count() == 7


def test_differences_are_settled_by_agreement(
    compared: CodingComparison, bob: User, carol: User, review: Review
) -> None:
    _, other_code, stretch, alone = side_by_side(compared).cases
    secrecy = Code.objects.get(name="secrecy")
    made = propose(
        actor=bob, comparison=compared, keys=[other_code.key], ruling=Ruling.MERGE, wanted=[Wanted(code=secrecy)], reason="Kept from others"
    )  # fmt: skip
    assert made[0].settled_at is None
    assert held(review) == [("isolation ends", "the moment they stopped feeling alone")]
    with pytest.raises(NotAllowed):
        withdraw(actor=carol, comparison=compared, proposal=made[0].pk)
    assert confirm(actor=carol, comparison=compared, proposal=made[0].pk).settled_at
    propose(actor=carol, comparison=compared, keys=[stretch.key], ruling=Ruling.KEEP, reason="Both")
    standing = CodingSettlement.objects.get(settled_at=None)
    confirm(actor=bob, comparison=compared, proposal=standing.pk)
    compared.refresh_from_db()
    assert compared.settled_at is None
    propose(actor=bob, comparison=compared, keys=[alone.key], ruling=Ruling.DROP, reason="Says nothing of groups")
    confirm(actor=carol, comparison=compared, proposal=CodingSettlement.objects.get(settled_at=None).pk)
    compared.refresh_from_db()
    assert compared.settled_at is not None
    assert held(review) == [
        ("isolation ends", "the moment they stopped feeling alone"),
        ("secrecy", "told nobody for two years"),
        ("ease", "I walked in and they were laughing. I came back the next week and the next"),
    ]
    assert Coding.objects.filter(layer=Layer.OWN, removed_at=None).count() == 7
    event = AuditEvent.objects.filter(action="synthesis.difference.settled").latest("pk")
    assert (event.reason, event.judged_record) == ("Says nothing of groups", None)


def test_the_third_assessor_rules_on_several_at_once_and_it_is_reopened(
    compared: CodingComparison, tess: User, bob: User, alice: User, review: Review
) -> None:
    keys = [case.key for case in side_by_side(compared).open_cases]
    for actor in (bob, alice):
        with pytest.raises(NotAllowed):
            rule(actor=actor, comparison=compared, keys=keys, ruling=Ruling.KEEP, reason="x")
    with pytest.raises(Invalid):
        rule(actor=tess, comparison=compared, keys=keys, ruling=Ruling.KEEP, reason=" ")
    made = rule(actor=tess, comparison=compared, keys=keys, ruling=Ruling.KEEP, reason="Both readings hold")
    compared.refresh_from_db()
    assert compared.settled_at
    assert ("safe to ask", "questions could be asked") in held(review)
    assert {("secrecy", "told nobody for two years"), ("silence", "told nobody for two years")} <= set(held(review))
    with pytest.raises(AlreadyDone):
        rule(actor=tess, comparison=compared, keys=keys, ruling=Ruling.DROP, reason="again")
    reopen(actor=tess, comparison=compared, settlement=made[-1].pk, why="Read it once more")
    compared.refresh_from_db()
    assert compared.settled_at is None
    assert ("safe to ask", "questions could be asked") not in held(review)


def test_merging_codes_makes_differences_match(compared: CodingComparison, bob: User, review: Review) -> None:
    kept, gone = (Code.objects.get(name=name) for name in ("secrecy", "silence"))
    codes.merge_codes(actor=bob, kept=kept, merged=[gone])
    assert [case.matches for case in side_by_side(compared).cases] == [False, True, False, False]
    assert take_matches(actor=bob, comparison=compared) == 1
    assert ("secrecy", "told nobody for two years") in held(review)
    with pytest.raises(AlreadyDone):
        take_matches(actor=bob, comparison=compared)


def test_a_new_code_can_be_the_outcome_and_a_stretch_be_split(
    compared: CodingComparison, tess: User, version: TextVersion, review: Review
) -> None:
    _, other_code, stretch, _ = side_by_side(compared).cases
    rule(
        actor=tess,
        comparison=compared,
        keys=[other_code.key],
        ruling=Ruling.RENAME,
        wanted=[Wanted(name="Keeping it in")],
        reason="Neither",
    )
    first, second = span(version, "laughing"), span(version, "came back")
    rule(
        actor=tess, comparison=compared, keys=[stretch.key], ruling=Ruling.SPLIT, reason="Two things",
        wanted=[Wanted(name="ease", start=first[0], end=first[1]), Wanted(name="returning", start=second[0], end=second[1])],
    )  # fmt: skip
    assert held(review)[1:] == [
        ("Keeping it in", "told nobody for two years"),
        ("ease", "laughing"),
        ("returning", "came back"),
    ]
    with pytest.raises(DomainError):
        rule(
            actor=tess, comparison=compared, keys=[side_by_side(compared).open_cases[0].key], ruling=Ruling.MERGE,
            wanted=[Wanted(name="x", start=5, end=10**6)], reason="r",
        )  # fmt: skip


def test_who_left_is_not_waited_for(compared: CodingComparison, bob: User, carol: User) -> None:
    Membership.objects.filter(user=carol).update(left_at="2026-01-01T00:00Z")
    made = propose(
        actor=bob, comparison=compared, keys=[side_by_side(compared).open_cases[0].key], ruling=Ruling.DROP, reason="x"
    )
    assert made[0].settled_at


def test_one_coder_alone_is_agreed_when_finished(version: TextVersion, study: Study, bob: User, review: Review) -> None:
    from synthesis.models import CodingPlan
    from tests.synthesis.conftest import give

    CodingPlan.objects.create(review=review, people=1)
    give(study, bob)
    code(bob, version, "told nobody", "secrecy")
    comparison = finish(actor=bob, study=study)
    assert comparison is not None
    assert comparison.settled_at
    assert held(review) == [("secrecy", "told nobody")]


def test_many_cases_at_once_ask_the_database_for_codes_and_codings_once(
    version: TextVersion, study: Study, apart: None, bob: User, carol: User, tess: User
) -> None:
    for at in range(0, 60, 3):
        coding.code_stretch(actor=bob, version=version, start=at + 30, end=at + 33, name=f"code {at}")
    finish(actor=bob, study=study)
    comparison = finish(actor=carol, study=study)
    assert comparison is not None
    keys = [case.key for case in side_by_side(comparison).open_cases]

    def asked(some: list[str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            rule(actor=tess, comparison=comparison, keys=some, ruling=Ruling.KEEP, reason="Both")
        return sum('FROM "synthesis_coding" ' in q["sql"] and "agreed" in q["sql"] for q in queries)

    assert asked(keys[:2]) == asked(keys[2:12]) == 1
