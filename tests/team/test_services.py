"""People come by invitation, keep what they judged when they leave, and a review never loses its last lead."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Invitation, Membership, Review
from reviewapp.team import services as team
from screening.choices import Outcome, Stage, Verdict
from screening.models import Record, ScreeningDecision
from screening.services import decisions
from screening.visibility import outcome_of
from tests.factories import UserFactory

TA = Stage.TITLE_ABSTRACT
LINK = "https://tandem.example/invitations/{token}/"


def place(review: Review, who: User) -> Membership:
    return Membership.objects.get(review=review, user=who)


def invite(alice: User, review: Review, email: str = "eve@example.org") -> Invitation:
    return team.invite(actor=alice, review=review, email=email, tasks=[Task.OBSERVE], link=LINK)


def token(invitation: Invitation) -> str:
    return f"{invitation.pk}-{invitation.token}"


def test_a_new_review_has_a_lead_and_a_protocol(dave: User) -> None:
    review = team.create_review(actor=dave, title="  Peer support  ", tasks=[Task.SCREEN_FULL_TEXT])
    assert review.title == "Peer support"
    assert set(place(review, dave).tasks) == {Task.LEAD, Task.SCREEN_FULL_TEXT}
    assert review.stage_rules.count() == len(Stage)


def test_an_invitation_is_mailed_and_works_once_for_its_address(
    review: Review, alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(alice, review, " Eve@Example.org ")
    assert token(invitation) in mail.outbox[0].body
    with pytest.raises(Invalid):
        team.accept_invitation(actor=UserFactory(name="Mallory"), invitation=invitation)
    eve = UserFactory(email="eve@example.org")
    assert team.accept_invitation(actor=eve, invitation=team.find_invitation(token(invitation))).tasks == [Task.OBSERVE]
    with pytest.raises(team.InvitationOver):
        team.accept_invitation(actor=eve, invitation=invitation)


@pytest.mark.parametrize("how", ["expired", "revoked", "replaced"])
def test_an_invitation_that_is_over_lets_nobody_in(how: str, review: Review, alice: User) -> None:
    invitation = invite(alice, review)
    if how == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "revoked":
        team.revoke_invitation(actor=alice, invitation=invitation)
    else:
        invite(alice, review)
    with pytest.raises(team.InvitationOver):
        team.accept_invitation(actor=UserFactory(email="eve@example.org"), invitation=invitation)
    assert not Membership.objects.filter(user__email="eve@example.org").exists()


@pytest.mark.parametrize("made_up", ["", "x", "-", "0-0", "é" * 32, "{pk}-" + "0" * 32, "{pk}-", "{pk}"])
def test_wrong_links_all_get_the_same_answer(made_up: str, review: Review, alice: User) -> None:
    wrong = made_up.replace("{pk}", str(invite(alice, review).pk))
    with pytest.raises(team.InvitationOver, match="does not belong to an invitation"):
        team.find_invitation(wrong)


def test_who_leaves_keeps_their_votes_and_can_give_no_more(
    review: Review, record: Record, alice: User, bob: User, carol: User
) -> None:
    decisions.make_decision(actor=carol, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    team.remove_member(actor=alice, membership=place(review, carol))
    decisions.make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    assert outcome_of(record, TA) == Outcome.EXCLUDED
    with pytest.raises(NotAllowed):
        decisions.undo_decision(actor=carol, decision=ScreeningDecision.objects.get(reviewer=carol))
    back = team.add_member(actor=alice, review=review, user=carol, tasks=[Task.OBSERVE])
    assert back.left_at is None


def test_a_stale_page_cannot_remove_or_change_somebody_twice(review: Review, alice: User, bob: User) -> None:
    stale = place(review, bob)
    team.remove_member(actor=bob, membership=place(review, bob))
    with pytest.raises(AlreadyDone):
        team.remove_member(actor=alice, membership=stale)
    with pytest.raises(AlreadyDone):
        team.change_tasks(actor=alice, membership=stale, tasks=[Task.LEAD])
    assert AuditEvent.objects.filter(action="reviews.member.left").count() == 1


def test_the_last_lead_stays(review: Review, alice: User, bob: User) -> None:
    with pytest.raises(Invalid, match="needs a lead"):
        team.remove_member(actor=alice, membership=place(review, alice))
    with pytest.raises(Invalid, match="needs a lead"):
        team.change_tasks(actor=alice, membership=place(review, alice), tasks=[Task.OBSERVE])
    stale = place(review, bob)
    team.change_tasks(actor=alice, membership=place(review, bob), tasks=[Task.LEAD])
    team.change_tasks(actor=alice, membership=place(review, alice), tasks=[Task.OBSERVE])
    with pytest.raises(Invalid, match="needs a lead"):  # the page was loaded before Bob became the lead
        team.remove_member(actor=bob, membership=stale)


def test_only_leads_change_the_team(review: Review, bob: User, dave: User, carol: User) -> None:
    for who in (bob, dave):
        with pytest.raises(NotAllowed):
            invite(who, review)
        with pytest.raises(NotAllowed):
            team.remove_member(actor=who, membership=place(review, carol))
        with pytest.raises(NotAllowed):
            team.change_review(actor=who, review=review, title="Mine")
    with pytest.raises(Invalid):
        team.change_tasks(actor=place(review, carol).review.created_by, membership=place(review, carol), tasks=["king"])
