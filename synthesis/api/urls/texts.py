"""Findings texts: brought in, prepared, corrected."""

from django.urls import path

from synthesis.api import texts as views

ONE = "reviews/<uuid:review_id>/findings-texts/<int:text_id>/"
urlpatterns = [
    path("reviews/<uuid:review_id>/findings-texts/", views.TextListView.as_view(), name="text-list"),
    path(ONE, views.TextDetailView.as_view(), name="text-detail"),
    path(f"{ONE}corrections/", views.TextCorrectionView.as_view(), name="text-correction"),
    path(f"{ONE}findings/<int:finding_id>/", views.FindingDetailView.as_view(), name="finding-detail"),
    path(f"{ONE}quotations/", views.QuotationListView.as_view(), name="quotation-list"),
    path(f"{ONE}quotations/<int:quotation_id>/", views.QuotationDetailView.as_view(), name="quotation-detail"),
]
