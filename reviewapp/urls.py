"""Where every address leads."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("reviewapp.operations.urls")),
    path("", include("reviewapp.pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("reviewapp.team.urls")),
    path("reviews/<uuid:review_id>/", include("reviewapp.jobs.urls")),
    path("reviews/<uuid:review_id>/", include("screening.urls")),
    path("reviews/<uuid:review_id>/", include("appraisal.urls")),
    path("reviews/<uuid:review_id>/", include("synthesis.urls")),
    path("reviews/<uuid:review_id>/", include("reviewapp.reporting.urls")),
    path("api/v1/", include("reviewapp.api_urls")),
    path("admin/", admin.site.urls),
]
