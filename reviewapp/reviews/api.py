"""The one door for the API: what `review_view` is for pages."""

from typing import Any, cast

from rest_framework.request import Request

from reviewapp.accounts.models import User
from reviewapp.lib.endpoints import TandemAPIView
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import membership_of, require


class ReviewAPIView(TandemAPIView):
    """An endpoint inside a review: outsiders get 404, members without the operation's capability 403."""

    membership: Membership
    review: Review

    def enter(self, request: Request) -> None:
        self.membership = membership_of(cast(User, request.user), self.kwargs["review_id"])
        self.review = self.membership.review
        if self.operation.can is not None:
            require(self.membership, self.operation.can)

    @property
    def user(self) -> User:
        return self.membership.user

    def address(self, path: str) -> str:
        """The full address of a path on this server."""
        return str(cast(Any, self.request).build_absolute_uri(path))
