"""Addresses of screening, one module for each part of the work."""

from screening.urls import (
    allocation,
    conflicts,
    desk,
    documents,
    drops,
    duplicates,
    handovers,
    imports,
    protocol,
    ranking,
    records,
    reports,
    rounds,
)

app_name = "screening"
urlpatterns = [
    *protocol.urlpatterns,
    *allocation.urlpatterns,
    *imports.urlpatterns,
    *handovers.urlpatterns,
    *desk.urlpatterns,
    *conflicts.urlpatterns,
    *duplicates.urlpatterns,
    *ranking.urlpatterns,
    *records.urlpatterns,
    *reports.urlpatterns,
    *documents.urlpatterns,
    *rounds.urlpatterns,
    *drops.urlpatterns,
]
