"""Instruments, who fills them in about which study, their answers, and how differences were settled.

Appraisal (a checklist) and extraction (a form) are one mechanism: independent people answer the same questions about the same
study, blind to each other; then differences are settled and signed. Nothing that a person answered is deleted or rewritten.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from appraisal.choices import Attribute, ItemKind, SettledHow, Use
from appraisal.rules import Condition, Level, Question
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study


class Instrument(models.Model):
    """A checklist or form of one review: its own copy, which the team may change."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="instruments")
    use = models.CharField(max_length=12, choices=Use)
    title = models.CharField(max_length=120)
    edition = models.CharField(max_length=120, blank=True)
    origin = models.CharField(max_length=60, blank=True, help_text="Key of the shipped instrument it was copied from.")
    licence = models.CharField(max_length=120, blank=True)
    attribution = models.TextField(blank=True)
    source_url = models.URLField(blank=True)
    note = models.TextField(blank=True)
    people = models.PositiveSmallIntegerField(default=2, help_text="Independent people for each study.")
    answer_sets = models.JSONField(default=dict, help_text="Key: list of code, label, symbol, tone.")
    rating_rule = models.JSONField(null=True, blank=True, help_text="name, version, invented, levels; none by default.")
    table_columns = ArrayField(
        models.SlugField(max_length=40), default=list, blank=True, help_text="Keys of the items in the table, in order."
    )
    abbreviations = models.JSONField(
        default=dict, blank=True, help_text="Abbreviation: what it stands for in the table."
    )
    meant_for = models.JSONField(
        default=list, blank=True, help_text="Conditions (attribute, words) on the studies it is meant for; none: all."
    )
    drop_rule = models.JSONField(
        null=True, blank=True, help_text="ratings and gates with which a sensitivity analysis leaves a study out."
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["use", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "title"], condition=Q(retired_at=None), name="one_instrument_per_title"
            ),
            models.CheckConstraint(condition=Q(people__gte=1, people__lte=3), name="one_to_three_people_fill_in"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def conditions(self) -> list[Condition]:
        """What a study must say of itself for this instrument to be meant for it; empty when it is for all."""
        return [Condition(row["attribute"], tuple(row["words"])) for row in self.meant_for]

    @property
    def levels(self) -> list[Level]:
        return [Level(row["label"], tuple(row.get("any_of", ()))) for row in (self.rating_rule or {}).get("levels", [])]


class MeantStudy(models.Model):
    """That a lead says by hand whether an instrument is meant for a study, whatever its conditions say."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="meant_studies")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    meant = models.BooleanField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    set_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "study"], condition=Q(set_aside_at=None), name="one_word_on_whether_it_is_meant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {'for' if self.meant else 'not for'} {self.study}"


class SensitivityMark(models.Model):
    """That a lead says by hand whether a sensitivity analysis leaves a study out, and why. The study stays in the review."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sensitivity_marks")
    drop = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    set_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(set_aside_at=None), name="one_standing_mark_per_study"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="mark_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{'Without' if self.drop else 'With'} {self.study}"


class Item(models.Model):
    """One question of an instrument. A change raises its version; answers to an earlier one are marked for another look."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="items")
    key = models.SlugField(max_length=40)
    number = models.CharField(max_length=10, blank=True)
    section = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    hint = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=ItemKind)
    options = models.CharField(max_length=40, blank=True, help_text="Key of an answer set of the instrument.")
    columns = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    required = models.BooleanField(default=True)
    passes = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Answers with which a gate opens."
    )
    applies_when = models.JSONField(
        default=dict, blank=True, help_text="Key of another item: answers with which this is asked."
    )
    attribute = models.CharField(
        max_length=10, choices=Attribute, blank=True, help_text="What the settled answer tells of the study."
    )
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveSmallIntegerField(default=1)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["instrument", "key"], name="one_item_per_key")]

    def __str__(self) -> str:
        return f"{self.number} {self.text}".strip()

    @property
    def answers_offered(self) -> list[dict[str, str]]:
        """code, label, symbol and tone of each answer, in order."""
        return list(self.instrument.answer_sets.get(self.options, []))

    @property
    def question(self) -> Question:
        return Question(
            key=self.key,
            kind=self.kind,
            options=tuple(answer["code"] for answer in self.answers_offered),
            columns=tuple(self.columns),
            required=self.required,
            passes=tuple(self.passes),
            applies_when=self.applies_when,
        )


class Assignment(models.Model):
    """That one person fills in one instrument about one study. Finished, it cannot change unless it is taken up again
    before the others are done."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="assignments")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    gate_reason = models.TextField(blank=True, help_text="Why it was worth going on though a gate question says no.")
    finished_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When it was given to somebody else.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "study", "person"],
                condition=Q(withdrawn_at=None),
                name="one_assignment_per_person_and_study",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.study}"


class Answer(models.Model):
    """One person's own answer to one question about one study."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField(null=True, blank=True)
    comment = models.TextField(blank=True)
    quotation = models.TextField(blank=True, help_text="The study's own words.")
    page = models.CharField(max_length=20, blank=True)
    revision = models.PositiveIntegerField(default=1)
    item_version = models.PositiveSmallIntegerField(default=1)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "item"], name="one_answer_per_question_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.item.key}: {self.value}"

    @property
    def is_outdated(self) -> bool:
        return self.item_version < self.item.version


class Comparison(models.Model):
    """That everybody assigned has finished a study: from here on the answers are revealed and stay as they are.

    A row is the reveal; there is none while anybody's answers are due, so that nothing can be learnt from it.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="comparisons")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="comparisons")
    revealed_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when no question is open. Written by services.settling alone."
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["instrument", "study"], name="one_comparison_per_study")]

    def __str__(self) -> str:
        return f"{self.instrument}: {self.study}"


class Settlement(models.Model):
    """How one difference is settled: proposed by one appraiser and confirmed by the others, or ruled by the third assessor."""

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="settlements")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="settlements")
    value = models.JSONField(null=True, blank=True)
    how = models.CharField(max_length=20, choices=SettledHow)
    rationale = models.TextField(blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ManyToManyField(User, related_name="+", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    set_aside_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was withdrawn, replaced or re-opened."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "item"],
                condition=Q(set_aside_at=None),
                name="one_standing_settlement_per_question",
            ),
            models.CheckConstraint(
                condition=~Q(how=SettledHow.THIRD_ASSESSOR) | ~Q(rationale=""), name="settlers_ruling_has_a_rationale"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None) | Q(settled_at__gte=F("created_at")), name="settled_after_it_was_proposed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.key}: {self.value}"


class RatingOverride(models.Model):
    """That the team gives a study another rating than its rule does, and why."""

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="overrides")
    rating = models.CharField(max_length=60)
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    set_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison"], condition=Q(set_aside_at=None), name="one_standing_override_per_study"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.rating
