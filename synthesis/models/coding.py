"""Codes, and what is coded with them: each person alone, then what the team agrees on."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Layer, Origin, Ruling, SettledHow
from synthesis.models.texts import TextVersion


class CodingPlan(models.Model):
    """How a review codes. No row: two people code each study apart."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="coding_plan", primary_key=True)
    people = models.PositiveSmallIntegerField(default=2, help_text="Independent people for each study.")
    is_open = models.BooleanField(
        default=False, help_text="People see each other's codings as they make them: not independent, and said so."
    )
    overlap = models.FloatField(default=0.5, help_text="From which Jaccard overlap two codings count as one.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(people__gte=1, people__lte=3), name="one_to_three_people_code"),
            models.CheckConstraint(condition=Q(overlap__gt=0, overlap__lte=1), name="overlap_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.people} people"


class Code(models.Model):
    """A label with its definition. Made while coding apart, it is its maker's own until a study that uses it is compared."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="codes")
    name = models.CharField(max_length=200)
    definition = models.TextField(blank=True)
    use_when = models.TextField(blank=True)
    not_when = models.TextField(blank=True)
    example = models.TextField(blank=True)
    colour = models.CharField(
        max_length=7, blank=True, help_text="#rrggbb; none takes the code's place in the palette."
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.INDUCTIVE)
    raised_by = models.ForeignKey(Study, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    shared_at = models.DateTimeField(null=True, blank=True, help_text="Since when everybody sees it.")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                "review",
                Lower("name"),
                condition=Q(removed_at=None, shared_at__isnull=False),
                name="one_shared_code_per_name",
            ),
            models.UniqueConstraint(
                "review",
                "created_by",
                Lower("name"),
                condition=Q(removed_at=None, shared_at=None),
                name="one_own_code_per_name",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="code_has_a_name"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(removed_at__isnull=False), name="merged_code_is_taken_away"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CodingAssignment(models.Model):
    """That one person codes one study. Finished, their reading waits for the others'."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="coding_assignments")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="coding_assignments")
    finished_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "person"], condition=Q(withdrawn_at=None), name="one_coding_assignment_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} codes {self.study}"


class CodingComparison(models.Model):
    """That everybody assigned has finished coding a study: its codings are revealed, the independent ones stay as they are.

    A row is the reveal; there is none while anybody's reading is due, so that nothing can be learnt from it.
    """

    study = models.OneToOneField(Study, on_delete=models.PROTECT, related_name="coding_comparison")
    revealed_at = models.DateTimeField(auto_now_add=True)
    overlap = models.FloatField(help_text="The plan's overlap when it was compared.")
    settled_at = models.DateTimeField(null=True, blank=True, help_text="Since when no difference is open.")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Comparison of {self.study}"


class CodingSettlement(models.Model):
    """How a difference between independent codings is settled; what follows are codings of the agreed layer."""

    comparison = models.ForeignKey(CodingComparison, on_delete=models.PROTECT, related_name="settlements")
    ruling = models.CharField(max_length=10, choices=Ruling)
    how = models.CharField(max_length=20, choices=SettledHow)
    rationale = models.TextField(blank=True)
    wanted = models.JSONField(default=list, help_text="The agreed codings that follow: code, start, end of each.")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_by = models.ManyToManyField(User, related_name="+", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    set_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(how=SettledHow.THIRD_ASSESSOR) | ~Q(rationale=""), name="coding_ruling_has_a_rationale"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ruling} ({self.how})"


class Coding(models.Model):
    """A code on a stretch of a text. `version` moves on with the text when a correction carries the coding over."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="codings")
    version = models.ForeignKey(TextVersion, on_delete=models.PROTECT, related_name="codings")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="codings")
    coder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="codings")
    layer = models.CharField(max_length=8, choices=Layer, default=Layer.OWN)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    is_contrary = models.BooleanField(default=False, help_text="It speaks against what the code's themes say.")
    settlement = models.ForeignKey(
        CodingSettlement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreed",
        help_text="What made it.",
    )
    settles = models.ManyToManyField(CodingSettlement, related_name="codings", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["start", "end", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "code", "layer", "coder", "start", "end"],
                condition=Q(removed_at=None),
                nulls_distinct=False,
                name="one_coding_per_stretch_code_and_coder",
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="coding_has_a_length"),
            models.CheckConstraint(
                condition=Q(layer=Layer.AGREED) | Q(coder__isnull=False), name="independent_coding_has_a_coder"
            ),
        ]
        indexes = [
            models.Index(fields=["study", "layer"], condition=Q(removed_at=None), name="live_codings_by_study"),
            models.Index(fields=["code"], condition=Q(removed_at=None), name="live_codings_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} on [{self.start}, {self.end})"


class SetAside(models.Model):
    """That a stretch holds nothing to code: it was read all the same, which line coverage counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="stretches_set_aside")
    version = models.ForeignKey(TextVersion, on_delete=models.PROTECT, related_name="set_aside")
    coder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["start", "end"]
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="set_aside_has_a_length")]
        indexes = [models.Index(fields=["study", "coder"], name="set_aside_by_study")]

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"
