"""What the report stage keeps of its own: what a report holds, the files drawn, and what authors write on a checklist.

Numbers and tables are kept nowhere: they are asked of the rows each time.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from reviewapp.accounts.models import User
from reviewapp.jobs.models import Job
from reviewapp.reporting.choices import ItemStatus, ReportForm
from reviewapp.reviews.models import Review


class ReportPlan(models.Model):
    """Which sections the team's report has, in which order, and how references are set."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="report_plan")
    sections = ArrayField(models.SlugField(max_length=40), help_text="Keys of the sections, in order.")
    style = models.SlugField(max_length=40, help_text="Key of the citation style.")
    keep_missing = models.BooleanField(default=False, help_text="Name sections that have no data yet.")
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Report of {self.review}"


def report_path(report: "ReportFile", _filename: str) -> str:
    return f"reports/{report.review_id}/{report.job_id}.{report.form}"


class ReportFile(models.Model):
    """A report as it was drawn at one moment."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="report_files")
    form = models.CharField(max_length=10, choices=ReportForm)
    sections = ArrayField(models.SlugField(max_length=40))
    style = models.SlugField(max_length=40)
    keep_missing = models.BooleanField(default=False)
    file = models.FileField(upload_to=report_path, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    job = models.OneToOneField(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True, blank=True, help_text="When it was drawn; empty while it is awaited.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Report of {self.review} ({self.get_form_display()})"


class ChecklistEntry(models.Model):
    """What the authors say on one item of a reporting checklist, beside what the data say by themselves."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="checklist_entries")
    checklist = models.SlugField(max_length=40, help_text="Key of the shipped checklist.")
    item = models.CharField(max_length=10, help_text="Number of the item in it.")
    status = models.CharField(max_length=20, choices=ItemStatus, default=ItemStatus.OPEN)
    text = models.TextField(blank=True)
    location = models.CharField(max_length=200, blank=True, help_text="Page or section of the manuscript.")
    reason = models.TextField(blank=True, help_text="Why it does not apply.")
    revision = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "checklist entries"
        constraints = [
            models.UniqueConstraint(fields=["review", "checklist", "item"], name="one_entry_per_checklist_item"),
            models.CheckConstraint(
                condition=~Q(status=ItemStatus.NOT_APPLICABLE) | ~Q(reason=""), name="not_applicable_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist} {self.item}"


class FlowPlan(models.Model):
    """What the team's flow diagram shows. Without a row: what the data ask for, sources one by one, every layer."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="flow_plan")
    template = models.CharField(max_length=12, blank=True, help_text="Empty: chosen by the data.")
    each_source = models.BooleanField(default=True, help_text="A line for each database and register.")
    title_reasons = models.BooleanField(default=False, help_text="Reasons of exclusion at title and abstract.")
    without = ArrayField(models.CharField(max_length=12), default=list, blank=True, help_text="Layers left out.")
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Flow diagram of {self.review}"


class CountByHand(models.Model):
    """A number of the flow diagram that a lead entered, since that part of the review was done elsewhere. It is always marked."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="counts_by_hand")
    key = models.CharField(max_length=40, help_text="Row key of the number.")
    value = models.PositiveIntegerField(null=True, help_text="Empty: not reported.")
    reason = models.CharField(max_length=300, help_text="Where the number comes from.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "counts by hand"
        constraints = [
            models.UniqueConstraint(
                fields=["review", "key"], condition=Q(ended_at=None), name="one_count_by_hand_per_number"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="count_by_hand_says_where_it_comes_from"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
