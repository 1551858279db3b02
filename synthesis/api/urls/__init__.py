"""The API of synthesis, a module for each part of it."""

from synthesis.api.urls import coding, comparing, exchange, texts, themes

urlpatterns = [
    *texts.urlpatterns,
    *coding.urlpatterns,
    *comparing.urlpatterns,
    *themes.urlpatterns,
    *exchange.urlpatterns,
]
