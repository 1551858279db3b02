from django.urls import path

from screening.views import corrections, merging, records, saved_views

urlpatterns = [
    path("views/", saved_views.view_create, name="view-create"),
    path("views/<int:view_id>/remove/", saved_views.view_remove, name="view-remove"),
    path("records/", records.record_list, name="record-list"),
    path("records/export/<slug:form>/", records.record_export, name="record-export"),
    path("records/link/", merging.record_link, name="record-link"),
    path("records/unlink/", merging.record_unlink, name="record-unlink"),
    path("records/<int:record_id>/", records.record_detail, name="record-detail"),
    path("records/<int:record_id>/shown/", merging.record_shown, name="record-shown"),
    path("records/<int:record_id>/edit/", corrections.record_edit, name="record-edit"),
    path("records/<int:record_id>/corrections/undo/", corrections.correction_undo, name="correction-undo"),
]
