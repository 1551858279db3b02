"""Tables of full texts: their files, and how they were sought. The rest of the models are in `screening.models`, which brings these along."""

import uuid

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from reviewapp.accounts.models import User
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from screening.choices import DropState, Retrieval


def document_path(document: "Document", _filename: str) -> str:
    return f"documents/{document.review_id}/{uuid.uuid4().hex}"


class Document(models.Model):
    """A PDF, known by its content. Its text was read once and never changes, so that a place in it stays where it is."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="documents")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=document_path)
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    pages = models.PositiveIntegerField()
    letters = models.PositiveIntegerField(default=0, help_text="In all pages; none means that it was scanned.")
    title = models.TextField(blank=True, help_text="As the file's own description has it.")
    subject = models.TextField(blank=True)
    registrations = models.JSONField(default=list, help_text="Registration numbers of studies on its first pages.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "sha256"], name="one_document_per_content")]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_scan(self) -> bool:
        """Whether its pages are pictures only, with next to no letters."""
        return self.letters < 5 * self.pages


class DocumentPage(models.Model):
    """The frozen text of a page. `lines` tell where its lines stand; see `screening.pdf_child.page_of`."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="texts")
    number = models.PositiveIntegerField()
    width = models.FloatField(help_text="In points, as the page is seen.")
    height = models.FloatField()
    text = models.TextField(blank=True)
    lines = models.JSONField(default=list)
    is_read = models.BooleanField(default=True, help_text="Not so when reading the whole document took too long.")

    class Meta:
        ordering = ["document", "number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_text_per_page")]

    def __str__(self) -> str:
        return f"Page {self.number} of {self.document_id}"


class ReadingPlace(models.Model):
    """Where somebody stopped reading, and how large; theirs alone."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="places")
    reader = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.PositiveIntegerField(default=1)
    part = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(1000)], help_text="Thousandths of the page above the top of the view."
    )
    zoom = models.PositiveSmallIntegerField(default=0, help_text="Percent of the page's own size; 0 fits the width.")
    turned = models.PositiveSmallIntegerField(default=0, help_text="Degrees, clockwise.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "reader"], name="one_place_per_reader"),
            models.CheckConstraint(condition=Q(turned__in=[0, 90, 180, 270]), name="pages_turn_by_quarters"),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} at page {self.page} of {self.document_id}"


# --- PDFs that were dropped at once -----------------------------------------------------------------------------------


class Drop(models.Model):
    """PDFs that somebody dropped at once. Each is kept first, then matched to a report."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="drops")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"PDFs dropped on {self.created_at:%d %B %Y}"


def dropped_path(dropped: "DroppedFile", _filename: str) -> str:
    return f"dropped/{dropped.review_id}/{uuid.uuid4().hex}"


class DroppedFile(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="dropped_files")
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to=dropped_path)
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DropState, default=DropState.STORED)
    cause = models.TextField(blank=True, help_text="Why it could not be read.")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="dropped")
    candidates = models.JSONField(default=list, help_text="Reports it may be: report, likelihood, evidence.")
    report = models.ForeignKey(
        "screening.Report", on_delete=models.PROTECT, null=True, blank=True, related_name="dropped"
    )
    before = models.JSONField(default=dict, help_text="How the report stood before, so that it can be undone.")
    by_match = models.BooleanField(default=False, help_text="Attached because the match was sure; nobody was asked.")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["drop", "sha256"], name="a_file_is_dropped_once")]

    def __str__(self) -> str:
        return self.filename


# --- How a full text was sought ---------------------------------------------------------------------------------------


class RetrievalEntry(models.Model):
    """A line of the retrieval log of a report: requested, from where and when, received, or not to be had and why."""

    report = models.ForeignKey("screening.Report", on_delete=models.CASCADE, related_name="retrieval_log")
    state = models.CharField(max_length=20, choices=Retrieval)
    source = models.CharField(max_length=300, blank=True, help_text="From where: a library, the authors, a publisher.")
    note = models.TextField(blank=True)
    on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_state_display()} on {self.on}"


class DifferentStudies(models.Model):
    """Somebody's word that two reports tell of different studies, so that they are not suggested again."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="different_studies")
    first = models.ForeignKey("screening.Report", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("screening.Report", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], condition=Q(withdrawn_at=None), name="one_standing_word_per_pair_of_reports"
            ),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="pairs_of_reports_have_an_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id} are different studies"


# --- What came along with a report ------------------------------------------------------------------------------------


def supplement_path(supplement: "Supplement", _filename: str) -> str:
    return f"supplements/{supplement.report.review_id}/{uuid.uuid4().hex}"


class Supplement(models.Model):
    """A file that belongs to a report: an appendix, an interview guide, a table. It is no report and never counted as one."""

    report = models.ForeignKey("screening.Report", on_delete=models.CASCADE, related_name="supplements")
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to=supplement_path)
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    document = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supplements",
        help_text="Of a readable PDF.",
    )
    position = models.PositiveIntegerField(default=1)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "sha256"], condition=Q(removed_at=None), name="a_supplement_is_attached_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
