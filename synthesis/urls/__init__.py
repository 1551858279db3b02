"""Addresses of synthesis, a module for each part of it."""

from synthesis.urls import coding, comparing, exchange, texts, themes

app_name = "synthesis"
urlpatterns = [
    *texts.urlpatterns,
    *coding.urlpatterns,
    *comparing.urlpatterns,
    *themes.urlpatterns,
    *exchange.urlpatterns,
]
