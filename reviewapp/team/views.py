"""Creating and changing a review, and the people in it."""

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Invitation, Membership
from reviewapp.reviews.permissions import Can, ReviewRequest, can, require, review_view
from reviewapp.team import services
from reviewapp.team.forms import InvitationForm, NewReviewForm, ReviewForm, TasksForm

READ_OR_CHANGE = require_http_methods(["GET", "HEAD", "POST"])


# --- The review itself ------------------------------------------------------------------------------------------------


@READ_OR_CHANGE
@login_required
def review_create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "team/review_create.html", {"form": NewReviewForm()})
    form = NewReviewForm(request.POST)
    if "switch" in request.POST:
        return _other_framework(request, "team/review_create.html", form)
    if not form.is_valid():
        return render(request, "team/review_create.html", {"form": form}, status=422)
    user = cast(User, request.user)
    review = services.create_review(actor=user, tasks=[Task.LEAD, *form.cleaned_data["tasks"]], **form.content())
    messages.success(request, "The review is there. Next: write down what makes a record eligible.")
    return redirect("review-detail", review.pk)


@READ_OR_CHANGE
@review_view(Can.LEAD)
def review_edit(request: ReviewRequest) -> HttpResponse:
    template, context = "team/review_edit.html", {"page_title": "Settings of the review"}
    if request.method != "POST":
        return render(request, template, context | {"form": ReviewForm.of(request.review)})
    form = ReviewForm(request.POST, initial={"framework_fields": request.review.framework_fields})
    if "switch" in request.POST:
        return _other_framework(request, template, form, context)
    if not form.is_valid():
        return render(request, template, context | {"form": form}, status=422)
    content = form.content()
    content["framework_fields"] = request.review.framework_fields | content["framework_fields"]
    services.change_review(actor=request.user, review=request.review, **content)
    messages.success(request, "Saved.")
    return redirect("review-detail", request.review.pk)


def _other_framework(
    request: HttpRequest, template: str, form: ReviewForm, context: dict[str, Any] | None = None
) -> HttpResponse:
    """The same form with the fields of another framework; what was typed stays, nothing is saved."""
    typed = {name: request.POST.getlist(name) if name == "tasks" else text for name, text in request.POST.items()}
    parts = {name.removeprefix("part_"): str(text) for name, text in typed.items() if name.startswith("part_")}
    initial = typed | {"framework_fields": {**form.initial.get("framework_fields", {}), **parts}}
    fresh = type(form)(initial=initial)
    template = "team/_framework.html" if getattr(request, "htmx", False) else template
    return render(request, template, {**(context or {}), "form": fresh})


# --- People -----------------------------------------------------------------------------------------------------------


@require_GET
@review_view(Can.READ)
def member_list(request: ReviewRequest) -> HttpResponse:
    return render(request, "team/member_list.html", _team(request))


def _team(request: ReviewRequest, form: InvitationForm | None = None) -> dict[str, Any]:
    leads = can(request.membership, Can.LEAD)
    members = request.review.memberships.select_related("user")
    return {
        "page_title": "Team",
        "members": [m for m in members if m.left_at is None],
        "past_members": [m for m in members if m.left_at is not None],
        "invitations": _invitations(request) if leads else [],
        "form": form or InvitationForm(initial={"tasks": [Task.SCREEN_TITLE_ABSTRACT, Task.SCREEN_FULL_TEXT]}),
    }


def _invitations(request: ReviewRequest) -> list[dict[str, Any]]:
    """Invitations with their link, while it can be used. Only leads see them: the link lets people in."""
    rows = request.review.invitations.select_related("invited_by", "accepted_by")
    return [
        {"invitation": row, "link": _link(request, f"{row.pk}-{row.token}") if row.state == "open" else ""}
        for row in rows
    ]


def _link(request: HttpRequest, token: str) -> str:
    # The token goes in last: as part of an address the {token} of a template would be escaped.
    address = request.build_absolute_uri(reverse("team:invitation-accept", args=["TOKEN"]))
    return address.replace("TOKEN", token)


@READ_OR_CHANGE
@review_view(Can.LEAD)
def member_change(request: ReviewRequest, member_id: int) -> HttpResponse:
    membership = get_object_or_404(_present(request), pk=member_id)
    form = TasksForm(request.POST if request.method == "POST" else None, initial={"tasks": membership.tasks})
    if request.method == "POST" and form.is_valid():
        services.change_tasks(actor=request.user, membership=membership, tasks=form.cleaned_data["tasks"])
        messages.success(request, f"{membership.user} has these tasks now: {', '.join(membership.task_labels)}.")
        return redirect("team:member-list", request.review.pk)
    context = {"member": membership, "form": form, "page_title": f"Tasks of {membership.user}"}
    return render(request, "team/member_change.html", context, status=422 if form.is_bound else 200)


@READ_OR_CHANGE
@review_view(Can.READ)
def member_remove(request: ReviewRequest, member_id: int) -> HttpResponse:
    """Leave the review, or (for leads) remove somebody; the page first says what happens to the person's votes."""
    membership = get_object_or_404(_present(request), pk=member_id)
    leaving = membership.pk == request.membership.pk
    if not leaving:
        require(request.membership, Can.LEAD)
    if request.method != "POST":
        title = "Leave this review" if leaving else f"Remove {membership.user}"
        return render(
            request, "team/member_remove.html", {"member": membership, "leaving": leaving, "page_title": title}
        )
    services.remove_member(actor=request.user, membership=membership)
    if leaving:
        messages.success(request, f"You have left “{request.review}”. What you judged stays there.")
        return redirect("home")
    messages.success(request, f"{membership.user} is no longer in this review. What they judged stays.")
    return redirect("team:member-list", request.review.pk)


def _present(request: ReviewRequest) -> Any:
    return Membership.objects.filter(review=request.review, left_at=None).select_related("user", "review")


# --- Invitations ------------------------------------------------------------------------------------------------------


@require_POST
@review_view(Can.LEAD)
def invitation_create(request: ReviewRequest) -> HttpResponse:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return render(request, "team/member_list.html", _team(request, form), status=422)
    invitation = services.invite(
        actor=request.user, review=request.review, link=_link(request, "{token}"), **form.cleaned_data
    )
    told = f"An invitation was sent to {invitation.email}." if invitation.email else "The link is ready to be copied."
    messages.success(request, f"{told} It works once, until {invitation.expires_at:%-d %B %Y}.")
    return redirect(reverse("team:member-list", args=[request.review.pk]) + "#invitations")


@require_POST
@review_view(Can.LEAD)
def invitation_revoke(request: ReviewRequest, invitation_id: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, review=request.review, pk=invitation_id)
    services.revoke_invitation(actor=request.user, invitation=invitation)
    messages.success(request, "The invitation was revoked; its link opens nothing any more.")
    return redirect(reverse("team:member-list", args=[request.review.pk]) + "#invitations")


@READ_OR_CHANGE
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an invitation opens, for people with and without an account."""
    invitation = services.find_invitation(token)
    here = reverse("team:invitation-accept", args=[token])
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': here})}")
        membership = services.accept_invitation(actor=request.user, invitation=invitation)
        messages.success(request, f"Welcome. Your tasks: {', '.join(membership.task_labels)}.")
        return redirect("review-detail", membership.review_id)
    inside = request.user.is_authenticated and Membership.objects.filter(
        review=invitation.review, user=request.user, left_at=None
    )
    if inside and inside.exists():
        return redirect("review-detail", invitation.review_id)
    if invitation.state != "open":
        raise services.InvitationOver(f"It is {invitation.state}. Ask {invitation.invited_by} for a new one.")
    query = urlencode({"next": here} | ({"email": invitation.email} if invitation.email else {}))
    return render(
        request,
        "team/invitation_accept.html",
        {
            "invitation": invitation,
            "login_url": f"{reverse('account_login')}?{query}",
            "signup_url": f"{reverse('account_signup')}?{query}",
            "other_address": request.user.is_authenticated
            and invitation.email
            and request.user.email != invitation.email,
        },
    )
