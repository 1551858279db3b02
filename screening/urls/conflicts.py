from django.urls import path

from screening.views import conflicts

urlpatterns = [
    path("conflicts/", conflicts.conflict_list, name="conflict-list"),
    path("conflicts/settle/", conflicts.conflict_settle_many, name="conflict-settle-many"),
    path("conflicts/criteria/", conflicts.conflict_criteria, name="conflict-criteria"),
    path("conflicts/<int:conflict_id>/", conflicts.conflict_detail, name="conflict-detail"),
    path("conflicts/<int:conflict_id>/comment/", conflicts.conflict_comment, name="conflict-comment"),
    path("conflicts/<int:conflict_id>/agree/", conflicts.conflict_agree, name="conflict-agree"),
    path("conflicts/<int:conflict_id>/withdraw/", conflicts.conflict_withdraw, name="conflict-withdraw"),
    path("conflicts/<int:conflict_id>/adjudicate/", conflicts.conflict_adjudicate, name="conflict-adjudicate"),
    path("conflicts/<int:conflict_id>/reopen/", conflicts.conflict_reopen, name="conflict-reopen"),
]
