"""Creating reviews and bringing people in. Above `reviews` and `audit`, so that every act is written down with the act."""

from collections.abc import Iterable
from datetime import timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, DomainError, Invalid, NotAllowed, require_clean_text
from reviewapp.reviews.choices import Framework, Task
from reviewapp.reviews.frameworks import FRAMEWORKS
from reviewapp.reviews.models import Invitation, Membership, Review
from reviewapp.reviews.permissions import Can, require
from reviewapp.reviews.signals import review_created, team_changed

INVITATION_LASTS = timedelta(days=14)
TEXT_FIELDS = ("title", "question", "registration")


class InvitationOver(DomainError):
    status = 410
    title = "This invitation cannot be used"
    code = "invitation-over"


@transaction.atomic
def create_review(*, actor: User, title: str, tasks: Iterable[str] = (Task.LEAD,), **fields: Any) -> Review:
    """A new review led by the actor, with the default protocol of the apps that listen."""
    content = _checked({"title": title, **fields})
    review = Review.objects.create(created_by=actor, is_demo=bool(fields.get("is_demo")), **content)
    Membership.objects.create(review=review, user=actor, tasks=_tasks([Task.LEAD, *tasks]))
    audit.log(actor=actor, review=review, action="reviews.review.created", target=review, after=content)
    review_created.send(sender=Review, review=review, actor=actor)
    return review


@transaction.atomic
def change_review(*, actor: User, review: Review, **fields: Any) -> Review:
    """Change title, question, framework fields or registration id."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    acting_lead(actor, review)
    content = _checked(fields)
    before = {name: getattr(review, name) for name in content}
    for name, value in content.items():
        setattr(review, name, value)
    review.save()
    audit.log(actor=actor, review=review, action="reviews.review.changed", target=review, before=before, after=content)
    return review


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {
        name: require_clean_text(fields[name], what=name).strip() for name in TEXT_FIELDS if name in fields
    }
    if not content.get("title", "x"):
        raise Invalid("A review needs a title.")
    if len(content.get("title", "")) > 500:
        raise Invalid("A title may have up to 500 characters.")
    if "framework" in fields:
        if fields["framework"] not in Framework.values:
            raise Invalid("Unknown question framework.")
        content["framework"] = fields["framework"]
    if "framework_fields" in fields:
        known = {field.key for rows in FRAMEWORKS.values() for field in rows}
        content["framework_fields"] = {
            key: require_clean_text(str(text), what=key)
            for key, text in fields["framework_fields"].items()
            if key in known
        }
    return content


def acting_lead(actor: User, review: Review) -> Membership:
    membership = Membership.objects.filter(review=review, user=actor, left_at=None).first()
    if membership is None:
        raise NotAllowed("You are not a member of this review any more.")
    require(membership, Can.LEAD)
    return membership


def _tasks(tasks: Iterable[str]) -> list[str]:
    given = set(tasks)
    if unknown := given - set(Task.values):
        raise Invalid(f"Unknown task: {', '.join(sorted(unknown))}.")
    if not given:
        raise Invalid("Choose at least one task.")
    return [task for task in Task.values if task in given]


@transaction.atomic
def add_member(*, actor: User, review: Review, user: User, tasks: Iterable[str]) -> Membership:
    """Give somebody who has an account a place in the review; somebody who had left comes back."""
    Review.objects.select_for_update().get(pk=review.pk)
    acting_lead(actor, review)
    return _join(actor=actor, review=review, user=user, tasks=tasks)


def _join(*, actor: User, review: Review, user: User, tasks: Iterable[str]) -> Membership:
    membership, new = Membership.objects.get_or_create(review=review, user=user, defaults={"tasks": _tasks(tasks)})
    if not new:
        if membership.left_at is None:
            raise AlreadyDone(f"{user} is in this review already.")
        membership.tasks, membership.left_at = _tasks(tasks), None
        membership.save()
    audit.log(
        actor=actor,
        review=review,
        action="reviews.member.joined",
        target=membership,
        after={"user": user.pk, "name": str(user), "tasks": membership.tasks},
    )
    team_changed.send(sender=Review, review=review, actor=actor, user=user, tasks_before=[])
    return membership


@transaction.atomic
def change_tasks(*, actor: User, membership: Membership, tasks: Iterable[str]) -> Membership:
    """Give a member another set of tasks. Votes already given stay and count."""
    Review.objects.select_for_update().get(pk=membership.review_id)
    acting_lead(actor, membership.review)
    membership = _still_here(membership)
    new = _tasks(tasks)
    if Task.LEAD in membership.tasks and Task.LEAD not in new:
        _another_lead(membership)
    before = {"tasks": membership.tasks}
    membership.tasks = new
    membership.save(update_fields=["tasks"])
    audit.log(
        actor=actor,
        review=membership.review,
        action="reviews.member.tasks_changed",
        target=membership,
        before=before,
        after={"tasks": new, "name": str(membership.user)},
    )
    _tell(actor, membership, before["tasks"])
    return membership


@transaction.atomic
def remove_member(*, actor: User, membership: Membership) -> None:
    """End a membership. What the person judged stays and counts; only their open slots go to others."""
    Review.objects.select_for_update().get(pk=membership.review_id)
    if actor.pk != membership.user_id:
        acting_lead(actor, membership.review)
    membership = _still_here(membership)
    if Task.LEAD in membership.tasks:
        _another_lead(membership)
    membership.left_at = timezone.now()
    membership.save(update_fields=["left_at"])
    audit.log(
        actor=actor,
        review=membership.review,
        action="reviews.member.left",
        target=membership,
        before={"user": membership.user_id, "name": str(membership.user), "tasks": membership.tasks},
    )
    _tell(actor, membership, membership.tasks)


def _tell(actor: User, membership: Membership, tasks_before: list[str]) -> None:
    team_changed.send(
        sender=Review, review=membership.review, actor=actor, user=membership.user, tasks_before=tasks_before
    )


def _still_here(membership: Membership) -> Membership:
    """The membership as it is now, under the review's lock. Raises AlreadyDone when the person has left."""
    membership = Membership.objects.select_related("review", "user").get(pk=membership.pk)
    if membership.left_at:
        raise AlreadyDone("This person has left already.")
    return membership


def _another_lead(membership: Membership) -> None:
    others = Membership.objects.filter(review=membership.review, left_at=None, tasks__contains=[Task.LEAD]).exclude(
        pk=membership.pk
    )
    if not others.exists():
        raise Invalid("A review needs a lead. Give the task “Lead the review” to somebody else first.")


# --- Invitations ------------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(*, actor: User, review: Review, email: str, tasks: Iterable[str], link: str) -> Invitation:
    """Invite by e-mail, or with an empty address by a link that works once. `link` is a URL with {token} in it."""
    Review.objects.select_for_update().get(pk=review.pk)
    acting_lead(actor, review)
    email = email.strip().lower()
    if email and Membership.objects.filter(review=review, user__email__iexact=email, left_at=None).exists():
        raise AlreadyDone(f"{email} is in this review already.")
    if email:
        Invitation.objects.filter(review=review, email=email, accepted_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )
    invitation = Invitation.objects.create(
        review=review, email=email, tasks=_tasks(tasks), invited_by=actor, expires_at=timezone.now() + INVITATION_LASTS
    )
    audit.log(
        actor=actor,
        review=review,
        action="reviews.invitation.sent",
        target=invitation,
        after={"email": email, "tasks": invitation.tasks, "expires_at": invitation.expires_at},
    )
    if email:
        transaction.on_commit(lambda: _mail(invitation, link.replace("{token}", f"{invitation.pk}-{invitation.token}")))
    return invitation


def _mail(invitation: Invitation, url: str) -> None:
    send_mail(
        subject=f"{invitation.invited_by} invites you to the review “{invitation.review.title[:80]}”",
        message=(
            f"{invitation.invited_by} invites you to work on a systematic review in Tandem:\n\n"
            f"{invitation.review.title}\n\nYour tasks: {', '.join(invitation.task_labels)}.\n\n"
            f"Open this link to join. It works once, until {invitation.expires_at:%d %B %Y}:\n{url}\n"
        ),
        from_email=None,
        recipient_list=[invitation.email],
        fail_silently=True,
    )


@transaction.atomic
def revoke_invitation(*, actor: User, invitation: Invitation) -> None:
    acting_lead(actor, invitation.review)
    locked = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if locked.state != "open":
        raise AlreadyDone(f"This invitation is {locked.state} already.")
    locked.revoked_at = timezone.now()
    locked.save(update_fields=["revoked_at"])
    audit.log(actor=actor, review=locked.review, action="reviews.invitation.revoked", target=locked)


def find_invitation(token: str) -> Invitation:
    """The invitation a link points to. Raises InvitationOver, with the same words for a wrong and for an unknown link."""
    pk, _, secret = token.rpartition("-")
    try:
        invitation = Invitation.objects.select_related("review", "invited_by").get(pk=UUID(pk))
    except (ValueError, Invitation.DoesNotExist):
        raise InvitationOver("This link does not belong to an invitation. Ask for a new one.") from None
    if not _equal(invitation.token, secret):
        raise InvitationOver("This link does not belong to an invitation. Ask for a new one.")
    return invitation


def _equal(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode())


@transaction.atomic
def accept_invitation(*, actor: User, invitation: Invitation) -> Membership:
    """Join the review; works once. Raises InvitationOver, and Invalid when it was sent to another address."""
    Review.objects.select_for_update().get(pk=invitation.review_id)
    locked = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if locked.state != "open":
        raise InvitationOver(f"This invitation is {locked.state}. Ask {locked.invited_by} for a new one.")
    if locked.email and locked.email != actor.email.lower():
        raise Invalid(
            f"This invitation was sent to {locked.email}. Log in with that address, or ask for a link for yours."
        )
    membership = _join(actor=actor, review=locked.review, user=actor, tasks=locked.tasks)
    locked.accepted_at, locked.accepted_by = timezone.now(), actor
    locked.save(update_fields=["accepted_at", "accepted_by"])
    audit.log(actor=actor, review=locked.review, action="reviews.invitation.accepted", target=locked)
    return membership
