from django.urls import path, re_path

from reviewapp.reporting import contribution_views, views
from reviewapp.reporting.archive import views as archive
from reviewapp.reporting.checklists import views as checklists
from reviewapp.reporting.flow import views as flow
from reviewapp.reporting.past import views as past
from reviewapp.reporting.report import views as report
from reviewapp.reporting.statistics import views as statistics

app_name = "reporting"
urlpatterns = [
    path("report/", views.prisma, name="prisma"),
    re_path(r"^report/prisma\.(?P<form>svg|png|pdf|docx|csv)$", views.prisma_export, name="prisma-export"),
    path("report/statistics/", statistics.statistics, name="statistics"),
    path("report/statistics.csv", statistics.statistics_export, name="statistics-export"),
    path("report/diagram/", flow.flow_plan, name="flow-plan"),
    path("report/by-hand/", flow.counts_by_hand, name="counts-by-hand"),
    path("report/by-hand/<int:count_id>/remove/", flow.count_remove, name="count-remove"),
    path("report/changes/", past.prisma_changes, name="prisma-changes"),
    path("report/changes.csv", past.prisma_changes_export, name="prisma-changes-export"),
    path("report/changes/records/", views.changed, name="changed"),
    path("report/previous-version/", views.previous_version, name="previous-version"),
    path("report/records/", views.box, name="box"),
    path("report/agreement/", views.agreement, name="agreement"),
    path("report/agreement.csv", views.agreement_export, name="agreement-export"),
    re_path(r"^report/decisions\.(?P<form>csv|xlsx|json)$", views.decision_export, name="decision-export"),
    path("report/contributions/", contribution_views.ledger, name="contributions"),
    re_path(r"^report/contributions\.(?P<form>csv|docx)$", contribution_views.ledger_file, name="contributions-file"),
    path("report/document/", report.report, name="report"),
    path("report/document/sections/", report.report_choose, name="report-choose"),
    path("report/document/set/", report.report_set, name="report-set"),
    path("report/document/draw/", report.report_draw, name="report-draw"),
    path("report/document/files/<int:report_file_id>/", report.report_file, name="report-file"),
    path("report/archive/", archive.archive, name="archive"),
    path("report/archive/order/", archive.archive_order, name="archive-order"),
    path("report/archive/<uuid:job_id>/", archive.archive_file, name="archive-file"),
    path("report/checklists/", checklists.checklist_list, name="checklist-list"),
    re_path(
        r"^report/checklists/(?P<checklist>[-a-z0-9]+)\.(?P<form>docx|csv)$",
        checklists.checklist_export,
        name="checklist-export",
    ),
    path("report/checklists/<slug:checklist>/", checklists.checklist_detail, name="checklist-detail"),
    path("report/checklists/<slug:checklist>/<slug:item>/", checklists.checklist_item, name="checklist-item"),
]
