"""Filling in, revealing and settling."""

import threading
from typing import Any

import pytest
from django.db import connection

from appraisal.choices import RowState
from appraisal.instruments import shipped
from appraisal.models import Answer, Assignment, Comparison, Instrument, Settlement
from appraisal.queries.comparison import compared as side_by_side
from appraisal.queries.matrix import matrix
from appraisal.services import answers, assignments, instruments, settling
from appraisal.services.answers import Given
from appraisal.services.ratings import DEMO_RULE
from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.appraisal.conftest import answer_all, give, include_study


@pytest.mark.django_db
def test_every_shipped_instrument_can_be_used(review: Review, alice: User) -> None:
    for one in shipped().values():
        made = instruments.adopt(actor=alice, review=review, shipped=one)
        assert made.items.count() == len(one.items)
        for item in made.items.all():
            instruments.keep_item(actor=alice, instrument=made, item=item, hint=item.hint)  # passes every check
    casp = Instrument.objects.get(origin="casp-qualitative")
    assert [item.passes for item in casp.items.all()] == [["yes"], ["yes"], *[[]] * 8]
    assert "BY-NC-SA" in casp.licence


def test_an_answer_saved_over_another_windows_is_refused_and_both_are_kept(
    casp: Instrument, study: Study, bob: User
) -> None:
    [assignment] = give(casp, study, bob)
    item = casp.items.first()
    assert item is not None
    first = answers.keep_answer(actor=bob, assignment=assignment, item=item, given=Given("yes"))
    answers.keep_answer(actor=bob, assignment=assignment, item=item, given=Given("no"), revision=first.revision)
    with pytest.raises(answers.Stale) as refused:
        answers.keep_answer(actor=bob, assignment=assignment, item=item, given=Given("cant_tell"), revision=1)
    assert refused.value.details["answer"].value == "no"  # type: ignore[attr-defined]
    assert Answer.objects.get().value == "no"
    # The same content again is no conflict, whatever was seen before.
    assert answers.keep_answer(actor=bob, assignment=assignment, item=item, given=Given("no"), revision=1).revision == 2


def test_only_the_person_asked_answers(casp: Instrument, study: Study, bob: User, carol: User, olga: User) -> None:
    [assignment] = give(casp, study, bob)
    item = casp.items.first()
    assert item is not None
    for other in (carol, olga):
        with pytest.raises(NotAllowed):
            answers.keep_answer(actor=other, assignment=assignment, item=item, given=Given("yes"))
    assert not Answer.objects.exists()


def test_a_study_is_finished_once_everything_asked_is_answered(casp: Instrument, study: Study, bob: User) -> None:
    [assignment] = give(casp, study, bob)
    with pytest.raises(Invalid, match="Not answered yet: 1, 2, 3"):
        answers.finish(actor=bob, assignment=assignment)
    answer_all(assignment)
    assert answers.finish(actor=bob, assignment=assignment) is None  # the second person has not been asked yet
    with pytest.raises(AlreadyDone):
        answers.keep_answer(
            actor=bob, assignment=assignment, item=casp.items.get(key="q3"), given=Given("no"), revision=1
        )
    answers.take_up_again(actor=bob, assignment=assignment)
    answers.keep_answer(actor=bob, assignment=assignment, item=casp.items.get(key="q3"), given=Given("no"), revision=1)


def test_a_closed_gate_asks_why_and_never_drops_the_study(casp: Instrument, study: Study, bob: User) -> None:
    [assignment] = give(casp, study, bob)
    answer_all(assignment, q2="no")
    with pytest.raises(Invalid, match="Say why"):
        answers.finish(actor=bob, assignment=assignment)
    answers.finish(actor=bob, assignment=assignment, gate_reason="The interviews are worth reading.")
    assert Assignment.objects.get(pk=assignment.pk).gate_reason == "The interviews are worth reading."


def test_the_answers_are_revealed_when_the_last_has_finished(
    casp: Instrument, study: Study, bob: User, carol: User
) -> None:
    first, second = give(casp, study, bob, carol)
    answers.finish(actor=bob, assignment=answer_all(first))
    assert not Comparison.objects.exists()
    found = answers.finish(actor=carol, assignment=answer_all(second, q6="cant_tell"))
    assert found is not None
    assert found.settled_at is None
    [row] = side_by_side(found).open_rows
    assert row.item.key == "q6"
    with pytest.raises(AlreadyDone):
        answers.take_up_again(actor=bob, assignment=first)


def test_equal_answers_are_settled_at_once(casp: Instrument, study: Study, bob: User, carol: User) -> None:
    for assignment in give(casp, study, bob, carol):
        answers.finish(actor=assignment.person, assignment=answer_all(assignment))
    found = Comparison.objects.get()
    assert found.settled_at is not None
    assert side_by_side(found).final["q6"] == "yes"


def test_one_proposes_the_other_confirms(compared: Comparison, bob: User, carol: User) -> None:
    item = compared.instrument.items.get(key="q6")
    settling.propose(
        actor=bob, comparison=compared, item=item, value="cant_tell", rationale="Nothing about their part."
    )
    assert side_by_side(compared).open_rows[0].state == RowState.PROPOSED
    settling.propose(actor=carol, comparison=compared, item=item, value="cant_tell")
    compared.refresh_from_db()
    assert compared.settled_at is not None
    row = next(row for row in side_by_side(compared).rows if row.item == item)
    assert (row.state, row.value, sorted(row.values)) == (RowState.SETTLED, "cant_tell", ["cant_tell", "yes"])
    with pytest.raises(AlreadyDone):
        settling.propose(actor=bob, comparison=compared, item=item, value="yes")


def test_another_proposal_replaces_the_first_and_can_be_withdrawn(compared: Comparison, bob: User, carol: User) -> None:
    item = compared.instrument.items.get(key="q6")
    settling.propose(actor=bob, comparison=compared, item=item, value="yes")
    settling.propose(actor=carol, comparison=compared, item=item, value="no")
    assert Settlement.objects.filter(set_aside_at=None).get().proposed_by == carol
    with pytest.raises(AlreadyDone):
        settling.withdraw(actor=bob, comparison=compared, item=item)
    settling.withdraw(actor=carol, comparison=compared, item=item)
    assert side_by_side(compared).open_rows[0].state == RowState.DIFFERS
    assert Settlement.objects.count() == 2  # nothing is deleted


def test_the_third_assessor_rules_with_a_reason(compared: Comparison, tess: User, bob: User, alice: User) -> None:
    item = compared.instrument.items.get(key="q6")
    with pytest.raises(Invalid, match="needs a reason"):
        settling.rule(actor=tess, comparison=compared, item=item, value="yes", rationale=" ")
    for other in (bob, alice):
        with pytest.raises(NotAllowed):
            settling.rule(actor=other, comparison=compared, item=item, value="yes", rationale="Because")
    settling.rule(actor=tess, comparison=compared, item=item, value="yes", rationale="They tell of a diary.")
    compared.refresh_from_db()
    assert compared.settled_at is not None


def test_a_settled_question_is_opened_again_with_a_reason(
    compared: Comparison, tess: User, alice: User, bob: User
) -> None:
    item = compared.instrument.items.get(key="q6")
    settling.rule(actor=tess, comparison=compared, item=item, value="yes", rationale="They tell of a diary.")
    with pytest.raises(NotAllowed):
        settling.reopen(actor=bob, comparison=compared, item=item, why="I think otherwise")
    settling.reopen(actor=alice, comparison=compared, item=item, why="The diary belongs to another study.")
    compared.refresh_from_db()
    assert compared.settled_at is None
    assert AuditEvent.objects.filter(action="appraisal.difference.reopened").get().reason.startswith("The diary")


def test_a_rating_follows_the_teams_rule_and_can_be_overridden_with_a_reason(
    compared: Comparison, alice: User, tess: User, olga: User
) -> None:
    casp = instruments.set_rating_rule(actor=alice, instrument=compared.instrument, rule=DEMO_RULE)
    assert side_by_side(Comparison.objects.get()).rating == ""
    settling.rule(
        actor=tess, comparison=compared, item=casp.items.get(key="q6"), value="cant_tell", rationale="Nothing said."
    )
    assert side_by_side(Comparison.objects.get()).rating == "Strong"
    with pytest.raises(Invalid, match="needs a reason"):
        settling.override_rating(actor=alice, comparison=compared, rating="Weak")
    with pytest.raises(NotAllowed):
        settling.override_rating(actor=olga, comparison=compared, rating="Weak", reason="No")
    settling.override_rating(actor=alice, comparison=compared, rating="Weak", reason="Ten people, one meeting.")
    assert matrix(casp).rows[0].rating == "Weak"
    settling.override_rating(actor=alice, comparison=compared, rating=None)
    assert matrix(casp).rows[0].rating == "Strong"


def test_a_changed_question_keeps_its_answers_and_marks_them(
    casp: Instrument, study: Study, bob: User, alice: User
) -> None:
    [assignment] = give(casp, study, bob)
    answer_all(assignment)
    item = casp.items.get(key="q4")
    instruments.keep_item(actor=alice, instrument=casp, item=item, hint="Another hint")
    assert not Answer.objects.select_related("item").get(item=item).is_outdated
    instruments.keep_item(actor=alice, instrument=casp, item=item, text="Were the right people asked?")
    answer = Answer.objects.select_related("item").get(item=item)
    assert (answer.value, answer.is_outdated) == ("yes", True)
    answers.keep_answer(actor=bob, assignment=assignment, item=item, given=Given("yes"), revision=answer.revision)
    assert not Answer.objects.select_related("item").get(item=item).is_outdated


def test_studies_are_spread_evenly_and_what_is_assigned_stays(
    casp: Instrument, review: Review, study: Study, alice: User, bob: User, carol: User
) -> None:
    for number in range(5):
        include_study(review, f"Berg 201{number}")
    tasks = review.memberships.get(user=alice)
    tasks.tasks = [*tasks.tasks, "appraise"]
    tasks.save()
    give(casp, study, bob)
    assert assignments.spread(actor=alice, instrument=casp, people=[alice, bob, carol]) == 11
    loads = [Assignment.objects.filter(person=person).count() for person in (alice, bob, carol)]
    assert loads == [4, 4, 4]
    assert assignments.spread(actor=alice, instrument=casp, people=[alice, bob, carol]) == 0


def test_a_study_given_to_somebody_else_keeps_the_answers(
    casp: Instrument, study: Study, alice: User, bob: User, carol: User
) -> None:
    [assignment] = give(casp, study, bob)
    answer_all(assignment)
    give(casp, study, carol)
    with pytest.raises(AlreadyDone, match="Your answers are kept"):
        answers.finish(actor=bob, assignment=assignment)
    back = give(casp, study, bob, carol)
    assert Answer.objects.filter(assignment=next(a for a in back if a.person == bob)).count() == 10


def test_nobody_without_the_task_is_assigned(
    casp: Instrument, study: Study, olga: User, alice: User, bob: User
) -> None:
    with pytest.raises(Invalid, match="does not have the task"):
        give(casp, study, olga)
    with pytest.raises(NotAllowed):
        assignments.assign(actor=bob, instrument=casp, study=study, people=[bob])


@pytest.mark.django_db(transaction=True)
def test_two_who_finish_in_the_same_second_reveal_once(casp: Instrument, study: Study, bob: User, carol: User) -> None:
    pairs = [answer_all(assignment) for assignment in give(casp, study, bob, carol)]
    barrier, failed = threading.Barrier(2), list[BaseException]()

    def finish(assignment: Any) -> None:
        try:
            barrier.wait()
            answers.finish(actor=assignment.person, assignment=assignment)
        except BaseException as error:  # told below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=finish, args=(one,)) for one in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Comparison.objects.count() == 1


def test_only_the_proposal_that_was_seen_is_confirmed(compared: Comparison, bob: User, carol: User) -> None:
    item = compared.instrument.items.get(key="q6")
    seen = settling.propose(actor=bob, comparison=compared, item=item, value="yes")
    settling.propose(actor=bob, comparison=compared, item=item, value="no")
    with pytest.raises(AlreadyDone, match="nothing was confirmed"):
        settling.confirm(actor=carol, comparison=compared, item=item, proposal=seen.pk)
    standing = Settlement.objects.get(set_aside_at=None)
    assert standing.settled_at is None
    settling.confirm(actor=carol, comparison=compared, item=item, proposal=standing.pk)
    standing.refresh_from_db()
    assert standing.settled_at is not None


def test_questions_taken_out_and_asked_again_settle_and_open_the_study(compared: Comparison, alice: User) -> None:
    review, item = compared.instrument.review, compared.instrument.items.get(key="q6")
    for back, settled in ((False, True), (True, False)):
        instruments.retire_item(actor=alice, item=item, back=back)
        compared.refresh_from_db()
        assert (compared.settled_at is not None) == settled
        assert not any(breach.startswith("comparison") for breach in breaches(review))
    Comparison.objects.update(settled_at=compared.revealed_at)
    assert any(breach.startswith(f"comparison {compared.pk}") for breach in breaches(review))
