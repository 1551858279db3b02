from django.urls import path

from reviewapp.team import views

app_name = "team"
urlpatterns = [
    path("invitations/<str:token>/", views.invitation_accept, name="invitation-accept"),
    path("reviews/<uuid:review_id>/settings/", views.review_edit, name="review-edit"),
    path("reviews/<uuid:review_id>/team/", views.member_list, name="member-list"),
    path("reviews/<uuid:review_id>/team/<int:member_id>/", views.member_change, name="member-change"),
    path("reviews/<uuid:review_id>/team/<int:member_id>/remove/", views.member_remove, name="member-remove"),
    path("reviews/<uuid:review_id>/team/invite/", views.invitation_create, name="invitation-create"),
    path(
        "reviews/<uuid:review_id>/team/invitations/<uuid:invitation_id>/revoke/",
        views.invitation_revoke,
        name="invitation-revoke",
    ),
]
