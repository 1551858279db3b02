"""Findings texts: brought in, prepared, corrected."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
