"""Addresses of screening, one module for each part of the work."""

from django.urls import URLPattern

app_name = "screening"
urlpatterns: list[URLPattern] = []
