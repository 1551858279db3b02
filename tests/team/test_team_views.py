"""Creating a review, tasks person by person, invitations, leaving."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Invitation, Membership, Review
from reviewapp.team.services import invite
from screening.choices import Stage, Verdict
from screening.models import Record, StageRule
from screening.services.decisions import make_decision
from screening.visibility import outcome_of
from tests.factories import MembershipFactory


def url(name: str, review: Review, *args: object) -> str:
    return reverse(f"team:{name}", args=[review.pk, *args])


def accept_url(invitation: Invitation) -> str:
    return reverse("team:invitation-accept", args=[f"{invitation.pk}-{invitation.token}"])


@pytest.fixture
def invitation(review: Review, alice: User) -> Invitation:
    return invite(actor=alice, review=review, email="new@example.org", tasks=["observe"], link="https://x/{token}")


@pytest.mark.parametrize("name", ["review-edit", "member-list", "member-change", "member-remove"])
@pytest.mark.parametrize("who", ["alice", "bob", "olga", "dave"])
def test_who_may_open(
    name: str, who: str, client: Client, review: Review, carol: User, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    member = Membership.objects.get(user=carol, review=review)
    args = [member.pk] if name in {"member-change", "member-remove"} else []
    expected = {"alice": 200, "dave": 404}.get(who, 200 if name == "member-list" else 403)
    assert client.get(url(name, review, *args)).status_code == expected


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("olga", 403), ("dave", 404)])
def test_only_leads_change_the_team(
    who: str,
    status: int,
    client: Client,
    review: Review,
    carol: User,
    invitation: Invitation,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(who))
    member = Membership.objects.get(user=carol, review=review)
    for target, data in (
        (url("review-edit", review), {"title": "Mine"}),
        (url("member-change", review, member.pk), {"tasks": ["observe"]}),
        (url("member-remove", review, member.pk), {}),
        (url("invitation-create", review), {"email": "", "tasks": ["lead"]}),
        (url("invitation-revoke", review, invitation.pk), {}),
    ):
        assert client.post(target, data).status_code == status
    member.refresh_from_db()
    invitation.refresh_from_db()
    assert (member.left_at, invitation.state, Invitation.objects.count()) == (None, "open", 1)


def test_members_of_another_review_are_not_found(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    foreign = MembershipFactory()
    assert client.get(url("member-change", review, foreign.pk)).status_code == 404
    assert client.post(url("member-remove", review, foreign.pk)).status_code == 404
    assert client.get(url("member-change", review, 10**17)).status_code == 404


# --- The review -------------------------------------------------------------------------------------------------------


def test_creating_a_review_makes_a_lead_with_the_chosen_tasks(client: Client, dave: User) -> None:
    client.force_login(dave)
    response = client.post(
        reverse("review-create"),
        {
            "title": "Peer support",
            "question": "How?",
            "registration": "CRD1",
            "framework": "pico",
            "part_population": "Adults",
            "tasks": [Task.SCREEN_TITLE_ABSTRACT],
        },
    )
    review = Review.objects.get(title="Peer support")
    assert response["Location"] == reverse("review-detail", args=[review.pk])
    assert (review.framework, review.framework_fields["population"]) == ("pico", "Adults")
    assert review.memberships.get().tasks == [Task.SCREEN_TITLE_ABSTRACT, Task.LEAD]
    assert StageRule.objects.filter(review=review).count() == len(Stage)


@pytest.mark.parametrize("data", [{"title": ""}, {"title": "x" * 501}, {"title": "ok", "framework": "odd"}])
def test_wrong_entries_come_back_with_words(data: dict[str, str], client: Client, dave: User) -> None:
    client.force_login(dave)
    response = client.post(reverse("review-create"), {"framework": "spider", **data})
    assert response.status_code == 422
    assert 'class="errors' in response.content.decode() or "errorlist" in response.content.decode()
    assert not Review.objects.exists()


def test_another_framework_brings_its_fields_and_keeps_what_was_typed(client: Client, dave: User) -> None:
    client.force_login(dave)
    data = {"title": "T", "framework": "peo", "part_outcome": "Coping", "part_sample": "Adults", "switch": "1"}
    fragment = client.post(reverse("review-create"), data, headers={"HX-Request": "true"}).content.decode()
    assert "Exposure" in fragment
    assert "Sample" not in fragment
    assert "Coping" in fragment
    assert "<html" not in fragment
    whole = client.post(reverse("review-create"), data).content.decode()
    assert "Exposure" in whole
    assert ">T</textarea>" in whole.replace("\n", "")
    assert not Review.objects.exists()


def test_settings_keep_the_texts_of_other_frameworks(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    Review.objects.filter(pk=review.pk).update(framework_fields={"sample": "Adults"})
    client.post(url("review-edit", review), {"title": "New", "framework": "pico", "part_outcome": "Coping"})
    review.refresh_from_db()
    assert (review.title, review.framework_fields["sample"], review.framework_fields["outcome"]) == (
        "New",
        "Adults",
        "Coping",
    )


# --- Tasks and leaving ------------------------------------------------------------------------------------------------


def test_tasks_are_changed_person_by_person(client: Client, review: Review, alice: User, bob: User) -> None:
    client.force_login(alice)
    member = Membership.objects.get(user=bob, review=review)
    client.post(url("member-change", review, member.pk), {"tasks": ["settle_conflicts", "observe"]})
    member.refresh_from_db()
    assert member.tasks == ["settle_conflicts", "observe"]
    response = client.post(url("member-change", review, member.pk), {})
    assert response.status_code == 422
    assert "Choose at least one task." in response.content.decode()


def test_the_last_lead_can_neither_leave_nor_give_it_up(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    own = Membership.objects.get(user=alice, review=review)
    for name, data in (("member-change", {"tasks": ["observe"]}), ("member-remove", {})):
        response = client.post(url(name, review, own.pk), data)
        assert response.status_code == 422
        assert "A review needs a lead" in response.content.decode()


def test_whoever_leaves_is_told_what_happens_and_the_votes_stay(
    client: Client, review: Review, record: Record, bob: User, carol: User
) -> None:
    make_decision(actor=bob, record=record, stage=Stage.TITLE_ABSTRACT, verdict=Verdict.EXCLUDE)
    client.force_login(bob)
    own = Membership.objects.get(user=bob, review=review)
    assert "counts as before" in client.get(url("member-remove", review, own.pk)).content.decode()
    assert client.post(url("member-remove", review, own.pk))["Location"] == reverse("home")
    assert client.get(reverse("review-detail", args=[review.pk])).status_code == 404
    make_decision(actor=carol, record=record, stage=Stage.TITLE_ABSTRACT, verdict=Verdict.EXCLUDE)
    assert outcome_of(record, Stage.TITLE_ABSTRACT) == "excluded"


def test_team_asks_equally_often_for_few_and_many(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    counts = []
    for more in (1, 20):
        for _ in range(more):
            MembershipFactory(review=review)
            Invitation.objects.create(review=review, tasks=["observe"], invited_by=alice, expires_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            client.get(url("member-list", review))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_is_sent_and_its_link_can_be_copied_by_leads_only(
    client: Client, review: Review, alice: User, bob: User, django_capture_on_commit_callbacks: object
) -> None:
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        client.post(url("invitation-create", review), {"email": "New@Example.org", "tasks": ["observe"]})
    invitation = Invitation.objects.get()
    link = f"http://testserver{accept_url(invitation)}"
    assert link in mail.outbox[0].body
    assert link in client.get(url("member-list", review)).content.decode()
    client.force_login(bob)
    page = client.get(url("member-list", review)).content.decode()
    assert invitation.token not in page
    assert "new@example.org" not in page


def test_somebody_without_an_account_signs_up_and_comes_back(client: Client, invitation: Invitation) -> None:
    page = client.get(accept_url(invitation)).content.decode()
    assert "Peer support" in page
    signup = re.search(r'href="(/accounts/signup/[^"]+)"', page)
    assert signup
    form = client.get(signup[1].replace("&amp;", "&")).content.decode()
    assert "new@example.org" in form
    assert f'value="{accept_url(invitation)}"' in form
    response = client.post(
        reverse("account_signup"),
        {
            "name": "New Person",
            "email": "new@example.org",
            "password1": "a quiet library desk",
            "password2": "a quiet library desk",
            "next": accept_url(invitation),
        },
    )
    assert response["Location"] == accept_url(invitation)
    response = client.post(accept_url(invitation))
    assert response["Location"] == reverse("review-detail", args=[invitation.review_id])
    assert Membership.objects.get(user__email="new@example.org").tasks == ["observe"]


def test_an_invitation_works_once(client: Client, review: Review, alice: User, dave: User) -> None:
    invitation = invite(actor=alice, review=review, email="", tasks=["observe"], link="{token}")
    client.force_login(dave)
    assert client.post(accept_url(invitation)).status_code == 302
    other = MembershipFactory().user
    client.force_login(other)
    assert client.post(accept_url(invitation)).status_code == 410
    assert client.get(accept_url(invitation)).status_code == 410
    assert not Membership.objects.filter(user=other, review=review).exists()


def test_an_invitation_by_e_mail_is_for_that_person(client: Client, invitation: Invitation, dave: User) -> None:
    client.force_login(dave)
    assert "was sent to new@example.org" in client.get(accept_url(invitation)).content.decode()
    assert client.post(accept_url(invitation)).status_code == 422
    assert not Membership.objects.filter(user=dave).exists()


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_what_is_over_opens_nothing(
    end: str, client: Client, review: Review, alice: User, dave: User, invitation: Invitation
) -> None:
    if end == "revoked":
        client.force_login(alice)
        assert client.post(url("invitation-revoke", review, invitation.pk)).status_code == 302
        assert client.post(url("invitation-revoke", review, invitation.pk)).status_code == 409
    else:
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    client.force_login(dave)
    response = client.get(accept_url(invitation))
    assert response.status_code == 410
    assert "Peer support" not in response.content.decode()
    assert client.post(accept_url(invitation)).status_code == 410


@pytest.mark.parametrize("token", ["x", "0-0", "%00", "00000000-0000-0000-0000-000000000000-abc", "é-é"])
def test_wrong_links_say_so(token: str, client: Client, db: None) -> None:
    assert client.get(f"/invitations/{token}/").status_code in {400, 410}
