"""A review, the people in it with their tasks, and the invitations that bring people in."""

import hashlib
import hmac
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Framework, Task
from reviewapp.reviews.frameworks import FRAMEWORKS, FrameworkField


class ReviewQuerySet(models.QuerySet["Review"]):
    def of(self, user: User) -> "ReviewQuerySet":
        """Reviews in which this person has a place now."""
        return self.filter(memberships__user=user, memberships__left_at=None)


class Review(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=500)
    question = models.TextField(blank=True)
    framework = models.CharField(max_length=20, choices=Framework, default=Framework.SPIDER)
    framework_fields = models.JSONField(default=dict, blank=True, help_text="Text for each field of the framework.")
    registration = models.CharField("registration id", max_length=100, blank=True, help_text="PROSPERO or OSF id.")
    is_demo = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="created_reviews")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Review"]] = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    @property
    def framework_rows(self) -> list[tuple[FrameworkField, str]]:
        return [(field, self.framework_fields.get(field.key, "")) for field in FRAMEWORKS[self.framework]]


class Membership(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    tasks = ArrayField(models.CharField(max_length=30, choices=Task), default=list)
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["joined_at", "id"]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="one_membership_per_person_and_review")]

    def __str__(self) -> str:
        return f"{self.user} in {self.review}"

    @property
    def task_labels(self) -> list[str]:
        return [Task(task).label for task in Task.values if task in self.tasks]


class Invitation(models.Model):
    """An offer of tasks in a review. Its token is derived from the server's key, so the database alone opens no door."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True, help_text="Empty: whoever has the link may use it once.")
    tasks = ArrayField(models.CharField(max_length=30, choices=Task), default=list)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sent_invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="accepted_invitations"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "email"],
                condition=Q(accepted_at=None, revoked_at=None) & ~Q(email=""),
                name="one_open_invitation_per_email",
            )
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.email or 'anyone with the link'}"

    @property
    def token(self) -> str:
        """128 bits, the same whenever the lead copies the link again."""
        message = f"invitation:{self.pk}".encode()
        return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:32]

    @property
    def state(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"

    @property
    def task_labels(self) -> list[str]:
        return [Task(task).label for task in Task.values if task in self.tasks]
