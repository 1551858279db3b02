"""Themes: codes grouped close to the studies, and interpretations that go beyond them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Level
from synthesis.models.coding import Code


class Theme(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="themes")
    level = models.CharField(max_length=12, choices=Level)
    name = models.CharField(max_length=200)
    statement = models.TextField(blank=True, help_text="What the theme says, in a sentence: the review finding.")
    narrative = models.TextField(blank=True)
    colour = models.CharField(max_length=7, blank=True)
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, help_text="Raised by each change of name, statement or narrative.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                "review", "level", Lower("name"), condition=Q(removed_at=None), name="one_theme_per_name_and_level"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="theme_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ThemeCode(models.Model):
    """That a code belongs to a descriptive theme."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="members")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="memberships")
    position = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["theme", "code"], condition=Q(removed_at=None), name="code_is_in_a_theme_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.theme}"


class ThemePart(models.Model):
    """That a descriptive theme belongs to an analytical one."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="parts", help_text="The analytical theme.")
    part = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="wholes", help_text="The descriptive theme.")
    position = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["theme", "part"], condition=Q(removed_at=None), name="part_is_in_a_theme_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} in {self.theme}"


class ThemeSupport(models.Model):
    """That the team counts a study to a theme by hand, or does not, and why. Everything else follows from codings."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="support_by_hand")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    counts = models.BooleanField(help_text="Whether it supports the theme.")
    note = models.TextField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["theme", "study"], condition=Q(removed_at=None), name="one_support_by_hand_per_study"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="support_by_hand_has_a_note"),
        ]

    def __str__(self) -> str:
        return f"{self.study} {'supports' if self.counts else 'does not support'} {self.theme}"


class Snapshot(models.Model):
    """Codes and themes as they stood at a moment, under a name."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="theme_snapshots")
    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    content = models.JSONField(help_text="Codes, themes and their members; see services.snapshots.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
