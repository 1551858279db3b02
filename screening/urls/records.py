from django.urls import path

from screening.views import records

urlpatterns = [
    path("records/", records.record_list, name="record-list"),
    path("records/export/<slug:kind>/", records.record_export, name="record-export"),
    path("records/<int:record_id>/", records.record_detail, name="record-detail"),
]
