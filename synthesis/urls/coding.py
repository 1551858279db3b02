"""The coding desk, the codebook, memos, undo."""

from django.urls import path

from synthesis.views import acts, desk, work

urlpatterns = [
    path("coding/", work.work, name="work"),
    path("coding/who/", work.assignments, name="assignments"),
    path("coding/who/spread/", work.studies_spread, name="studies-spread"),
    path("coding/who/<int:study_id>/", work.study_assign, name="study-assign"),
    path("coding/plan/", work.plan_change, name="plan-change"),
    path("coding/plan/open/", work.coding_open, name="coding-open"),
    path("coding/studies/<int:study_id>/", desk.desk, name="desk"),
    path("coding/texts/<int:text_id>/state/", desk.desk_state, name="desk-state"),
    path("coding/texts/<int:text_id>/codings/", acts.coding_make, name="coding-make"),
    path("coding/texts/<int:text_id>/set-aside/", acts.stretch_set_aside, name="stretch-set-aside"),
    path("coding/set-aside/<uuid:aside_id>/take-up/", acts.stretch_take_up, name="stretch-take-up"),
    path("coding/codings/<uuid:coding_id>/", acts.coding_change, name="coding-change"),
    path("coding/codings/<uuid:coding_id>/remove/", acts.coding_remove, name="coding-remove"),
    path("coding/codings/<uuid:coding_id>/next/", desk.coding_walk, {"to": "next"}, name="coding-next"),
    path("coding/codings/<uuid:coding_id>/previous/", desk.coding_walk, {"to": "previous"}, name="coding-previous"),
    path("coding/undo/", acts.undo, name="undo"),
    path("coding/redo/", acts.redo, name="redo"),
]
