from django.urls import path

from screening.views import protocol

urlpatterns = [
    path("protocol/", protocol.protocol, name="protocol"),
    path("protocol/criteria/add/", protocol.criterion_create, name="criterion-create"),
    path("protocol/criteria/<int:criterion_id>/", protocol.criterion_change, name="criterion-change"),
    path("protocol/criteria/<int:criterion_id>/retire/", protocol.criterion_retire, name="criterion-retire"),
    path("protocol/reasons/add/", protocol.reason_create, name="reason-create"),
    path("protocol/reasons/<int:reason_id>/", protocol.reason_change, name="reason-change"),
    path("protocol/reasons/<int:reason_id>/move/", protocol.reason_move, name="reason-move"),
    path("protocol/reasons/<int:reason_id>/retire/", protocol.reason_retire, name="reason-retire"),
    path("protocol/rules/<str:stage>/", protocol.rule_change, name="rule-change"),
    path("protocol/rules/<str:stage>/preview/", protocol.rule_preview, name="rule-preview"),
    path("protocol/terms/", protocol.term_change, name="term-change"),
    path("protocol/labels/", protocol.label_change, name="label-change"),
]
