"""Conflicts in numbers: narrowing the list, one ruling for several, and which criteria cause them."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.lib.errors import NotAllowed
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.choices import Outcome, SettlerSees, Stage, Verdict
from screening.models import Adjudication, Conflict, EligibilityCriterion, Record, StageRule
from screening.queries.criteria_report import criteria_report
from screening.services import conflicts
from screening.services.bulk_rulings import adjudicate_each
from screening.services.decisions import undo_decision
from screening.visibility import outcome_of
from tests.factories import RecordFactory
from tests.screening.helpers import conflict_on, page, url, vote

TA = Stage.TITLE_ABSTRACT
YES, MAYBE, NO = Verdict.INCLUDE, Verdict.MAYBE, Verdict.EXCLUDE
Login = Callable[[User], Client]


@pytest.fixture
def criterion(review: Review) -> EligibilityCriterion:
    return EligibilityCriterion.objects.create(review=review, kind="exclusion", code="E1", text="Providers only")


@pytest.fixture
def contested(review: Review, bob: User, carol: User) -> list[Conflict]:
    return [conflict_on(RecordFactory(review=review), bob, carol) for _ in range(3)]


def listed(client: Client, who: User, review: Review, query: str) -> list[int]:
    client.force_login(who)
    return [
        row.record_id for row in client.get(url("conflict-list", review) + f"?show=open&{query}").context["page"].rows
    ]


def test_the_list_is_narrowed_by_what_the_votes_say(
    client: Client, review: Review, criterion: EligibilityCriterion, bob: User, carol: User, tess: User
) -> None:
    first, second = RecordFactory(review=review), RecordFactory(review=review)
    vote(bob, first, YES, labels=["sample"])
    vote(carol, first, NO, criterion=criterion)
    vote(bob, second, MAYBE)
    vote(carol, second, NO)
    assert listed(client, tess, review, "votes=include_exclude") == [first.pk]
    assert listed(client, tess, review, "votes=maybe_exclude") == [second.pk]
    assert listed(client, tess, review, "label=sample") == [first.pk]
    assert listed(client, tess, review, f"criterion={criterion.pk}") == [first.pk]
    assert listed(client, tess, review, "votes=nonsense&criterion=x") == [first.pk, second.pk]


def test_who_voted_narrows_only_where_names_are_shown(
    client: Client, review: Review, contested: list[Conflict], alice: User, bob: User, carol: User, tess: User
) -> None:
    other = conflict_on(RecordFactory(review=review), alice, carol)
    assert listed(client, tess, review, f"voter={bob.pk}") == []
    assert listed(client, bob, review, f"voter={bob.pk}") == [conflict.record_id for conflict in contested]
    assert ">Voted<" not in page(client, tess, url("conflict-list", review)).decode()
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NAMES)
    assert listed(client, tess, review, f"voter={alice.pk}") == [other.record_id]


def test_who_judges_alone_learns_nothing_by_narrowing(
    client: Client, review: Review, contested: list[Conflict], tess: User
) -> None:
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NOTHING)
    assert listed(client, tess, review, "votes=include_exclude") == []
    assert listed(client, tess, review, "votes=maybe_exclude") == []


def test_one_ruling_for_several_and_what_could_not_be_is_told(
    review: Review, contested: list[Conflict], bob: User, carol: User, tess: User, alice: User
) -> None:
    undo_decision(actor=bob, decision=contested[1].record.decisions.get(reviewer=bob))
    done = adjudicate_each(actor=tess, conflicts=contested, verdict=NO, rationale="Providers only.")
    assert [ruling.conflict_id for ruling in done.settled] == [contested[0].pk, contested[2].pk]
    [(refused, error)] = done.refused
    assert refused == contested[1]
    assert "taken back" in error.message
    assert [outcome_of(conflict.record, TA) for conflict in contested] == [
        Outcome.EXCLUDED,
        Outcome.PENDING,
        Outcome.EXCLUDED,
    ]
    assert {ruling.rationale for ruling in Adjudication.objects.all()} == {"Providers only."}


def test_the_page_settles_the_chosen_and_no_other(
    review: Review, contested: list[Conflict], bob: User, tess: User, as_user: Login
) -> None:
    client = as_user(tess)
    assert "Rule on the chosen" in client.get(url("conflict-list", review)).content.decode()
    sent = {"conflict": [contested[0].pk, contested[2].pk], "verdict": NO, "rationale": ""}
    refused = client.post(url("conflict-settle-many", review) + "?show=mine", sent, follow=True)
    assert "needs a rationale" in refused.content.decode()
    assert not Adjudication.objects.exists()
    client.post(url("conflict-settle-many", review) + "?show=mine", sent | {"rationale": "Providers only."})
    assert set(Adjudication.objects.values_list("conflict", flat=True)) == {contested[0].pk, contested[2].pk}
    none = client.post(url("conflict-settle-many", review), {"verdict": NO, "rationale": "x"})
    assert none.status_code == 422
    assert as_user(bob).post(url("conflict-settle-many", review), sent).status_code == 403


def test_a_settler_who_voted_is_refused_for_that_one(
    review: Review, contested: list[Conflict], alice: User, bob: User, carol: User
) -> None:
    review.memberships.filter(user=bob).update(tasks=[Task.SCREEN_TITLE_ABSTRACT, Task.SETTLE_CONFLICTS])
    other = conflict_on(RecordFactory(review=review), alice, carol)
    client, inside = APIClient(), f"/api/v1/reviews/{review.pk}/conflicts/"
    client.force_authenticate(bob)
    sent = {"conflicts": [contested[0].pk, other.pk], "verdict": "include", "rationale": "Peers."}
    answer = client.post(f"{inside}adjudications/", sent, format="json").json()
    assert answer["settled"] == [other.pk]
    assert answer["refused"][0]["conflict"] == contested[0].pk
    assert len(client.get(f"{inside}?votes=include_exclude&stage={TA}").json()["results"]) == 3


def test_the_criteria_that_cause_conflicts_come_first(
    review: Review, criterion: EligibilityCriterion, bob: User, carol: User, tess: User, alice: User
) -> None:
    second = EligibilityCriterion.objects.create(review=review, kind="exclusion", code="E2", text="No group")
    records = [RecordFactory(review=review) for _ in range(4)]
    votes: list[tuple[Record, str, EligibilityCriterion | None, str, EligibilityCriterion | None]] = [
        (records[0], NO, criterion, YES, None),
        (records[1], NO, criterion, NO, criterion),
        (records[2], NO, criterion, NO, second),
    ]
    for record, one, named, other, also in votes:
        vote(bob, record, one, criterion=named)
        vote(carol, record, other, criterion=also)
    found = [(row.criterion.code, row.records, row.differ, row.other) for row in criteria_report(tess, review, TA)]
    assert found == [("E1", 3, 1, 1), ("E2", 1, 0, 1)]
    vote(carol, records[3], NO, criterion=second)  # hidden
    assert [(r.criterion.code, r.records, r.differ, r.other) for r in criteria_report(alice, review, TA)] == found
    assert [(r.criterion.code, r.records, r.differ, r.other) for r in criteria_report(carol, review, TA)] == found


@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("olga", 200), ("dave", 404)])
def test_who_may_see_which_criteria_cause_conflicts(
    who: str,
    status: int,
    review: Review,
    criterion: EligibilityCriterion,
    as_user: Login,
    request: pytest.FixtureRequest,
) -> None:
    assert as_user(request.getfixturevalue(who)).get(url("conflict-criteria", review)).status_code == status


def test_a_lead_is_told_of_conflicts_that_nobody_may_settle(
    review: Review, contested: list[Conflict], alice: User, olga: User, as_user: Login
) -> None:
    StageRule.objects.filter(review=review).update(settled_by="third_assessor")
    review.memberships.filter(user__name="Tess").update(tasks=[Task.OBSERVE])
    assert "3 open conflicts have nobody" in as_user(alice).get(url("conflict-list", review)).content.decode()
    assert "have nobody" not in as_user(olga).get(url("conflict-list", review)).content.decode()
    with pytest.raises(NotAllowed, match="third assessor"):
        conflicts.agree(actor=contested[0].record.decisions.first().reviewer, conflict=contested[0], verdict=YES)
