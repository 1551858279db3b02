"""Addresses of appraisal and extraction."""

from django.urls import path, re_path

from appraisal.views import assignments, bench, comparison, instruments, studies, tables

app_name = "appraisal"
urlpatterns = [
    path("included/", studies.study_list, name="study-list"),
    path("included/<int:study_id>/mark/", studies.study_mark, name="study-mark"),
    path("studies/<slug:use>/", instruments.work, name="work"),
    path("instruments/create/", instruments.instrument_create, name="instrument-create"),
    path("instruments/adopt/<slug:key>/", instruments.instrument_adopt, name="instrument-adopt"),
    path("instruments/<int:instrument_id>/", instruments.instrument_detail, name="instrument-detail"),
    path("instruments/<int:instrument_id>/change/", instruments.instrument_change, name="instrument-change"),
    path("instruments/<int:instrument_id>/relabel/", instruments.instrument_relabel, name="instrument-relabel"),
    path("instruments/<int:instrument_id>/retire/", instruments.instrument_retire, name="instrument-retire"),
    path("instruments/<int:instrument_id>/rating-rule/", instruments.rating_rule_set, name="rating-rule"),
    path("instruments/<int:instrument_id>/drop-rule/", instruments.drop_rule_set, name="drop-rule"),
    path("instruments/<int:instrument_id>/meant-for/", assignments.meant_for_set, name="meant-for"),
    path("instruments/<int:instrument_id>/meant-for/<int:study_id>/", assignments.study_meant, name="study-meant"),
    path("instruments/<int:instrument_id>/items/add/", instruments.item_keep, name="item-create"),
    path("instruments/<int:instrument_id>/items/preview/", instruments.item_preview, name="item-preview"),
    path("instruments/<int:instrument_id>/items/<int:item_id>/", instruments.item_edit, name="item-edit"),
    path("instruments/<int:instrument_id>/items/<int:item_id>/change/", instruments.item_keep, name="item-change"),
    path("instruments/<int:instrument_id>/items/<int:item_id>/move/", instruments.item_move, name="item-move"),
    path("instruments/<int:instrument_id>/items/<int:item_id>/retire/", instruments.item_retire, name="item-retire"),
    path("instruments/<int:instrument_id>/assignments/", assignments.assignments, name="assignments"),
    path("instruments/<int:instrument_id>/assignments/spread/", assignments.studies_spread, name="studies-spread"),
    path("instruments/<int:instrument_id>/assignments/<int:study_id>/", assignments.study_assign, name="study-assign"),
    path("instruments/<int:instrument_id>/table/", tables.table, name="table"),
    path("instruments/<int:instrument_id>/table/set/", tables.table_set, name="table-set"),
    re_path(
        r"^instruments/(?P<instrument_id>\d{1,18})/table\.(?P<form>csv|xlsx|docx|svg|png|pdf)$",
        tables.table_file,
        name="table-file",
    ),
    re_path(
        r"^instruments/(?P<instrument_id>\d{1,18})/answers\.(?P<form>csv|xlsx|docx)$",
        tables.answers_file,
        name="answers-file",
    ),
    path("instruments/<int:instrument_id>/agreement/", tables.agreement, name="agreement"),
    path("assignments/<int:assignment_id>/", bench.bench, name="bench"),
    path("assignments/<int:assignment_id>/answers/<int:item_id>/", bench.answer_keep, name="answer-keep"),
    path("assignments/<int:assignment_id>/finish/", bench.study_finish, name="study-finish"),
    path("assignments/<int:assignment_id>/take-up/", bench.study_take_up, name="study-take-up"),
    path("comparisons/<int:comparison_id>/", comparison.comparison, name="comparison"),
    path("comparisons/<int:comparison_id>/rating/", comparison.rating_override, name="rating-override"),
    path("comparisons/<int:comparison_id>/<int:item_id>/propose/", comparison.difference_propose, name="propose"),
    path("comparisons/<int:comparison_id>/<int:item_id>/confirm/", comparison.difference_confirm, name="confirm"),
    path("comparisons/<int:comparison_id>/<int:item_id>/withdraw/", comparison.difference_withdraw, name="withdraw"),
    path("comparisons/<int:comparison_id>/<int:item_id>/rule/", comparison.difference_rule, name="rule"),
    path("comparisons/<int:comparison_id>/<int:item_id>/reopen/", comparison.difference_reopen, name="reopen"),
]
