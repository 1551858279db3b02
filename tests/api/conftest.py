"""A review with something behind every address of the API."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from appraisal.instruments import shipped
from appraisal.models import Assignment, Comparison
from appraisal.services.assignments import assign
from appraisal.services.instruments import adopt
from reviewapp.accounts.models import User
from reviewapp.jobs.models import Job
from reviewapp.reporting.models import CountByHand, ReportFile
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from reviewapp.team.services import invite
from screening.choices import PairState, Stage, Verdict
from screening.documents import DifferentStudies, Document, DocumentPage, Drop, DroppedFile, Supplement
from screening.models import (
    Allocation,
    AllocationBatch,
    Conflict,
    DuplicateAudit,
    DuplicateAuditPair,
    DuplicatePair,
    EligibilityCriterion,
    ExclusionReason,
    Handover,
    ImportBatch,
    Pilot,
    Record,
    Report,
    SavedView,
    Study,
)
from screening.services.decisions import make_decision
from synthesis.models import CodingAssignment, CodingComparison, Finding, FindingsText, Quotation, TextVersion
from synthesis.services.coding import code_stretch, set_aside
from synthesis.services.themes import create_theme
from tests.browser.files import pdf
from tests.conftest import person
from tests.factories import RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
Api = Callable[[User | None], APIClient]


@pytest.fixture
def api() -> Api:
    """`api(bob).get(url)`: a client with Bob's token; nobody's with None."""

    def client(user: User | None) -> APIClient:
        made = APIClient()
        if user:
            token, _ = Token.objects.get_or_create(user=user)
            made.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return made

    return client


def content_of(answer: Any) -> bytes:
    """The whole body; a streamed file is closed, but not the test's database connection."""
    if not answer.streaming:
        return bytes(answer.content)
    content = b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    return content


@dataclass
class World:
    review: Review
    contested: Record  # Bob and Carol disagree
    included: Record  # at full text, with a report
    waiting: Record  # nobody voted
    reason: ExclusionReason
    ids: dict[str, Any] = field(default_factory=dict)

    def path(self, tail: str = "") -> str:
        return f"/api/v1/reviews/{self.review.pk}/{tail}"


def document_in(review: Review) -> Document:
    """A document of one page, read already."""
    document = Document(review=review, sha256="d" * 64, filename="report.pdf", size=1000, pages=1, letters=12)
    document.file.save("report.pdf", ContentFile(pdf("Living with it")), save=True)
    DocumentPage.objects.create(document=document, number=1, width=595, height=842, text="Living with it")
    return document


@pytest.fixture
def world(review: Review, reason: ExclusionReason) -> World:
    alice, bob, carol = person("Alice"), person("Bob"), person("Carol")
    contested, included, waiting, other = (RecordFactory(review=review) for _ in range(4))
    make_decision(actor=bob, record=contested, stage=TA, verdict=Verdict.INCLUDE, note="Fits our question")
    make_decision(actor=carol, record=contested, stage=TA, verdict=Verdict.EXCLUDE)
    for who in (bob, carol):
        make_decision(actor=who, record=included, stage=TA, verdict=Verdict.INCLUDE)
    report = Report.objects.get(record=included)
    report.study = Study.objects.create(review=review, label="Okello 2021")
    report.file.save("report.pdf", ContentFile(b"%PDF-1.4\n"), save=False)
    report.filename, report.pages, report.document = "report.pdf", 1, document_in(review)
    report.save()
    one, two = waiting.references.get(), other.references.get()
    pair = DuplicatePair.objects.create(review=review, first=one, second=two, state=PairState.UNCERTAIN, likelihood=0.7)
    job = Job.objects.create(review=review, task="screening.detect_duplicates", key="duplicates", requested_by=alice)
    invitation = invite(actor=alice, review=review, email="new@example.org", tasks=[Task.OBSERVE], link="{token}")
    criterion = EligibilityCriterion.objects.create(review=review, kind="inclusion", code="I1", text="Lived experience")
    batch = ImportBatch.objects.get(review=review)
    batch.file.save("scopus.ris", ContentFile(b"TY  - JOUR\nTI  - Living with it\nER  - \n"))
    view = SavedView.objects.create(
        review=review, owner=alice, name="Included", query={"state": "included"}, shared=True
    )
    # At full text, so that the records of title and abstract stay everybody's.
    pilot = Pilot.objects.create(
        review=review, stage=FT, number=1, size=1, seed="oak", drawn_from=1, created_by=alice,
        revealed_at=review.created_at, closed_at=review.created_at,
    )  # fmt: skip
    allocation = Allocation.objects.create(review=review, stage=FT, mode="batches")
    allotment = AllocationBatch.objects.create(
        allocation=allocation, first=1, last=2**40, people=[alice.pk, bob.pk, carol.pk]
    )
    audit = DuplicateAudit.objects.create(review=review, size=5, seed="7", links=1, records=4, created_by=alice)
    DuplicateAuditPair.objects.create(audit=audit, position=1, linked=False, first=one, second=two)
    count = CountByHand.objects.create(review=review, key="excluded_other", value=0, reason="None were.", made_by=alice)
    supplement = Supplement(report=report, name="Interview guide", filename="guide.txt", size=5, added_by=bob)
    supplement.file.save("guide.txt", ContentFile(b"Guide"), save=True)
    unsought = Report.objects.create(review=review, record=waiting)
    different = DifferentStudies.objects.create(review=review, first=report, second=unsought, by=bob)
    drop = Drop.objects.create(review=review, created_by=bob)
    dropped = DroppedFile.objects.create(
        review=review,
        drop=drop,
        file="dropped/none",
        filename="unknown.pdf",
        size=1,
        sha256="e" * 64,
        state="unmatched",
    )
    handover = Handover.objects.create(
        review=review,
        filename="rayyan.ris",
        size=1,
        sha256="0" * 64,
        created_by=alice,
        found={"program": "", "own": False, "entries": 0, "matched": 0, "told": 0}
        | {name: [] for name in ("people", "values", "fields", "vote_fields", "label_fields")},
    )
    drawn = ReportFile(review=review, form="html", sections=["question"], style="apa", made_by=bob)
    drawn.made_at = review.created_at
    drawn.file.save("report.html", ContentFile(b"<p>Report"), save=True)
    archive = Job.objects.create(
        review=review, task="reporting.make_archive", key="archive", state="done", requested_by=alice,
        arguments={"anonymous": False},
        cursor={"file": default_storage.save("archives/some", ContentFile(b"PK")), "sha256": "a" * 64, "size": 2},
    )  # fmt: skip
    ids = {
        "archive_id": archive.pk,
        "report_file_id": drawn.pk,
        "checklist": "entreq",
        "item": "9",
        "review_id": review.pk,
        "member_id": review.memberships.get(user=carol).pk,
        "invitation_id": invitation.pk,
        "job_id": job.pk,
        "criterion_id": criterion.pk,
        "reason_id": reason.pk,
        "stage": TA.value,
        "allotment_id": allotment.pk,
        "pilot_id": pilot.pk,
        "search_id": batch.search_id,
        "batch_id": batch.pk,
        "handover_id": handover.pk,
        "reference_id": one.pk,
        "pair_id": pair.pk,
        "audit_id": audit.pk,
        "position": 1,
        "record_id": waiting.pk,
        "field": "title",
        "view_id": view.pk,
        "conflict_id": Conflict.objects.get(record=contested).pk,
        "report_id": report.pk,
        "study_id": report.study_id,
        "document_id": report.document_id,
        "supplement_id": supplement.pk,
        "count_id": count.pk,
        "said_id": different.pk,
        "drop_id": dropped.drop_id,
        "file_id": dropped.pk,
        "number": 1,
    }
    ids |= appraisal_of(review, report.study) | synthesis_of(review, report.study) | themes_of(review)
    return World(review, contested, included, waiting, reason, ids)


def themes_of(review: Review) -> dict[str, Any]:
    """A theme that Alice made."""
    theme = create_theme(actor=person("Alice"), review=review, level="descriptive", name="Alone")
    return {"theme_id": theme.pk}


def appraisal_of(review: Review, study: Study) -> dict[str, Any]:
    """Bob and Carol appraise one study, another was compared; the ids of all that."""
    for member in review.memberships.filter(user__name__in=["Bob", "Carol"]):
        member.tasks = [*member.tasks, Task.APPRAISE]
        member.save()
    alice, bob, carol = person("Alice"), person("Bob"), person("Carol")
    casp = adopt(actor=alice, review=review, shipped=shipped()["casp-qualitative"])
    done = Study.objects.create(review=review, label="Berg 2019")
    item = casp.items.get(key="q6")
    sheets = {}
    for which in (study, done):
        assign(actor=alice, instrument=casp, study=which, people=[bob, carol])
    for one in Assignment.objects.filter(instrument=casp):
        sheets[one.study_id, one.person_id] = one
    Comparison.objects.create(instrument=casp, study=done)
    return {
        "instrument_id": casp.pk,
        "item_id": item.pk,
        "answer_set": item.options,
        "key": item.key,
        "assignment_id": sheets[study.pk, bob.pk].pk,
        "comparison_id": Comparison.objects.get().pk,
    }


def synthesis_of(review: Review, study: Study) -> dict[str, Any]:
    """Bob and Carol code one study apart, another one is compared; the ids of its text and of what is on it."""
    alice, bob, carol = person("Alice"), person("Bob"), person("Carol")
    for membership in review.memberships.filter(user__in=[bob, carol]):
        membership.tasks = [*membership.tasks, Task.CODE]
        membership.save()
    text = findings_text(review, study, alice)
    compared = findings_text(review, Study.objects.create(review=review, label="Coded 2019"), alice)
    for one in (text, compared):
        for who in (bob, carol):
            CodingAssignment.objects.create(study=one.study, person=who)
    aside = set_aside(actor=bob, version=current(text), start=0, end=6)
    comparison = CodingComparison.objects.create(study=compared.study, overlap=0.5)
    coding = code_stretch(actor=bob, version=current(compared), start=0, end=6, name="living with it")
    return {
        "text_id": text.pk,
        "finding_id": Finding.objects.create(version=current(text), start=0, end=14).pk,
        "quotation_id": Quotation.objects.create(version=current(text), start=15, end=25).pk,
        "aside_id": aside.pk,
        "coding_id": coding.pk,
        "code_id": coding.code_id,
        "coding_comparison_id": comparison.pk,
    }


def current(text: FindingsText) -> TextVersion:
    assert text.current is not None
    return text.current


def findings_text(review: Review, study: Study, by: User) -> FindingsText:
    text = FindingsText.objects.create(review=review, study=study, title="Findings", created_by=by)
    text.current = TextVersion.objects.create(
        text=text,
        content="Living with it.\n“Not alone.”",
        sha256="f" * 63 + str(study.pk % 10),
        source="pasted",
        created_by=by,
    )
    text.save()
    return text
