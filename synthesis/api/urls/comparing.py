"""Independent codings side by side, and how differences are settled."""

from django.urls import path

from synthesis.api import comparing as views

ONE = "reviews/<uuid:review_id>/coding-comparisons/<int:coding_comparison_id>/"
urlpatterns = [
    path("reviews/<uuid:review_id>/coder-agreement/", views.CoderAgreementView.as_view(), name="coder-agreement"),
    path(
        "reviews/<uuid:review_id>/coding-comparisons/",
        views.CodingComparisonListView.as_view(),
        name="coding-comparison-list",
    ),
    path(ONE, views.CodingComparisonView.as_view(), name="coding-comparison"),
    path(
        "reviews/<uuid:review_id>/studies/<int:study_id>/coding/finish/",
        views.CodingFinishView.as_view(),
        name="coding-finish",
    ),
    path(f"{ONE}proposals/", views.CodingProposalView.as_view(), name="coding-proposal"),
    path(f"{ONE}rulings/", views.CodingRulingView.as_view(), name="coding-ruling"),
    path(f"{ONE}reopenings/", views.CodingReopeningView.as_view(), name="coding-reopening"),
    path(f"{ONE}matches/", views.CodingMatchesView.as_view(), name="coding-matches"),
]
