"""The board, matrices, saturation, confidence."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
