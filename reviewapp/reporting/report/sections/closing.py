"""What closes a report: the references of the included studies, and the seal of the review's history."""

from django.conf import settings

from reviewapp.reporting.contributions import contributions
from reviewapp.reporting.report.citations import STYLES, bibliography
from reviewapp.reporting.report.document import Listing, Paragraph, Section, Table
from reviewapp.reporting.report.source import Source
from screening.choices import Outcome, Stage
from screening.formats.writers.csl import csl_entry
from screening.models import Record, ScreeningOutcome
from screening.queries.desk import included_reports, reports_sought
from screening.queries.exports import exported
from screening.queries.included import included_studies
from screening.visibility import seal_for_everybody


def references(source: Source) -> Section:
    """Reports of the included studies, in the order of the studies in the tables when the style numbers them."""
    title = "References of the included studies"
    place = {pk: number for number, pk in enumerate(included_studies(source.review).values_list("pk", flat=True))}
    study_of = dict(included_reports(source.review).values_list("record", "study"))
    records = Record.objects.filter(pk__in=study_of)
    entries = sorted(exported(records), key=lambda one: (place.get(study_of[one.position] or 0, 0), one.position))
    if not entries:
        return source.missing(
            "references", title, "No report has been included yet.", link="screening:report-list", label="Go to full text"
        )  # fmt: skip
    made = bibliography([csl_entry(entry) for entry in entries], source.style)
    return Section("references", title, [Listing(tuple(made), numbered=STYLES[source.style].numbered)])


def excluded(source: Source) -> Section:
    """Reports excluded in full text, each cited with the reason that counts (PRISMA 2020, item 16b)."""
    title = "Appendix: reports excluded in full text"
    ended = ScreeningOutcome.objects.filter(record__review=source.review, stage=Stage.FULL_TEXT)
    gone = ended.filter(outcome=Outcome.EXCLUDED, record__in=reports_sought(source.review).values("record"))
    reasons = dict(gone.values_list("record", "reason__label"))
    order = list(gone.order_by("reason__position", "reason__label", "record").values_list("record", flat=True))
    if not order:
        return source.missing(
            "excluded", title, "No report has been excluded in full text.",
            link="screening:report-list", label="Go to full text",
        )  # fmt: skip
    entries = {one.position: one for one in exported(Record.objects.filter(pk__in=order))}
    rows = [
        (cited.text, reasons[pk] or "")
        for pk in order
        for cited in bibliography([csl_entry(entries[pk])], source.style)
    ]
    table = Table(
        "Reports excluded in full text, with the reason for each", ["Report", "Reason"], rows, widths=[4, 1.5]
    )
    return Section("excluded", title, [table])


def contributed(source: Source) -> Section:
    """Who did what, from the rows: the sentences of a methods section, CRediT roles, and the work counted."""
    ledger = contributions(source.review)
    if not ledger.lines:
        return source.missing(
            "contributions", "Contributions", "No work has been counted yet.",
            link="reporting:contributions", label="See contributions",
        )  # fmt: skip
    rows = [
        (line.work.label, "; ".join(f"{who.mark} {n:,}" for who, n in line.people), line.counted)
        for line in ledger.lines
    ]
    people = {who.mark: str(who.person) for line in ledger.lines for who, _ in line.people}
    spelt = "; ".join(f"{mark}, {name}" for mark, name in sorted(people.items()) if mark != name)
    table = Table("Who did what", ["Work", "By", "In all"], rows, [spelt] if spelt else [], [3, 3, 1.5])
    words = [ledger.methods, f"CRediT. {ledger.credit}" if ledger.credit else ""]
    return Section("contributions", "Contributions", [*(Paragraph.of(one) for one in words if one), table])


def audit_head(source: Source) -> Section:
    """Where the chain of the review's history stood, so that it can be shown later that nothing was taken back."""
    sealed = seal_for_everybody(source.review)
    words = [
        f"Screening, appraisal and reporting were done in Tandem (version {settings.VERSION}). Every act is kept in a chain "
        "of events, each sealed with the one before it."
    ]
    if sealed:
        at = f"{sealed.at.day} {sealed.at:%B %Y, %H:%M} UTC"
        words.append(
            f"The latest event that every member may see was written on {at}; its seal (SHA-256) is {sealed.hash}."
        )
    return Section("audit", "Record of the review", [Paragraph.of(one) for one in words])
