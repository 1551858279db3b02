"""Home across reviews, the overview of one review, and its history."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from reviewapp.accounts.models import User
from reviewapp.lib.paging import page_by_key
from reviewapp.pages import history
from reviewapp.pages.next_step import next_step
from reviewapp.pages.pipeline import address
from reviewapp.pages.waiting import lines_for
from reviewapp.pages.words import KINDS
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Invitation, Membership
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.choices import Stage
from screening.queries.allocation import STAGE_TASK
from screening.queries.desk import lead_progress, stage_totals
from screening.queries.frame import own_stage, review_counts

REVIEWS_ON_A_PAGE = 20
RECENT = 8


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me, across reviews."""
    user = cast(User, request.user)
    rows = Membership.objects.filter(user=user, left_at=None).select_related("review", "user")
    page = page_by_key(rows, request, descending=True, size=REVIEWS_ON_A_PAGE)
    waiting = lines_for(user, page.rows)
    reviews = [{"membership": row, "lines": waiting[row.review_id]} for row in page.rows]
    invitations, unconfirmed = _invitations_for(user)
    return render(
        request,
        "pages/home.html",
        {
            "reviews": [row for row in reviews if row["lines"]] + [row for row in reviews if not row["lines"]],
            "any_waiting": any(row["lines"] for row in reviews),
            "invitations": invitations,
            "unconfirmed": unconfirmed,
            "page": page,
        },
    )


def _invitations_for(user: User) -> tuple[list[dict[str, Any]], bool]:
    """Open invitations to an address that the person proved to be theirs; otherwise whether proving it would help."""
    found = (
        Invitation.objects.filter(email=user.email, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .exclude(review__memberships__in=Membership.objects.filter(user=user, left_at=None))
        .select_related("review", "invited_by")
    )
    if not EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists():
        return [], True
    return [
        {"invitation": row, "url": reverse("team:invitation-accept", args=[f"{row.pk}-{row.token}"])} for row in found
    ], False


@require_GET
@review_view(Can.READ)
def review_detail(request: ReviewRequest) -> HttpResponse:
    """Overview: the question, where the records stand, one's own work, and for the lead who has judged how many."""
    membership, review = request.membership, request.review
    counts, waiting = review_counts(review), lines_for(request.user, [membership])[review.pk]
    return render(
        request,
        "pages/review_detail.html",
        {
            "page_title": "Overview",
            "counts": counts,
            "step": next_step(membership, counts, waiting),
            "waiting": waiting,
            "stages": [_stage(membership, stage) for stage in Stage],
            "progress": _people(membership) if can(membership, Can.LEAD) else [],
            "stage_labels": [stage.label for stage in Stage],
            "recent": history.recent(request.user, review, RECENT),
        },
    )


def _stage(membership: Membership, stage: Stage) -> dict[str, Any]:
    """Totals of a stage as a bar of four parts in hundredths of its width, and the reader's own share."""
    totals = stage_totals(membership.review, stage)
    parts = (
        ("include", "Included", "included", totals.included),
        ("exclude", "Excluded", "excluded", totals.excluded),
        ("conflict", "In conflict", "conflict", totals.conflicts),
        ("pending", "Waiting for votes", "pending", totals.pending),
    )
    records = address("screening:record-list", membership.review)
    bar, at = [], 0.0
    for css, label, state, count in parts:
        width = 100 * count / totals.records if totals.records else 0
        url = f"{records}?stage={stage}&state={state}"
        bar.append({"css": css, "label": label, "count": count, "x": f"{at:.3f}", "width": f"{width:.3f}", "url": url})
        at += width
    screens = STAGE_TASK[stage] in membership.tasks
    own = own_stage(membership.user, membership.review, stage) if screens else None
    return {"stage": stage, "totals": totals, "bar": bar, "own": own}


def _people(membership: Membership) -> list[dict[str, Any]]:
    """A row a person: for each stage how far they are, or None where they have no such task. Totals only."""
    return [
        {
            "user": row.user,
            "settles": Task.SETTLE_CONFLICTS in row.tasks,
            "stages": [{"label": stage.label, "done": done.get(stage.value)} for stage in Stage],
        }
        for row, done in lead_progress(membership.review)
    ]


@require_GET
@review_view(Can.READ)
def audit_list(request: ReviewRequest) -> HttpResponse:
    """The review's history. People and kinds in the menus are those of the review, whether or not an event is visible."""
    review, reader = request.review, request.user
    page = history.page(history.filtered(reader, review, request.GET), request.GET)
    return render(
        request,
        "pages/audit_list.html",
        {
            "page_title": "History",
            "events": history.told(reader, review, page.events),
            "page": page,
            "kinds": KINDS.items(),
            "members": [m.user for m in review.memberships.select_related("user")],
            "chosen": {name: request.GET.get(name, "") for name in ("person", "kind", "from", "to")},
        },
    )
