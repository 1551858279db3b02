"""Many PDFs at once: kept first, then matched in the background; sure ones attached, doubtful ones asked, the rest in a tray."""

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.lib.stored import FileGone, content_of
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import DropState, Retrieval
from screening.documents import Document, Drop, DroppedFile
from screening.fulltext.matching import Candidate, Facts, Wanted, candidates, is_sure
from screening.models import Report, ReportFile
from screening.queries.desk import reports_sought
from screening.services import documents, reports
from screening.services.locks import act, acting_member, share_review

COVER_LETTERS = 600  # a first page with fewer is taken for a cover, and the second is read with it


@act
def open_drop(*, actor: User, review: Review) -> Drop:
    """A place for files that come at once."""
    share_review(review)
    acting_member(actor, review, Can.RETRIEVE)
    drop = Drop.objects.create(review=review, created_by=actor)
    audit.log(actor=actor, review=review, action="screening.drop.opened", target=drop)
    return drop


def store_file(*, actor: User, drop: Drop, file: "UploadedFile[bytes]") -> DroppedFile:
    """Keep a file before anybody looks into it; the same content dropped twice is kept once. Raises Invalid."""
    acting_member(actor, drop.review, Can.RETRIEVE)
    if not file.size:
        raise Invalid("The file is empty (0 bytes). It was not kept.")
    if file.size > documents.LIMIT_BYTES:
        raise Invalid(f"The file is larger than {documents.LIMIT_BYTES // 2**20} MB. It was not kept.")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    same = DroppedFile.objects.filter(drop=drop, sha256=digest.hexdigest())
    if found := same.first():
        return found
    filename = documents.clean_filename(file.name or "")
    try:
        with transaction.atomic():
            kept = DroppedFile.objects.create(
                review=drop.review, drop=drop, file=file, filename=filename, size=file.size, sha256=digest.hexdigest()
            )
            after = {"filename": filename, "sha256": kept.sha256}
            audit.log(actor=actor, review=drop.review, action="screening.drop.file_kept", target=kept, after=after)
    except IntegrityError:  # it was sent twice in one moment
        return same.get()
    return kept


# --- Matching ---------------------------------------------------------------------------------------------------------


def start_matching(*, actor: User, drop: Drop) -> Job:
    """The job that matches what waits in the drop; an open one is found, not made twice."""
    acting_member(actor, drop.review, Can.RETRIEVE)
    job = jobs.enqueue(
        "screening.match_dropped",
        review=drop.review,
        key=f"drop:{drop.pk}",
        title="Matching PDFs to reports",
        requested_by=actor,
        url=reverse("screening:drop-detail", args=[drop.review_id, drop.pk]),
        arguments={"drop": drop.pk},
    )
    Drop.objects.filter(pk=drop.pk).update(job=job)
    return job


def match_the_rest(job: Job, drop: Drop) -> None:
    """A file that was kept while the job came to its end found the job open; it gets one of its own."""
    if job.state == JobState.DONE and drop.files.filter(state=DropState.STORED).exists():
        start_matching(actor=job.requested_by, drop=drop)


def match(job: Job, drop: Drop) -> None:
    """Match every file of the drop that waits; each is one transaction, so a restart goes on with the next."""
    while waiting := DroppedFile.objects.filter(drop=drop, state=DropState.STORED).first():
        total = drop.files.count()
        with transaction.atomic():
            done = total - drop.files.filter(state=DropState.STORED).count()
            jobs.advance(job, done=done, total=total, message=waiting.filename)
        document, cause = _read(waiting)
        with transaction.atomic():
            jobs.advance(job, done=done + 1, total=total)
            match_file(actor=drop.created_by, dropped=waiting, document=document, cause=cause)
    with transaction.atomic():
        jobs.advance(job, message=f"{drop.files.filter(state=DropState.ATTACHED).count()} attached")


def _read(dropped: DroppedFile) -> tuple[Document | None, str]:
    """Outside of every transaction: a large file takes a while."""
    try:
        content = content_of(dropped.file, filename=dropped.filename)
        reading = documents.read_pdf(content)
    except (Invalid, FileGone) as error:
        return None, error.message.removesuffix(documents.UNCHANGED).strip()
    stored = dropped.file.name or ""
    return documents.keep_document(dropped.review, content, reading, filename=dropped.filename, stored=stored), ""


@act
def match_file(*, actor: User, dropped: DroppedFile, document: Document | None, cause: str = "") -> DroppedFile:
    """Say where a file that was read belongs, and attach it when that is sure and the report has no file yet."""
    share_review(dropped.review)
    dropped = _locked(dropped)
    if dropped.state != DropState.STORED:
        return dropped
    dropped.document, dropped.cause = document, cause
    if document is None:
        return _keep(dropped, DropState.REFUSED)
    if holder := reports_sought(dropped.review).filter(sha256=document.sha256).first():
        dropped.report = holder
        return _keep(dropped, DropState.HELD)
    found = candidates(_facts(dropped.filename, document), _wanted(dropped.review))
    dropped.candidates = [asdict(candidate) for candidate in found]
    if is_sure(found) and (report := _free(found[0])):
        dropped.by_match = True
        return _attach(actor, dropped, report, replace=False)
    return _keep(dropped, _open_state(dropped))


def _facts(filename: str, document: Document) -> Facts:
    texts = list(document.texts.order_by("number").values_list("text", flat=True)[:2])
    text = texts[0] if len(texts[0]) >= COVER_LETTERS else "\n".join(texts)
    return Facts(filename=filename, title=document.title, subject=document.subject, text=text)


def _wanted(review: Review) -> list[Wanted]:
    records = [(report.pk, report.record) for report in reports_sought(review)]
    return [
        Wanted(pk, record.title, record.doi, record.pmid, tuple(map(str, record.authors)), record.year)
        for pk, record in records
    ]


def _free(candidate: Candidate) -> Report | None:
    """The report, when it has no file yet and nobody gave it up."""
    return Report.objects.filter(pk=candidate.report, file="").exclude(retrieval=Retrieval.NOT_RETRIEVED).first()


# --- What a person says -----------------------------------------------------------------------------------------------


@act
def assign(*, actor: User, dropped: DroppedFile, report: Report, replace: bool = False) -> DroppedFile:
    """Attach a file of the tray to a report. One that has a file keeps it unless `replace` is said. Raises AlreadyDone."""
    share_review(dropped.review)
    acting_member(actor, dropped.review, Can.RETRIEVE)
    dropped = _locked(dropped)
    if report.review_id != dropped.review_id:
        raise Invalid("There is no such report in this review.")
    if dropped.state == DropState.ATTACHED:
        raise AlreadyDone(
            f"{dropped.filename} is attached already, to {dropped.report and dropped.report.record.short_name}."
        )
    if dropped.document is None:
        raise Invalid("This file cannot be read as a PDF, or was not read yet.")
    return _attach(actor, dropped, report, replace=replace)


def _attach(actor: User, dropped: DroppedFile, report: Report, *, replace: bool) -> DroppedFile:
    if dropped.document is None:
        raise Invalid("This file was not read.")
    report = Report.objects.select_for_update(of=("self",)).select_related("record", "review").get(pk=report.pk)
    if report.file and report.sha256 != dropped.sha256 and not replace:
        raise AlreadyDone(
            f"{report.record.short_name} has a file already, {report.filename}. Nothing was changed; say that it is to be replaced if it is."
        )
    dropped.before = {
        "retrieval": report.retrieval,
        "note": report.retrieval_note,
        "on": report.retrieval_on and report.retrieval_on.isoformat(),
        "sha256": report.sha256,
    }
    reports.attach_document(actor=actor, report=report, document=dropped.document, filename=dropped.filename)
    dropped.report = report
    return _keep(dropped, DropState.ATTACHED)


@act
def undo(*, actor: User, dropped: DroppedFile) -> DroppedFile:
    """Take a file from its report again, which stands as it stood before. Raises AlreadyDone when it has another file meanwhile."""
    share_review(dropped.review)
    acting_member(actor, dropped.review, Can.RETRIEVE)
    dropped = _locked(dropped)
    if dropped.state != DropState.ATTACHED or dropped.report_id is None:
        raise AlreadyDone("This file is attached to no report.")
    report = Report.objects.select_for_update(of=("self",)).select_related("review").get(pk=dropped.report_id)
    if report.sha256 != dropped.sha256:
        raise AlreadyDone("The report has another file meanwhile. Nothing was changed.")
    _give_back(report, dropped.before)
    reports.write_log(actor=actor, report=report, note=f"File taken back: {dropped.filename}")
    audit.log(
        actor=actor,
        review=dropped.review,
        action="screening.report.file_detached",
        target=report,
        before={"sha256": dropped.sha256, "filename": dropped.filename},
        after={"sha256": report.sha256, "filename": report.filename},
    )
    dropped.report, dropped.before, dropped.by_match = None, {}, False
    return _keep(dropped, _open_state(dropped))


def _give_back(report: Report, before: dict[str, Any]) -> None:
    report.retrieval, report.retrieval_note = before["retrieval"], before["note"]
    report.retrieval_on = date.fromisoformat(before["on"]) if before["on"] else None
    report.file, report.filename, report.sha256, report.pages, report.document = "", "", "", 0, None
    earlier = ReportFile.objects.filter(report=report, sha256=before["sha256"]).order_by("-id").first()
    if before["sha256"] and earlier:
        held = Document.objects.filter(review=report.review_id, sha256=earlier.sha256).first()
        report.file, report.filename, report.sha256 = earlier.file.name, earlier.filename, earlier.sha256
        report.document, report.pages = held, held.pages if held else 0
        earlier.delete()  # the pointer only: its file is the report's own again
    report.save()


@act
def set_aside(*, actor: User, dropped: DroppedFile, aside: bool = True) -> DroppedFile:
    """Put a file out of the tray, or back into it; it is kept either way."""
    share_review(dropped.review)
    acting_member(actor, dropped.review, Can.RETRIEVE)
    dropped = _locked(dropped)
    if aside == (dropped.state == DropState.SET_ASIDE):
        raise AlreadyDone("It is set aside already." if aside else "It is in the tray already.")
    if aside and dropped.state not in {DropState.DOUBTFUL, DropState.UNMATCHED}:
        raise AlreadyDone(f"This file does not wait in the tray: {dropped.get_state_display().lower()}.")
    kept = _keep(dropped, DropState.SET_ASIDE if aside else _open_state(dropped))
    audit.log(
        actor=actor,
        review=dropped.review,
        action="screening.drop.set_aside" if aside else "screening.drop.taken_back",
        target=dropped,
        after={"filename": dropped.filename},
    )
    return kept


def _open_state(dropped: DroppedFile) -> DropState:
    return DropState.DOUBTFUL if dropped.candidates else DropState.UNMATCHED


def _locked(dropped: DroppedFile) -> DroppedFile:
    rows = DroppedFile.objects.select_for_update(of=("self",)).select_related("review", "document", "report__record")
    return rows.get(pk=dropped.pk)


def _keep(dropped: DroppedFile, state: DropState) -> DroppedFile:
    dropped.state = state
    dropped.save()
    return dropped
