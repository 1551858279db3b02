"""Addresses of the API, version 1."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from reviewapp.lib.drf import not_found

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("reviewapp.team.api.urls")),
    path("", include("reviewapp.jobs.api.urls")),
    path("", include("screening.api.urls")),
    path("", include("appraisal.api.urls")),
    path("", include("synthesis.api.urls")),
    path("", include("reviewapp.reporting.api.urls")),
    re_path(r"^.*$", not_found, name="not-found"),
]
