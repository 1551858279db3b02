from django.urls import path

from screening.views import reports, studies

urlpatterns = [
    path("reports/", reports.report_list, name="report-list"),
    path("reports/retrieval/", reports.report_retrieval_many, name="report-retrieval-many"),
    path("reports/<int:report_id>/", reports.report_detail, name="report-detail"),
    path("reports/<int:report_id>/retrieval/", reports.report_retrieval, name="report-retrieval"),
    path("reports/<int:report_id>/upload/", reports.report_upload, name="report-upload"),
    path("reports/<int:report_id>/file/", reports.report_file, name="report-file"),
    path("reports/<int:report_id>/part/", reports.study_part, name="study-part"),
    path("studies/", reports.study_list, name="study-list"),
    path("studies/suggestions/", studies.study_suggestions, name="study-suggestions"),
    path("studies/same/", studies.study_same, name="study-same"),
    path("studies/different/", studies.study_different, name="study-different"),
    path("studies/different/<int:said_id>/undo/", studies.study_different_undo, name="study-different-undo"),
    path("studies/<int:study_id>/", reports.study_detail, name="study-detail"),
    path("studies/<int:study_id>/link/", reports.study_link, name="study-link"),
    path("studies/<int:study_id>/name/", reports.study_name, name="study-name"),
]
