from django.urls import path

from appraisal.api import building, studies, views

REVIEW = "reviews/<uuid:review_id>/"
ONE = f"{REVIEW}instruments/<int:instrument_id>/"
SHEET = f"{REVIEW}assignments/<int:assignment_id>/"
COMPARED = f"{REVIEW}comparisons/<int:comparison_id>/"
urlpatterns = [
    path(f"{REVIEW}included-studies/", studies.IncludedStudyListView.as_view(), name="included-study-list"),
    path(f"{REVIEW}included-studies/<int:study_id>/mark/", studies.StudyMarkView.as_view(), name="study-mark"),
    path(f"{REVIEW}instruments/", views.InstrumentListView.as_view(), name="instrument-list"),
    path(ONE, views.InstrumentDetailView.as_view(), name="instrument-detail"),
    path(f"{ONE}meant-for/", studies.MeantForView.as_view(), name="meant-for"),
    path(f"{ONE}studies/", studies.MeantStudyListView.as_view(), name="meant-study-list"),
    path(f"{ONE}studies/<int:study_id>/", studies.MeantStudyView.as_view(), name="meant-study"),
    path(f"{ONE}drop-rule/", studies.DropRuleView.as_view(), name="drop-rule"),
    path(f"{ONE}rating-rule/", views.RatingRuleView.as_view(), name="rating-rule"),
    path(f"{ONE}items/", views.ItemListView.as_view(), name="item-list"),
    path(f"{ONE}items/<int:item_id>/", views.ItemDetailView.as_view(), name="item-detail"),
    path(f"{ONE}items/<int:item_id>/moves/", building.ItemMoveView.as_view(), name="item-move"),
    path(f"{ONE}items/<int:item_id>/return/", building.ItemReturnView.as_view(), name="item-return"),
    path(f"{ONE}answer-sets/", building.AnswerSetListView.as_view(), name="answer-set-list"),
    path(f"{ONE}answer-sets/<slug:answer_set>/", building.AnswerSetView.as_view(), name="answer-set"),
    path(f"{ONE}table-settings/", building.TableSettingsView.as_view(), name="table-settings"),
    path(f"{ONE}assignments/", views.AssignmentListView.as_view(), name="assignment-list"),
    path(f"{ONE}assignments/spread/", views.SpreadView.as_view(), name="assignment-spread"),
    path(f"{ONE}table/", views.TableView.as_view(), name="study-table"),
    path(SHEET, views.SheetView.as_view(), name="sheet"),
    path(f"{SHEET}answers/<slug:key>/", views.AnswerView.as_view(), name="answer"),
    path(f"{SHEET}finish/", views.FinishView.as_view(), name="sheet-finish"),
    path(f"{REVIEW}comparisons/", views.ComparisonListView.as_view(), name="comparison-list"),
    path(COMPARED, views.ComparisonDetailView.as_view(), name="comparison-detail"),
    path(f"{COMPARED}settlements/", views.SettlementView.as_view(), name="settlement"),
    path(f"{COMPARED}withdrawals/", views.WithdrawalView.as_view(), name="settlement-withdraw"),
    path(f"{COMPARED}rulings/", views.RulingView.as_view(), name="difference-rule"),
    path(f"{COMPARED}reopenings/", views.DifferenceReopeningView.as_view(), name="difference-reopen"),
    path(f"{COMPARED}rating/", views.RatingView.as_view(), name="study-rating"),
]
