"""The append-only record of every act. The database itself refuses to change or remove an event."""

import uuid

import pgtrigger
from django.db import models

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review


class AuditHead(models.Model):
    """End of a review's chain; locking this row orders the review's events."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, primary_key=True, related_name="audit_head")
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"


class AuditEvent(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="audit_events")
    sequence = models.PositiveBigIntegerField(null=True, help_text="Place in the review's chain.")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=80)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    # An event about a judgement is hidden from colleagues as the judgement itself is (screening.visibility).
    judged_record = models.BigIntegerField(null=True)
    judged_stage = models.CharField(max_length=20, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "sequence"], name="one_audit_event_per_place_in_chain")
        ]
        indexes = [
            models.Index(fields=["review", "-id"], name="audit_by_review"),
            models.Index(fields=["review", "judged_record", "judged_stage"], name="audit_by_judged_record"),
        ]
        triggers = [pgtrigger.Protect(name="audit_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"
