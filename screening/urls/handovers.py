from django.urls import path

from screening.views import handovers

urlpatterns = [
    path("handovers/", handovers.handover_list, name="handover-list"),
    path("handovers/<int:handover_id>/", handovers.handover_detail, name="handover-detail"),
    path("handovers/<int:handover_id>/read/", handovers.handover_read, name="handover-read"),
    path("handovers/<int:handover_id>/choose/", handovers.handover_choose, name="handover-choose"),
    path("handovers/<int:handover_id>/confirm/", handovers.handover_confirm, name="handover-confirm"),
    path("handovers/<int:handover_id>/undo/", handovers.handover_undo, name="handover-undo"),
]
