"""Full texts: sought, retrieved or not; the file; and the study a report tells of."""

from collections.abc import Sequence
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.lib.stored import content_of
from reviewapp.reviews.permissions import Can
from screening.choices import Retrieval
from screening.documents import Document, RetrievalEntry
from screening.models import Report, ReportFile, Study
from screening.services import documents
from screening.services.locks import act, acting_member, share_review

MOST_SOURCE = 300  # characters


@act
def set_retrieval(
    *, actor: User, report: Report, retrieval: str, note: str = "", source: str = "", on: date | None = None
) -> Report:
    """Say where the full text stands, and keep it in the log. Not retrieved needs the reason; it has its own box in the diagram."""
    share_review(report.review)
    acting_member(actor, report.review, Can.RETRIEVE)
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if retrieval not in Retrieval.values:
        raise Invalid("A report is sought, requested, retrieved or not retrieved.")
    note, source = (require_clean_text(text, what="note").strip() for text in (note, source))
    if len(source) > MOST_SOURCE:
        raise Invalid(f"Name where it was requested in at most {MOST_SOURCE} characters; the note has room for more.")
    if retrieval == Retrieval.REQUESTED and not (source or note):
        raise Invalid("Say where the report was requested, so that a colleague can ask there again.")
    if retrieval == Retrieval.NOT_RETRIEVED and not note:
        raise Invalid("Say why the report cannot be retrieved: the diagram and the methods section count it.")
    before = {"retrieval": report.retrieval, "note": report.retrieval_note, "on": report.retrieval_on}
    report.retrieval, report.retrieval_note, report.retrieval_on = retrieval, note, on or timezone.now().date()
    report.save(update_fields=["retrieval", "retrieval_note", "retrieval_on"])
    write_log(actor=actor, report=report, source=source, note=note)
    audit.log(
        actor=actor,
        review=report.review,
        action="screening.report.retrieval",
        target=report,
        before=before,
        after={"retrieval": retrieval, "note": note, "source": source, "on": report.retrieval_on},
    )
    return report


def write_log(*, actor: User, report: Report, source: str = "", note: str = "") -> None:
    """A line of the retrieval log, of where the report stands now; inside the transaction of the act it tells of."""
    on = report.retrieval_on or timezone.now().date()
    RetrievalEntry.objects.create(report=report, state=report.retrieval, source=source, note=note, on=on, by=actor)


@act
def set_retrieval_of_many(
    *,
    actor: User,
    reports: Sequence[Report],
    retrieval: str,
    note: str = "",
    source: str = "",
    on: date | None = None,
) -> None:
    """The same for several reports: all of them, or none when one is refused. Locks them in the order given."""
    for report in reports:
        set_retrieval(actor=actor, report=report, retrieval=retrieval, note=note, source=source, on=on)


def attach_file(*, actor: User, report: Report, file: "UploadedFile[bytes]") -> Report:
    """Keep a PDF as the report's full text, and the report as retrieved; an earlier file is kept too. Raises Invalid."""
    acting_member(actor, report.review, Can.RETRIEVE)
    if (file.size or 0) > documents.LIMIT_BYTES:
        raise Invalid(f"The file is larger than {documents.LIMIT_BYTES // 2**20} MB. {documents.UNCHANGED}")
    content = file.read()
    reading = documents.read_pdf(content)
    filename = documents.clean_filename(file.name or "report.pdf")
    document = documents.keep_document(report.review, content, reading, filename=filename)
    return attach_document(actor=actor, report=report, document=document, filename=filename)


@act
def attach_document(*, actor: User, report: Report, document: Document, filename: str) -> Report:
    """Make a document that is kept already the report's full text, and the report retrieved."""
    share_review(report.review)
    acting_member(actor, report.review, Can.RETRIEVE)
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.sha256 == document.sha256:
        raise AlreadyDone("This report has exactly this file already.")
    if report.file:
        ReportFile.objects.create(report=report, file=report.file.name, filename=report.filename, sha256=report.sha256)
    before = {"sha256": report.sha256, "filename": report.filename}
    _point_at(report, document, filename)
    report.retrieval, report.retrieval_on = Retrieval.RETRIEVED, timezone.now().date()
    report.save()
    write_log(actor=actor, report=report, note=f"File attached: {filename}")
    audit.log(
        actor=actor,
        review=report.review,
        action="screening.report.file_attached",
        target=report,
        before=before,
        after={"sha256": document.sha256, "filename": filename, "pages": document.pages},
    )
    return report


def _point_at(report: Report, document: Document, filename: str) -> None:
    report.document, report.filename = document, filename
    report.file, report.sha256, report.pages = document.file.name, document.sha256, document.pages


def read_file(*, actor: User, report: Report) -> Document:
    """Read a file that was attached before documents were read page by page."""
    acting_member(actor, report.review, Can.READ)
    if report.document:
        return report.document
    if not report.file:
        raise Invalid("This report has no file yet.")
    content = content_of(report.file, filename=report.filename)
    reading = documents.read_pdf(content)
    document = documents.keep_document(
        report.review, content, reading, filename=report.filename, stored=report.file.name or ""
    )
    Report.objects.filter(pk=report.pk, sha256=document.sha256).update(document=document)
    return document


@act
def link_to_study(*, actor: User, report: Report, study: Study) -> Report:
    """Say that a report tells of the same study as others."""
    share_review(report.review)
    acting_member(actor, report.review, Can.RETRIEVE)
    if study.review_id != report.review_id:
        raise Invalid("That study belongs to another review.")
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.study_id == study.pk:
        raise AlreadyDone("This report belongs to that study already.")
    before = {"study": report.study_id}
    report.study = study
    report.save(update_fields=["study"])
    audit.log(
        actor=actor,
        review=report.review,
        action="screening.report.linked",
        target=report,
        before=before,
        after={"study": study.pk},
    )
    return report


@act
def give_own_study(*, actor: User, report: Report) -> Report:
    """Part a report from the others: it tells of a study of its own."""
    share_review(report.review)
    acting_member(actor, report.review, Can.RETRIEVE)
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.study and report.study.reports.count() == 1:
        raise AlreadyDone("This report has a study of its own already.")
    before = {"study": report.study_id}
    report.study = Study.objects.create(review_id=report.review_id, label=report.record.short_name[:120])
    report.save(update_fields=["study"])
    audit.log(
        actor=actor,
        review=report.review,
        action="screening.report.parted",
        target=report,
        before=before,
        after={"study": report.study.pk},
    )
    return report


@act
def name_study(*, actor: User, study: Study, label: str) -> Study:
    share_review(study.review)
    acting_member(actor, study.review, Can.RETRIEVE)
    if not (label := require_clean_text(label, what="name").strip()) or len(label) > 120:
        raise Invalid("A study's name has 1 to 120 characters.")
    before, study.label = {"label": study.label}, label
    study.save(update_fields=["label"])
    audit.log(
        actor=actor,
        review=study.review,
        action="screening.study.named",
        target=study,
        before=before,
        after={"label": label},
    )
    return study
