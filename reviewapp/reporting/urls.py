from django.urls import path, re_path

from reviewapp.reporting import views

app_name = "reporting"
urlpatterns = [
    path("report/", views.prisma, name="prisma"),
    re_path(r"^report/prisma\.(?P<form>svg|png|pdf|csv)$", views.prisma_export, name="prisma-export"),
    path("report/previous-version/", views.previous_version, name="previous-version"),
    path("report/records/", views.box, name="box"),
    path("report/agreement/", views.agreement, name="agreement"),
    path("report/agreement.csv", views.agreement_export, name="agreement-export"),
    re_path(r"^report/decisions\.(?P<form>csv|xlsx|json)$", views.decision_export, name="decision-export"),
]
