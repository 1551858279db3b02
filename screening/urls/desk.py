from django.urls import path

from screening.views import desk, desk_list, own_desk

urlpatterns = [
    path("desk/list/", desk_list.desk_list, name="desk-list"),
    path("desk/<str:stage>/", desk.desk, name="desk"),
    path("desk/<str:stage>/cards/", desk.desk_cards, name="desk-cards"),
    path("my-desk/", own_desk.own_desk, name="own-desk"),
    path("records/<int:record_id>/decide/", desk.record_decide, name="record-decide"),
    path("records/<int:record_id>/note/", desk.note_keep, name="note-keep"),
    path("decisions/undo/", desk.decision_undo, name="decision-undo"),
]
