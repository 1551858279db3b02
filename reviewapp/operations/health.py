"""Whether everything answers that Tandem needs: for `up`, containers and those who watch a server."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.utils import timezone

from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job

HEARTBEAT_KEY = "tandem:worker:{}"


@dataclass(frozen=True)
class Check:
    """One thing that answers or not, and in a few words how."""

    name: str
    ok: bool
    detail: str


class NotReady(Exception):
    """A check found something missing; the message says what, without addresses or secrets."""


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def check_migrations() -> str:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise NotReady(f"{len(missing)} migrations are not applied")
        _migrated = True  # nothing un-applies a migration while this process lives
    return "all applied"


_migrated = False


def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)


def check_broker() -> str:
    with _broker() as client:
        client.ping()
    return "answers"


def workers() -> list[str]:
    """Names of the workers that have shown themselves lately, as name@machine."""
    prefix = HEARTBEAT_KEY.format("")
    with _broker() as client:
        keys = client.scan_iter(match=f"{prefix}*", count=500)
        return sorted(key.decode().removeprefix(prefix) for key in keys)


def check_worker() -> str:
    if not (count := len(workers())):
        raise NotReady("no worker has shown itself within 15 seconds")
    return f"{count} at work"


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "migrations": check_migrations,
    "broker": check_broker,
    "worker": check_worker,
}


def run_checks() -> list[Check]:
    """All checks; one that fails does not hide the others."""
    found = []
    for name, look in CHECKS.items():
        try:
            found.append(Check(name, True, look()))
        except NotReady as error:
            found.append(Check(name, False, str(error)))
        except Exception as error:  # whatever it is, it does not answer; its text could hold an address or a password
            found.append(Check(name, False, f"does not answer ({type(error).__name__})"))
    return found


def queue_age() -> dict[str, int]:
    """How many jobs wait, and for how many seconds the oldest has."""
    waiting = Job.objects.filter(state=JobState.QUEUED).aggregate(count=Count("pk"), oldest=Min("created_at"))
    age = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    return {"waiting": waiting["count"], "oldest_seconds": int(age)}
