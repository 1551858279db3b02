from django.urls import path

from screening.views import duplicates

urlpatterns = [
    path("duplicates/", duplicates.duplicate_list, name="duplicate-list"),
    path("duplicates/detect/", duplicates.duplicate_detect, name="duplicate-detect"),
    path("duplicates/<int:pair_id>/", duplicates.pair_detail, name="pair-detail"),
    path("duplicates/<int:pair_id>/rule/", duplicates.pair_rule, name="pair-rule"),
    path("duplicates/<int:pair_id>/undo/", duplicates.pair_undo, name="pair-undo"),
    path("references/<int:reference_id>/split/", duplicates.reference_split, name="reference-split"),
]
