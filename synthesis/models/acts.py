"""The journal of each person's acts on codings, codes and themes: what undo and redo walk along, also after a reload."""

import uuid

from django.db import models

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study


class Act(models.Model):
    """One act of one person, as the changes of fields that it made. Written by `services.journal` alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="acts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(help_text="Counts this person's acts in this review.")
    action = models.CharField(max_length=80, help_text="As the audit log names it.")
    label = models.CharField(max_length=300, help_text="What was done, for the person who did it.")
    study = models.ForeignKey(
        Study, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Whose codings it touched."
    )
    is_hidden = models.BooleanField(default=False, help_text="Colleagues learn of it when the study is compared.")
    changes = models.JSONField(
        help_text="Rows of model, ids, field, before, after; a removal is a change of removed_at."
    )
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    passed_at = models.DateTimeField(
        null=True, blank=True, help_text="Neither to undo nor to redo: another act followed, or a colleague changed it."
    )

    class Meta:
        ordering = ["review", "person", "number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "person", "number"], name="one_act_per_number_and_person")
        ]

    def __str__(self) -> str:
        return self.label
