"""Independent codings side by side, and how differences are settled."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
