"""Work in the background. Jobs live here, in Postgres; Celery only wakes a worker, so Redis may be wiped without loss."""

import uuid

from django.db import models
from django.db.models import Q

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import OPEN_STATES, JobState
from reviewapp.reviews.models import Review


class Job(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="jobs")
    task = models.CharField(max_length=100, help_text="Name of the Celery task that does the work.")
    key = models.CharField(max_length=100, help_text="What is worked on; one open job per key.")
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True, help_text="Where the result is shown.")
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    cursor = models.JSONField(default=dict, help_text="Where the next run takes up the work.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "key"], condition=Q(state__in=OPEN_STATES), name="one_open_job_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def percent(self) -> int | None:
        """0 to 100, or None while the amount of work is unknown."""
        return min(100, 100 * self.done // self.total) if self.total else None
