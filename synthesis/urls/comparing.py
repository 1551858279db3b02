"""Independent codings side by side, and how differences are settled."""

from django.urls import path

from synthesis.views import comparing

ONE = "coding/comparisons/<int:coding_comparison_id>/"
STUDY = "studies/<int:study_id>/coding/"
urlpatterns = [
    path("coding/agreement/", comparing.agreement, name="agreement"),
    path(ONE, comparing.comparison, name="comparison"),
    path(f"{STUDY}finish/", comparing.study_finish, name="study-finish"),
    path(f"{STUDY}take-up/", comparing.study_take_up, name="study-take-up"),
    path(f"{ONE}propose/", comparing.difference_propose, name="difference-propose"),
    path(f"{ONE}confirm/", comparing.difference_confirm, name="difference-confirm"),
    path(f"{ONE}withdraw/", comparing.difference_withdraw, name="difference-withdraw"),
    path(f"{ONE}rule/", comparing.difference_rule, name="difference-rule"),
    path(f"{ONE}reopen/", comparing.difference_reopen, name="difference-reopen"),
    path(f"{ONE}matches/", comparing.matches_take, name="matches-take"),
]
