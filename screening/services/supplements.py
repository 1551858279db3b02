"""Supplements of a report: added, named, ordered, removed and brought back."""

import hashlib
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.permissions import Can
from screening.documents import Document, Supplement
from screening.models import Report
from screening.services import documents
from screening.services.locks import act, acting_member, share_review

MOST_NAME = 200


def add(*, actor: User, report: Report, file: "UploadedFile[bytes]", name: str = "") -> Supplement:
    """Keep a file of any kind as a supplement; a PDF that can be read opens in the reader. Raises Invalid."""
    acting_member(actor, report.review, Can.RETRIEVE)
    if not file.size:
        raise Invalid(f"The file is empty (0 bytes). {documents.UNCHANGED}")
    if file.size > documents.LIMIT_BYTES:
        raise Invalid(f"The file is larger than {documents.LIMIT_BYTES // 2**20} MB. {documents.UNCHANGED}")
    content = file.read()
    file.seek(0)
    filename = documents.clean_filename(file.name or "supplement")
    name = _name(name or PurePath(filename).stem[:MOST_NAME])
    document = _document(report, content, filename)
    with transaction.atomic():
        share_review(report.review)
        report = Report.objects.select_for_update(of=("self",)).select_related("review").get(pk=report.pk)
        digest = hashlib.sha256(content).hexdigest()
        standing = report.supplements.filter(removed_at=None)
        if digest == report.sha256:
            raise AlreadyDone("This is the report's own file. Nothing was changed.")
        if standing.filter(sha256=digest).exists():
            raise AlreadyDone("Exactly this file is a supplement of the report already.")
        supplement = Supplement.objects.create(
            report=report,
            name=name,
            file=file,
            filename=filename,
            size=len(content),
            sha256=digest,
            document=document,
            position=(standing.aggregate(last=Max("position"))["last"] or 0) + 1,
            added_by=actor,
        )
        _log(actor, supplement, "added", after={"name": name, "filename": filename, "sha256": digest})
    return supplement


def _document(report: Report, content: bytes, filename: str) -> Document | None:
    """A PDF that cannot be read is kept all the same, to be downloaded."""
    try:
        reading = documents.read_pdf(content)
    except Invalid:
        return None
    return documents.keep_document(report.review, content, reading, filename=filename)


def _name(name: str) -> str:
    name = require_clean_text(name, what="name").strip()
    if not 1 <= len(name) <= MOST_NAME:
        raise Invalid(f"A supplement's name has 1 to {MOST_NAME} characters.")
    return name


@act
def rename(*, actor: User, supplement: Supplement, name: str) -> Supplement:
    supplement = _standing(actor, supplement)
    before, supplement.name = {"name": supplement.name}, _name(name)
    supplement.save(update_fields=["name"])
    _log(actor, supplement, "named", before=before, after={"name": supplement.name})
    return supplement


@act
def move(*, actor: User, supplement: Supplement, position: int) -> Supplement:
    """Put a supplement at a place in the order, from 1; the others close up around it."""
    supplement = _standing(actor, supplement)
    others = list(supplement.report.supplements.filter(removed_at=None).exclude(pk=supplement.pk))
    before = {"position": supplement.position}
    others.insert(max(0, position - 1), supplement)
    for place, each in enumerate(others, 1):
        Supplement.objects.filter(pk=each.pk).update(position=place)
    supplement.refresh_from_db(fields=["position"])
    _log(actor, supplement, "moved", before=before, after={"position": supplement.position})
    return supplement


@act
def remove(*, actor: User, supplement: Supplement) -> Supplement:
    """Take a supplement from the report's page; its file is kept, and it can be brought back."""
    supplement = _standing(actor, supplement)
    supplement.removed_at = timezone.now()
    supplement.save(update_fields=["removed_at"])
    _log(actor, supplement, "removed", before={"name": supplement.name})
    return supplement


@act
def bring_back(*, actor: User, supplement: Supplement) -> Supplement:
    supplement = _locked(actor, supplement)
    if supplement.removed_at is None:
        raise AlreadyDone("This supplement is there already.")
    if supplement.report.supplements.filter(removed_at=None, sha256=supplement.sha256).exists():
        raise AlreadyDone("The same file was added again meanwhile.")
    supplement.removed_at = None
    supplement.save(update_fields=["removed_at"])
    _log(actor, supplement, "brought_back", after={"name": supplement.name})
    return supplement


def _locked(actor: User, supplement: Supplement) -> Supplement:
    """The supplement under its report's lock, which keeps the order of all of them still."""
    report = supplement.report
    share_review(report.review)
    acting_member(actor, report.review, Can.RETRIEVE)
    Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    return Supplement.objects.select_related("report__review").get(pk=supplement.pk)


def _standing(actor: User, supplement: Supplement) -> Supplement:
    locked = _locked(actor, supplement)
    if locked.removed_at:
        raise AlreadyDone("This supplement was removed meanwhile.")
    return locked


def _log(
    actor: User,
    supplement: Supplement,
    done: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.log(
        actor=actor,
        review=supplement.report.review,
        action=f"screening.supplement.{done}",
        target=supplement,
        before=before,
        after=after,
    )
