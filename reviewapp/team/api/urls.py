from django.urls import path

from reviewapp.team.api import views

REVIEW = "reviews/<uuid:review_id>/"
urlpatterns = [
    path("reviews/", views.ReviewListView.as_view(), name="review-list"),
    path(REVIEW, views.ReviewDetailView.as_view(), name="review-detail"),
    path(f"{REVIEW}members/", views.MemberListView.as_view(), name="member-list"),
    path(f"{REVIEW}members/<int:member_id>/", views.MemberDetailView.as_view(), name="member-detail"),
    path(f"{REVIEW}invitations/", views.InvitationListView.as_view(), name="invitation-list"),
    path(f"{REVIEW}invitations/<uuid:invitation_id>/", views.InvitationDetailView.as_view(), name="invitation-detail"),
]
