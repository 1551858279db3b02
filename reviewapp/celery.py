"""The Celery application. Jobs live in Postgres (reviewapp.jobs); Celery only wakes a worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

app = Celery("tandem")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Celery keeps its current app per thread; threads of the web server find this one.
app.set_default()
