"""The coding desk, the codebook, memos, undo."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
