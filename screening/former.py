"""Where references stood, and what records were merged into, before it changed. Written by the database alone.

Together with the times that votes, settlements, imports and the retrieval log have of their own, the review can be counted
as it stood at any moment. A row says what held until `until`; what never changed has no row.
"""

from django.db import models


class FormerPlace(models.Model):
    """The record a reference stood under before it was linked to another, or taken out."""

    reference = models.ForeignKey("screening.Reference", on_delete=models.CASCADE, related_name="former_places")
    record = models.ForeignKey(
        "screening.Record", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    until = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.reference_id} under {self.record_id}"


class FormerRoot(models.Model):
    """What a record was merged into before; nothing when it stood for itself."""

    record = models.ForeignKey("screening.Record", on_delete=models.CASCADE, related_name="former_roots")
    merged_into = models.ForeignKey(
        "screening.Record", on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    until = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.record_id} in {self.merged_into_id}"
