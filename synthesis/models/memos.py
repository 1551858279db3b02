"""What people write down while they think."""

import uuid

from django.db import models
from django.db.models import Q

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import About
from synthesis.models.coding import Code, Coding
from synthesis.models.themes import Theme


class Memo(models.Model):
    """A note of one person, theirs until they share it; on a coding or a study, shared words wait for the comparison as well."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="memos")
    about = models.CharField(max_length=8, choices=About, default=About.JOURNAL)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, blank=True, related_name="memos")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, null=True, blank=True, related_name="memos")
    coding = models.ForeignKey(Coding, on_delete=models.PROTECT, null=True, blank=True, related_name="memos")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="memos")
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    shared_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(about=About.JOURNAL, study=None, code=None, coding=None, theme=None)
                | Q(about=About.STUDY, study__isnull=False, code=None, coding=None, theme=None)
                | Q(about=About.CODE, code__isnull=False, study=None, coding=None, theme=None)
                | Q(about=About.CODING, coding__isnull=False, study=None, code=None, theme=None)
                | Q(about=About.THEME, theme__isnull=False, study=None, code=None, coding=None),
                name="memo_is_about_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
