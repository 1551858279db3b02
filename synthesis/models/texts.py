"""The results of each study, word for word. Places in them are Unicode code points, half-open."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Report, Study
from synthesis.choices import Direction, TextSource


class FindingsTextQuerySet(models.QuerySet["FindingsText"]):
    def standing(self) -> "FindingsTextQuerySet":
        """Not taken away, and with words in it."""
        return self.filter(removed_at=None, current__isnull=False)

    def originals(self) -> "FindingsTextQuerySet":
        """What is coded: standing texts that are no translation."""
        return self.standing().filter(translation_of=None)


class FindingsText(models.Model):
    """The results text of a study, or of one of its reports; or the translation of such a text."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="findings_texts")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="findings_texts")
    report = models.ForeignKey(Report, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=12, blank=True, help_text="BCP 47 tag, such as en or ar.")
    direction = models.CharField(max_length=3, choices=Direction, blank=True)
    translation_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )
    translated_by = models.CharField(max_length=200, blank=True, help_text="Person or tool, as the report will say.")
    is_simulated = models.BooleanField(default=False, help_text="Written for the demo; not the study's own words.")
    current = models.OneToOneField(
        "synthesis.TextVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[FindingsTextQuerySet] = FindingsTextQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["study__label", "id"]
        indexes = [models.Index(fields=["review", "study"], name="findings_by_study")]

    def __str__(self) -> str:
        return self.title


class TextVersion(models.Model):
    """One state of a text; it never changes. A correction makes another version and carries the codings over."""

    text = models.ForeignKey(FindingsText, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=10, choices=TextSource)
    filename = models.CharField(max_length=255, blank=True)
    pages = models.JSONField(default=list, help_text="[offset, page] where each page of the report begins, in order.")
    why = models.TextField(blank=True, help_text="Why it was corrected.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["text", "number"]
        constraints = [
            models.UniqueConstraint(fields=["text", "number"], name="one_text_version_per_number"),
            models.CheckConstraint(condition=~Q(content=""), name="text_version_is_not_empty"),
        ]
        triggers = [pgtrigger.Protect(name="text_versions_never_change", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.text_id} version {self.number}"


class Stretch(models.Model):
    """A half-open stretch [start, end) of a version, in code points."""

    version = models.ForeignKey(TextVersion, on_delete=models.CASCADE, related_name="%(class)ss")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["start", "end", "id"]


class Finding(Stretch):
    """A passage of the results, with its place in the report."""

    section = models.CharField(max_length=200, blank=True)
    page = models.CharField(max_length=20, blank=True)

    class Meta(Stretch.Meta):
        constraints = [
            models.UniqueConstraint(fields=["version", "start"], name="findings_begin_apart"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="finding_has_a_length"),
        ]

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


class Quotation(Stretch):
    """Participants' own words (first order); everything else in a text is the authors' (second order)."""

    speaker = models.CharField(max_length=200, blank=True, help_text="As printed: pseudonym, age, sex.")
    is_suggested = models.BooleanField(default=False, help_text="Found by its marks, not yet looked at by a person.")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Stretch.Meta):
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="quotation_has_a_length")]

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"
