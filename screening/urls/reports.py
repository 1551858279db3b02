from django.urls import path

from screening.views import reports

urlpatterns = [
    path("reports/", reports.report_list, name="report-list"),
    path("reports/retrieval/", reports.report_retrieval_many, name="report-retrieval-many"),
    path("reports/<int:report_id>/", reports.report_detail, name="report-detail"),
    path("reports/<int:report_id>/retrieval/", reports.report_retrieval, name="report-retrieval"),
    path("reports/<int:report_id>/upload/", reports.report_upload, name="report-upload"),
    path("reports/<int:report_id>/file/", reports.report_file, name="report-file"),
    path("reports/<int:report_id>/part/", reports.study_part, name="study-part"),
    path("studies/", reports.study_list, name="study-list"),
    path("studies/<int:study_id>/", reports.study_detail, name="study-detail"),
    path("studies/<int:study_id>/link/", reports.study_link, name="study-link"),
    path("studies/<int:study_id>/name/", reports.study_name, name="study-name"),
]
