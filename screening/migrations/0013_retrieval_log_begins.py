"""Where a report stands already becomes the first line of its retrieval log; who said it stands in the history only."""

from django.db import migrations


def begin(apps, schema_editor):
    Report = apps.get_model("screening", "Report")
    RetrievalEntry = apps.get_model("screening", "RetrievalEntry")
    told = Report.objects.filter(retrieval_log=None).exclude(retrieval="sought", retrieval_note="")
    RetrievalEntry.objects.bulk_create(
        [
            RetrievalEntry(
                report=report,
                state=report.retrieval,
                note=report.retrieval_note,
                on=report.retrieval_on or report.created_at.date(),
            )
            for report in told.iterator()
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("screening", "0012_retrieval_log")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
