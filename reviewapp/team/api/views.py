"""Reviews, members and invitations."""

from typing import cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from reviewapp.accounts.models import User
from reviewapp.lib.endpoints import TandemAPIView, operation
from reviewapp.reviews.api import ReviewAPIView
from reviewapp.reviews.models import Invitation, Membership, Review
from reviewapp.reviews.permissions import Can
from reviewapp.team import services
from reviewapp.team.api.serializers import (
    AddedSerializer,
    InvitationSerializer,
    MemberChange,
    MemberSerializer,
    NewMember,
    NewReview,
    ReviewChange,
    ReviewSerializer,
)


class ReviewListView(TandemAPIView):
    ordering = ("created_at", "id")

    @operation(out=ReviewSerializer, paged=True)
    def get(self, request: Request) -> Response:
        mine = Membership.objects.filter(user=cast(User, request.user), left_at=None)
        rows = Review.objects.filter(pk__in=mine.values("review"))
        return self.page(rows, ReviewSerializer, tasks=dict(mine.values_list("review_id", "tasks")))

    @operation(body=NewReview, out=ReviewSerializer, status_code=201)
    def post(self, request: Request) -> Response:
        actor = cast(User, request.user)
        review = services.create_review(actor=actor, **self.body())
        tasks = {review.pk: review.memberships.get(user=actor).tasks}
        return Response(ReviewSerializer(review, context={"tasks": tasks}).data, status=status.HTTP_201_CREATED)


class ReviewDetailView(ReviewAPIView):
    @operation(Can.READ, out=ReviewSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self._answer(self.review)

    @operation(Can.LEAD, body=ReviewChange, out=ReviewSerializer)
    def patch(self, request: Request, review_id: UUID) -> Response:
        fields = self.body(partial=True)
        return self._answer(services.change_review(actor=self.user, review=self.review, **fields))

    def _answer(self, review: Review) -> Response:
        return Response(ReviewSerializer(review, context={"tasks": {review.pk: self.membership.tasks}}).data)


class MemberListView(ReviewAPIView):
    @operation(Can.READ, out=MemberSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(self.review.memberships.filter(left_at=None).select_related("user"), MemberSerializer)

    @operation(Can.LEAD, body=NewMember, out=AddedSerializer, status_code=201)
    def post(self, request: Request, review_id: UUID) -> Response:
        asked = self.body()
        known = User.objects.filter(email__iexact=asked["email"], is_active=True).first()
        if known:
            member = services.add_member(actor=self.user, review=self.review, user=known, tasks=asked["tasks"])
            answer = {"added": "member", "member": member, "invitation": None, "link": None}
        else:
            invitation = services.invite(
                actor=self.user,
                review=self.review,
                email=asked["email"],
                tasks=asked["tasks"],
                link=self.address(invitation_path("{token}")),
            )
            link = self.address(invitation_path(f"{invitation.pk}-{invitation.token}"))
            answer = {"added": "invitation", "member": None, "invitation": invitation, "link": link}
        return Response(AddedSerializer(answer).data, status=status.HTTP_201_CREATED)


def invitation_path(token: str) -> str:
    """The page on which an invitation is accepted; {token} stays as it is, to be filled in later."""
    return reverse("team:invitation-accept", kwargs={"token": "token"}).replace("/token/", f"/{token}/")


class MemberDetailView(ReviewAPIView):
    def _member(self, member_id: int) -> Membership:
        return get_object_or_404(self.review.memberships.select_related("user"), pk=member_id, left_at=None)

    @operation(Can.READ, out=MemberSerializer)
    def get(self, request: Request, review_id: UUID, member_id: int) -> Response:
        return Response(MemberSerializer(self._member(member_id)).data)

    @operation(Can.LEAD, body=MemberChange, out=MemberSerializer)
    def patch(self, request: Request, review_id: UUID, member_id: int) -> Response:
        tasks = self.body()["tasks"]
        member = services.change_tasks(actor=self.user, membership=self._member(member_id), tasks=tasks)
        return Response(MemberSerializer(member).data)

    @operation(Can.READ, status_code=204)
    def delete(self, request: Request, review_id: UUID, member_id: int) -> Response:
        """Leave the review; a lead may end anybody's membership. What was judged stays and counts."""
        services.remove_member(actor=self.user, membership=self._member(member_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationListView(ReviewAPIView):
    ordering = ("created_at", "id")

    @operation(Can.LEAD, out=InvitationSerializer, paged=True)
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.page(Invitation.objects.filter(review=self.review), InvitationSerializer)


class InvitationDetailView(ReviewAPIView):
    @operation(Can.LEAD, status_code=204)
    def delete(self, request: Request, review_id: UUID, invitation_id: UUID) -> Response:
        """Revoke: the link opens nothing any more."""
        invitation = get_object_or_404(Invitation, review=self.review, pk=invitation_id)
        services.revoke_invitation(actor=self.user, invitation=invitation)
        return Response(status=status.HTTP_204_NO_CONTENT)
