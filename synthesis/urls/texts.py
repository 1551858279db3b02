"""Findings texts: brought in, prepared, corrected."""

from django.urls import path

from synthesis.views import texts

ONE = "texts/<int:text_id>/"
urlpatterns = [
    path("texts/", texts.text_list, name="text-list"),
    path("studies/<int:study_id>/texts/create/", texts.text_create, name="text-create"),
    path(ONE, texts.text_detail, name="text-detail"),
    path(f"{ONE}correct/", texts.text_correct, name="text-correct"),
    path(f"{ONE}describe/", texts.text_describe, name="text-describe"),
    path(f"{ONE}remove/", texts.text_remove, name="text-remove"),
    path(f"{ONE}parallel/", texts.text_parallel, name="text-parallel"),
    path(f"{ONE}findings/<int:finding_id>/", texts.finding_place, name="finding-place"),
    path(f"{ONE}quotations/", texts.quotation_mark, name="quotation-mark"),
    path(f"{ONE}quotations/keep-all/", texts.quotation_keep_all, name="quotation-keep-all"),
    path(f"{ONE}quotations/<int:quotation_id>/", texts.quotation_keep, name="quotation-keep"),
]
