"""What the frame of a review's pages shows. Nothing is counted until a template asks, so fragments cost nothing."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from reviewapp.accounts.models import User
from reviewapp.pages.pipeline import pipeline, review_links
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, can


def frame(request: HttpRequest) -> dict[str, Any]:
    """Only for requests that came through the door of a review; `may` says what this member's tasks open."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    match = request.resolver_match
    return {
        "review": membership.review,
        "membership": membership,
        "may": {capability.value: can(membership, capability) for capability in Can},
        "people": SimpleLazyObject(lambda: people_of(membership.review)),
        "pipeline": SimpleLazyObject(lambda: pipeline(membership, match)),
        "review_links": review_links(membership, match),
    }


def people_of(review: Review) -> list[User]:
    """Everybody who has a place in the review now, in the order of joining."""
    present = review.memberships.filter(left_at=None).select_related("user")
    return [membership.user for membership in present]
