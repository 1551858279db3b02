from django.urls import path

from screening.views import documents, supplements

urlpatterns = [
    path("documents/<int:document_id>/", documents.document_detail, name="document-detail"),
    path("documents/<int:document_id>/file/", documents.document_file, name="document-file"),
    path("documents/<int:document_id>/pages/<int:number>/", documents.document_page, name="document-page"),
    path("documents/<int:document_id>/pages/<int:number>/text/", documents.document_text, name="document-text"),
    path("documents/<int:document_id>/search/", documents.document_search, name="document-search"),
    path("documents/<int:document_id>/place/", documents.document_place, name="document-place"),
    path("reports/<int:report_id>/supplements/", supplements.supplement_add, name="supplement-add"),
    path("supplements/<int:supplement_id>/", supplements.supplement_change, name="supplement-change"),
    path("supplements/<int:supplement_id>/file/", supplements.supplement_file, name="supplement-file"),
    path("reports/<int:report_id>/read/", documents.report_read, name="report-read"),
]
