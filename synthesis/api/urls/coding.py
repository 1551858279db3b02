"""The coding desk, the codebook, memos, undo."""

from django.urls import path

from synthesis.api import coding

REVIEW = "reviews/<uuid:review_id>/"
TEXT = f"{REVIEW}findings-texts/<int:text_id>/"
urlpatterns = [
    path(f"{REVIEW}coding/studies/", coding.CodingStudyListView.as_view(), name="coding-study-list"),
    path(f"{REVIEW}coding/studies/<int:study_id>/people/", coding.CodingPeopleView.as_view(), name="coding-people"),
    path(f"{REVIEW}coding/spread/", coding.CodingSpreadView.as_view(), name="coding-spread"),
    path(f"{REVIEW}coding/plan/", coding.CodingPlanView.as_view(), name="coding-plan"),
    path(f"{REVIEW}coding/opening/", coding.CodingOpeningView.as_view(), name="coding-opening"),
    path(f"{REVIEW}coding/undo/", coding.UndoView.as_view(), name="coding-undo"),
    path(f"{REVIEW}coding/redo/", coding.RedoView.as_view(), name="coding-redo"),
    path(f"{TEXT}desk/", coding.DeskTextView.as_view(), name="desk-text"),
    path(f"{TEXT}codings/", coding.CodingListView.as_view(), name="coding-list"),
    path(f"{TEXT}set-aside/", coding.SetAsideListView.as_view(), name="set-aside-list"),
    path(f"{REVIEW}codings/<uuid:coding_id>/", coding.CodingDetailView.as_view(), name="coding-detail"),
    path(f"{REVIEW}set-aside/<uuid:aside_id>/", coding.SetAsideView.as_view(), name="set-aside"),
]
