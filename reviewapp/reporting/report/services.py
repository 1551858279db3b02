"""What people do with the report: choose what it holds, and have it drawn as a file."""

from collections.abc import Sequence
from hashlib import sha256

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import Invalid
from reviewapp.reporting.choices import ReportForm
from reviewapp.reporting.models import ReportFile, ReportPlan
from reviewapp.reporting.report.build import FORMS, Plan, document_of, plan_of
from reviewapp.reporting.report.citations import STYLES
from reviewapp.reporting.report.sections import PARTS
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.services.locks import act, acting_member, own_review

TASK = "reporting.draw_report"


@act
def set_plan(*, actor: User, review: Review, sections: Sequence[str], style: str, keep_missing: bool) -> Plan:
    """Choose the report's sections, their order, and how references are set, for the whole team."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if unknown := [key for key in sections if key not in PARTS]:
        raise Invalid(f"A report has no section “{unknown[0][:40]}”.")
    if len(set(sections)) < len(sections):
        raise Invalid("Each section stands in a report once.")
    if style not in STYLES:
        raise Invalid(f"There is no citation style “{style[:40]}” here.")
    found = ReportPlan.objects.filter(review=review).first()
    before, after = _content(plan_of(review)), _content(Plan(tuple(sections), style, keep_missing))
    if found and before == after:
        return plan_of(review)
    plan = found or ReportPlan(review=review)
    plan.sections, plan.style, plan.keep_missing, plan.changed_by = list(sections), style, keep_missing, actor
    plan.save()
    audit.log(
        actor=actor, review=review, action="reporting.report.chosen", target=plan, before=before, after=after
    )  # fmt: skip
    return plan_of(review)


def _content(plan: Plan) -> dict[str, object]:
    return {"sections": list(plan.sections), "style": plan.style, "keep_missing": plan.keep_missing}


@act
def request_file(*, actor: User, review: Review, form: str) -> ReportFile:
    """Have the report drawn as it is chosen now; a second click finds the drawing that is under way."""
    own_review(review)
    acting_member(actor, review, Can.READ)
    if form not in FORMS:
        raise Invalid("A report is drawn as docx, pdf or html.")
    plan = plan_of(review)
    if not plan.sections:
        raise Invalid("The report has no section. A lead chooses them.")
    job = jobs.enqueue(
        TASK,
        review=review,
        key=f"report:{form}",
        title=f"Drawing the report as {ReportForm(form).label}",
        requested_by=actor,
        url=reverse("reporting:report", args=[review.pk]),
    )
    found = ReportFile.objects.filter(job=job).first()
    if found:
        return found
    file = ReportFile.objects.create(
        review=review, form=form, job=job, made_by=actor,
        sections=list(plan.sections), style=plan.style, keep_missing=plan.keep_missing,
    )  # fmt: skip
    audit.log(actor=actor, review=review, action="reporting.report.drawn", target=file, after={"form": form})
    return file


def draw(job: Job) -> None:
    """Draw the file that the job is about, from the rows as they stand now. Drawn twice it is replaced, not doubled."""
    file = ReportFile.objects.select_related("review").get(job=job)
    plan = Plan.stored(file.sections, file.style, file.keep_missing)
    with transaction.atomic():
        jobs.advance(job, done=0, total=1, message="Reading the rows and setting the pages.")
    content = FORMS[file.form][1](document_of(file.review, plan))
    with transaction.atomic():
        jobs.advance(job, done=1, total=1, message=f"{len(content) // 1024 + 1:,} KB")
        file.size, file.sha256, file.made_at = len(content), sha256(content).hexdigest(), timezone.now()
        file.file.save("report", ContentFile(content), save=False)
        file.save()
