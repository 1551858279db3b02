from django.urls import path

from screening.views import duplicate_audits, duplicates

urlpatterns = [
    path("duplicates/", duplicates.duplicate_list, name="duplicate-list"),
    path("duplicates/detect/", duplicates.duplicate_detect, name="duplicate-detect"),
    path("duplicates/<int:pair_id>/", duplicates.pair_detail, name="pair-detail"),
    path("duplicates/<int:pair_id>/rule/", duplicates.pair_rule, name="pair-rule"),
    path("duplicates/<int:pair_id>/undo/", duplicates.pair_undo, name="pair-undo"),
    path("duplicates/audits/draw/", duplicate_audits.audit_draw, name="audit-draw"),
    path("duplicates/audits/<int:audit_id>/", duplicate_audits.audit_detail, name="audit-detail"),
    path("duplicates/audits/<int:audit_id>/<int:position>/", duplicate_audits.audit_pair, name="audit-pair"),
    path("duplicates/audits/<int:audit_id>/<int:position>/judge/", duplicate_audits.audit_judge, name="audit-judge"),
    path("references/<int:reference_id>/split/", duplicates.reference_split, name="reference-split"),
]
