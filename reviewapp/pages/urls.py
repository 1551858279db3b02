from django.urls import path

from reviewapp.pages import views
from reviewapp.team.views import review_create

urlpatterns = [
    path("", views.home, name="home"),
    path("reviews/new/", review_create, name="review-create"),
    path("reviews/<uuid:review_id>/", views.review_detail, name="review-detail"),
    path("reviews/<uuid:review_id>/history/", views.audit_list, name="audit-list"),
]
