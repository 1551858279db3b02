"""Every table that hangs on a review: in the archive, or left out for a reason. A test fails for one that is in neither."""

from typing import Any

from appraisal.queries import archive as appraisal
from reviewapp.audit.models import AuditEvent, AuditHead
from reviewapp.jobs.models import Job
from reviewapp.lib.archiving import Table, inside
from reviewapp.reporting.models import ChecklistEntry, CountByHand, FlowPlan, ReportFile, ReportPlan
from reviewapp.reviews.models import Invitation, Membership, Review
from screening.queries import archive as screening
from synthesis.queries import archive as synthesis

TABLES: list[Table] = [
    Table(
        Review, "The review: title, question, registration.", lambda scope: Review.objects.filter(pk=scope.review.pk)
    ),
    Table(Membership, "Who is or was in the review, with which tasks.", inside(Membership)),
    *screening.TABLES,
    *appraisal.TABLES,
    *synthesis.TABLES,
    Table(FlowPlan, "What the team's flow diagram shows.", inside(FlowPlan)),
    Table(CountByHand, "Numbers of the diagram that people entered.", inside(CountByHand), own_words=("reason",)),
    Table(ReportPlan, "What the team's report holds.", inside(ReportPlan)),
    Table(
        ChecklistEntry,
        "What the authors say on items of reporting checklists.",
        inside(ChecklistEntry),
        own_words=("text", "reason"),
    ),
]
LEFT_OUT: dict[Any, str] = {
    **screening.LEFT_OUT,
    **appraisal.LEFT_OUT,
    **synthesis.LEFT_OUT,
    Invitation: "open doors into the review, with e-mail addresses",
    Job: "work of this installation",
    AuditEvent: "in log.jsonl instead",
    AuditHead: "in the manifest, with the chain",
    ReportFile: "drawn from the same rows at any time",
}
