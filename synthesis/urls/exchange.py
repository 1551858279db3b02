"""Codings and codebooks out."""

from django.urls import path

from synthesis.views import exchange

urlpatterns = [
    path("coding/exchange/", exchange.exchange, name="exchange"),
    path("coding/project.qdpx", exchange.qdpx, name="qdpx"),
    path("coding/codebook.qdc", exchange.qdc, name="qdc"),
]
