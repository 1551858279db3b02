"""The one door: which task opens what, and how a request is let into a review.

Outsiders get 404, members without the capability 403.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from reviewapp.accounts.models import User
from reviewapp.lib.errors import NotAllowed
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership, Review

P = ParamSpec("P")


class Can(StrEnum):
    READ = "read"  # protocol, searches, records, diagram: everything that holds no hidden judgement
    LEAD = "lead"  # team, protocol, rules
    IMPORT = "import"
    RULE_DUPLICATES = "rule_duplicates"
    SCREEN_TITLE_ABSTRACT = "screen_title_abstract"
    SCREEN_FULL_TEXT = "screen_full_text"
    RETRIEVE = "retrieve"  # find full texts, upload files, link reports to studies
    SETTLE = "settle"  # rule as third assessor
    DISCUSS = "discuss"  # see conflicts one takes part in
    APPRAISE = "appraise"
    EXTRACT = "extract"
    CODE = "code"  # read findings and code them
    SYNTHESISE = "synthesise"  # keep the codebook, build themes
    REPORT = "report"  # write on reporting checklists


SCREENING = {Task.SCREEN_TITLE_ABSTRACT, Task.SCREEN_FULL_TEXT}
EVERYBODY = set(Task)

WHO: dict[Can, set[Task]] = {
    Can.READ: EVERYBODY,
    Can.LEAD: {Task.LEAD},
    Can.IMPORT: {Task.LEAD},
    Can.RULE_DUPLICATES: {Task.LEAD} | SCREENING,
    Can.SCREEN_TITLE_ABSTRACT: {Task.SCREEN_TITLE_ABSTRACT},
    Can.SCREEN_FULL_TEXT: {Task.SCREEN_FULL_TEXT},
    Can.RETRIEVE: {Task.LEAD} | SCREENING,
    Can.SETTLE: {Task.SETTLE_CONFLICTS},
    Can.DISCUSS: SCREENING | {Task.SETTLE_CONFLICTS},
    Can.APPRAISE: {Task.APPRAISE},
    Can.EXTRACT: {Task.EXTRACT},
    Can.CODE: {Task.CODE},
    Can.SYNTHESISE: {Task.CODE, Task.LEAD},
    Can.REPORT: EVERYBODY - {Task.OBSERVE},
}


def may(tasks: Collection[str], capability: Can) -> bool:
    return any(task in WHO[capability] for task in tasks)


def can(membership: Membership, capability: Can) -> bool:
    return membership.left_at is None and may(membership.tasks, capability)


def require(membership: Membership, capability: Can) -> None:
    """Raise NotAllowed unless one of the member's tasks opens this."""
    if not can(membership, capability):
        needed = " or ".join(f"“{Task(task).label}”" for task in Task.values if task in WHO[capability])
        raise NotAllowed(f"This needs the task {needed}. A lead of the review can give it to you.")


class ReviewRequest(HttpRequest):
    """A request that came through the door."""

    user: User
    review: Review
    membership: Membership
    htmx: Any


def membership_of(user: User, review_id: UUID | str) -> Membership:
    """The person's present place in the review. Raises Http404 for outsiders, as if the review did not exist."""
    membership = (
        Membership.objects.select_related("review", "user").filter(review_id=review_id, user=user, left_at=None).first()
    )
    if membership is None:
        raise Http404("No such review.")
    return membership


def review_view(
    capability: Can,
) -> Callable[[Callable[Concatenate[Any, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let members with the capability in and put `review` and `membership` on the request."""

    def decorate(view: Callable[Concatenate[Any, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def inner(request: Any, review_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.membership = membership_of(request.user, review_id)
            request.review = request.membership.review
            require(request.membership, capability)
            return view(request, *args, **kwargs)

        return inner

    return decorate
