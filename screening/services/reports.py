"""Full texts: sought, retrieved or not; the file; and the study a report tells of."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.permissions import Can
from screening.choices import Retrieval
from screening.models import Report, ReportFile, Study
from screening.services.locks import act, acting_member, share_review

PDF_LIMIT_BYTES = 100 * 2**20
PDF_LIMIT_SECONDS = 30


@act
def set_retrieval(*, actor: User, report: Report, retrieval: str, note: str = "", on: date | None = None) -> Report:
    """Say where the full text stands. Not retrieved needs the reason; it has its own box in the diagram."""
    share_review(report.review)
    acting_member(actor, report.review, Can.RETRIEVE)
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if retrieval not in Retrieval.values:
        raise Invalid("A report is sought, retrieved or not retrieved.")
    note = require_clean_text(note, what="note").strip()
    if retrieval == Retrieval.NOT_RETRIEVED and not note:
        raise Invalid("Say why the report cannot be retrieved: the diagram and the methods section count it.")
    before = {"retrieval": report.retrieval, "note": report.retrieval_note, "on": report.retrieval_on}
    report.retrieval, report.retrieval_note, report.retrieval_on = retrieval, note, on or timezone.now().date()
    report.save(update_fields=["retrieval", "retrieval_note", "retrieval_on"])
    audit.log(
        actor=actor,
        review=report.review,
        action="screening.report.retrieval",
        target=report,
        before=before,
        after={"retrieval": retrieval, "note": note, "on": report.retrieval_on},
    )
    return report


@act
def set_retrieval_of_many(
    *, actor: User, reports: Sequence[Report], retrieval: str, note: str = "", on: date | None = None
) -> None:
    """The same for several reports: all of them, or none when one is refused. Locks them in the order given."""
    for report in reports:
        set_retrieval(actor=actor, report=report, retrieval=retrieval, note=note, on=on)


def attach_file(*, actor: User, report: Report, file: "UploadedFile[bytes]") -> Report:
    """Keep a PDF as the report's full text, and the report as retrieved; an earlier file is kept too. Raises Invalid."""
    acting_member(actor, report.review, Can.RETRIEVE)
    if not file.size:
        raise Invalid("The file is empty (0 bytes). Nothing was changed.")
    if file.size > PDF_LIMIT_BYTES:
        raise Invalid(f"The file is larger than {PDF_LIMIT_BYTES // 2**20} MB. Nothing was changed.")
    content = file.read()
    pages = count_pages(content)
    file.seek(0)
    with transaction.atomic():
        share_review(report.review)
        report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
        digest = hashlib.sha256(content).hexdigest()
        if report.sha256 == digest:
            raise AlreadyDone("This report has exactly this file already.")
        if report.file:
            ReportFile.objects.create(
                report=report, file=report.file.name, filename=report.filename, sha256=report.sha256
            )
        before = {"sha256": report.sha256, "filename": report.filename}
        report.file, report.filename, report.sha256, report.pages = (
            file,
            (file.name or "report.pdf")[-255:],
            digest,
            pages,
        )
        report.retrieval, report.retrieval_on = Retrieval.RETRIEVED, timezone.now().date()
        report.save()
        audit.log(
            actor=actor,
            review=report.review,
            action="screening.report.file_attached",
            target=report,
            before=before,
            after={"sha256": digest, "filename": report.filename, "pages": pages},
        )
    return report


def count_pages(content: bytes) -> int:
    """Pages of a PDF, asked in a limited child. Raises Invalid for what is not a readable PDF."""
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        raise Invalid("This is not a PDF. Nothing was changed.")
    answer = ask_pdf_child(["count"], content)
    if answer is None:
        raise Invalid("This PDF cannot be opened: it is damaged or protected by a password. Nothing was changed.")
    return int(json.loads(answer)["pages"])


def page_image(report: Report, number: int, width: int) -> bytes | None:
    """One page as PNG, drawn once in a limited child and kept; None when the page does not exist or cannot be drawn."""
    if not report.file or not 1 <= number <= report.pages:
        return None
    drawn = f"pages/{report.review_id}/{report.sha256}-{number}-{width}.png"
    if default_storage.exists(drawn):
        with default_storage.open(drawn) as kept:
            return bytes(kept.read())
    with report.file.open("rb") as file:
        image = ask_pdf_child(["draw", str(number), str(width)], file.read())
    if image:
        default_storage.save(drawn, ContentFile(image))
    return image


def ask_pdf_child(arguments: list[str], content: bytes) -> bytes | None:
    """Run screening.pdf_child with limits on memory and time; None when it refuses, crashes or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603  # our own module, fixed arguments
            [sys.executable, "-m", "screening.pdf_child", *arguments],
            input=content,
            capture_output=True,
            timeout=PDF_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


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
