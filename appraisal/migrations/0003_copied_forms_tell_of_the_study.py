"""Copies of the shipped form of characteristics tell of the study as the form itself does now."""

from django.db import migrations

TELLS = {
    "country": "country",
    "design": "design",
    "participants": "sample",
    "data_collection": "other",
    "analysis": "other",
}


def mark(apps, schema_editor):
    copied = apps.get_model("appraisal", "Item").objects.filter(instrument__origin="characteristics", attribute="")
    for key, attribute in TELLS.items():
        copied.filter(key=key).update(attribute=attribute)


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0002_item_tells_of_the_study")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
