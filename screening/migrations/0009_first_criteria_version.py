"""Criteria that were there before versions were kept are version 1, and votes given until now were given under it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_first_versions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    criterion = apps.get_model("screening", "EligibilityCriterion")
    version = apps.get_model("screening", "CriteriaVersion")
    decision = apps.get_model("screening", "ScreeningDecision")
    standing = criterion.objects.filter(retired_at=None).order_by("-kind", "position", "id")
    for review in standing.order_by().values_list("review", flat=True).distinct():
        rows = standing.filter(review=review).values("code", "kind", "text")
        version.objects.create(review_id=review, number=1, criteria=list(rows))
        decision.objects.filter(review=review).update(criteria_version=1)


class Migration(migrations.Migration):
    dependencies = [("screening", "0008_pilots_and_rounds")]  # noqa: RUF012

    operations = [migrations.RunPython(keep_first_versions, migrations.RunPython.noop)]  # noqa: RUF012
