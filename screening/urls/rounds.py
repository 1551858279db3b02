from django.urls import path

from screening.views import rounds

urlpatterns = [
    path("pilots/", rounds.pilot_list, name="pilot-list"),
    path("pilots/add/", rounds.pilot_create, name="pilot-create"),
    path("pilots/again/", rounds.round_start, name="pilot-round-start"),
    path("pilots/<int:pilot_id>/", rounds.pilot_detail, name="pilot-detail"),
    path("pilots/<int:pilot_id>/results/", rounds.pilot_reveal, name="pilot-reveal"),
    path("pilots/<int:pilot_id>/fresh-start/", rounds.pilot_end, name="pilot-end"),
]
