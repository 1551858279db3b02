from django.urls import path

from reviewapp.reporting.api import contributions, views
from reviewapp.reporting.archive import api as archive
from reviewapp.reporting.checklists import api as checklists
from reviewapp.reporting.flow import api as flow
from reviewapp.reporting.past.api import PrismaChangesView
from reviewapp.reporting.report import api as report
from reviewapp.reporting.statistics.api import StatisticsView

REVIEW = "reviews/<uuid:review_id>/"
urlpatterns = [
    path(f"{REVIEW}prisma/", views.PrismaView.as_view(), name="prisma"),
    path(f"{REVIEW}prisma/rows/", views.PrismaRowsView.as_view(), name="prisma-rows"),
    path(f"{REVIEW}statistics/", StatisticsView.as_view(), name="statistics"),
    path(f"{REVIEW}prisma/plan/", flow.FlowPlanView.as_view(), name="prisma-plan"),
    path(f"{REVIEW}prisma/by-hand/", flow.CountsByHandView.as_view(), name="count-by-hand"),
    path(f"{REVIEW}prisma/by-hand/<int:count_id>/", flow.CountByHandView.as_view(), name="count-by-hand-detail"),
    path(f"{REVIEW}prisma/changes/", PrismaChangesView.as_view(), name="prisma-changes"),
    *(
        path(f"{REVIEW}prisma.{form}", views.FigureView.as_view(form=form), name=f"prisma-{form}")
        for form in ("svg", "png", "pdf", "docx", "csv")
    ),
    *(
        path(f"{REVIEW}judgements.{form}", views.JudgementsView.as_view(form=form), name=f"judgements-{form}")
        for form in ("csv", "xlsx", "json")
    ),
    path(f"{REVIEW}previous-version/", views.PreviousVersionView.as_view(), name="previous-version"),
    path(f"{REVIEW}contributions/", contributions.ContributionsView.as_view(), name="contributions"),
    *(
        path(
            f"{REVIEW}contributions.{form}",
            contributions.ContributionsFileView.as_view(form=form),
            name=f"contributions-{form}",
        )
        for form in ("csv", "docx")
    ),
    path(f"{REVIEW}agreement/", views.AgreementView.as_view(), name="agreement"),
    path(f"{REVIEW}report/", report.ReportView.as_view(), name="report"),
    path(f"{REVIEW}report/files/", report.ReportFileListView.as_view(), name="drawn-report-list"),
    path(f"{REVIEW}report/files/<int:report_file_id>/", report.ReportFileView.as_view(), name="drawn-report"),
    path(f"{REVIEW}archives/", archive.ArchiveListView.as_view(), name="archive-list"),
    path(f"{REVIEW}archives/<uuid:archive_id>/file/", archive.ArchiveFileView.as_view(), name="archive-file"),
    path(f"{REVIEW}checklists/", checklists.ChecklistListView.as_view(), name="checklist-list"),
    path(f"{REVIEW}checklists/<slug:checklist>/", checklists.ChecklistView.as_view(), name="checklist"),
    path(
        f"{REVIEW}checklists/<slug:checklist>/items/<slug:item>/",
        checklists.ChecklistItemView.as_view(),
        name="checklist-item",
    ),
    *(
        path(
            f"{REVIEW}checklists/<slug:checklist>/file.{form}",
            checklists.ChecklistFileView.as_view(form=form),
            name=f"checklist-{form}",
        )
        for form in ("docx", "csv")
    ),
]
