"""The desk with many records: `python -m benchmarks.desk [--records 1000 100000] [--rounds 200] [--seed 1] [--plans]`.

Starts PostgreSQL and Valkey of its own in a temporary directory and fills one review per size by COPY: two reviewers half-way through, a fifth
of the records with both votes in. Then one of them goes on: a vote, the next three cards, now and then the desk's page and the list of records.
Prints the server's time of each kind of request (median and p95) and its number of queries. `--plans` prints the slowest queries' plans.
"""

import argparse
import os
import random
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewapp.lib.embedded import Runtime
from reviewapp.operations.servers import Postgres, Valkey

STAGE = "title_abstract"
WORDS = [
    *(
        "peer",
        "support",
        "living",
        "with",
        "chronic",
        "illness",
        "carers",
        "women",
        "men",
        "children",
        "nurses",
        "hospital",
    ),
    *(
        "community",
        "trial",
        "survey",
        "interview",
        "cohort",
        "experience",
        "meaning",
        "quality",
        "life",
        "pain",
        "cancer",
    ),
    *("diabetes", "stroke", "dementia", "recovery", "mentor", "group", "online", "telephone", "rural", "urban"),
]


# --- Records and votes, straight into the tables ------------------------------------------------------------------------


def sentence(dice: random.Random, length: int) -> str:
    return " ".join(dice.choices(WORDS, k=length)).capitalize()


def abstract(dice: random.Random) -> str:
    return " ".join(f"{sentence(dice, 14)}." for _ in range(8))


def fill(people: list[Any], records: int, seed: int) -> Any:
    """A review with so many records. Of ten, the first has one vote, two both, the next one of the other reviewer."""
    from reviewapp.reviews.choices import Task
    from reviewapp.team import services as team
    from screening.models import HighlightTerm, ImportBatch, Record, Reference
    from screening.services import imports, protocol

    bob, carol = people
    tasks = [Task.LEAD, Task.SCREEN_TITLE_ABSTRACT, Task.SCREEN_FULL_TEXT]
    review = team.create_review(actor=bob, title=f"{records:,} records", tasks=tasks)
    review.memberships.create(user=carol, tasks=tasks[1:])
    for kind in ("inclusion", "exclusion"):
        protocol.add_criterion(actor=bob, review=review, kind=kind, text="Lived experience of peer support")
    HighlightTerm.objects.create(review=review, kind="for", term="experienc*")
    search = imports.add_search(actor=bob, review=review, source="Scopus")
    batch = ImportBatch.objects.create(
        review=review, search=search, filename="bench.ris", size=1, sha256="0" * 64, state="done", created_by=bob
    )
    dice = random.Random(seed)  # noqa: S311  # no secret
    last = Record.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    ids = range(last + 1, last + 1 + records)
    texts = [(sentence(dice, 9), abstract(dice), dice.randrange(1990, 2026)) for _ in ids]
    shared = {"authors": "[]", "journal": "Journal", "keywords": "[]"}
    rows = [shared | {"id": pk, "title": t, "abstract": a, "year": y, "review_id": review.pk} for pk, (t, a, y) in zip(ids, texts, strict=True)]  # fmt: skip
    copy(Record, rows)
    copy(Reference, [row | {"batch_id": batch.pk, "position": n, "raw": "TY  - JOUR", "record_id": row["id"], "own_record_id": row["id"]} for n, row in enumerate(rows, 1)])  # fmt: skip
    votes(review, bob, carol, ids, dice)
    return review


def votes(review: Any, bob: Any, carol: Any, ids: range, dice: random.Random) -> None:
    from screening.models import Conflict, ScreeningDecision, ScreeningOutcome

    cast: list[dict[str, Any]] = []
    outcomes, conflicts = [], []
    for pk in ids[: len(ids) // 2]:
        who = [[bob], [bob, carol], [bob, carol], [carol]][pk % 4]
        verdicts = [dice.choices(("include", "exclude", "maybe"), (1, 8, 1))[0] for _ in who]
        for person, verdict in zip(who, verdicts, strict=True):
            cast.append({"review_id": review.pk, "record_id": pk, "stage": STAGE, "reviewer_id": person.pk, "verdict": verdict})  # fmt: skip
        if len(who) == 2:
            sides = {verdict == "exclude" for verdict in verdicts}
            outcome = "conflict" if len(sides) == 2 else "excluded" if True in sides else "included"
            outcomes.append({"record_id": pk, "stage": STAGE, "outcome": outcome})
            if outcome == "conflict":
                conflicts.append({"review_id": review.pk, "record_id": pk, "stage": STAGE, "kind": "decision"})
    copy(ScreeningDecision, cast)
    copy(ScreeningOutcome, outcomes)
    copy(Conflict, conflicts)


def copy(model: Any, rows: list[dict[str, Any]]) -> None:
    """COPY the rows into the model's table; what a row does not say is the field's default, or the time."""
    from django.core.management.color import no_style
    from django.db import connection, models
    from django.utils import timezone

    now = timezone.now()
    fields = [f for f in model._meta.concrete_fields if not f.generated and not (f.primary_key and "id" not in rows[0])]
    columns = ", ".join(f'"{field.column}"' for field in fields)

    def value(field: Any, row: dict[str, Any]) -> Any:
        if field.column in row:
            return row[field.column]
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            return now
        default = field.get_default()
        return "{}" if default == {} else "[]" if default == [] and isinstance(field, models.JSONField) else default

    with connection.cursor() as cursor:
        with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as to:
            for row in rows:
                to.write_row([value(field, row) for field in fields])
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
        cursor.execute(f'VACUUM ANALYZE "{model._meta.db_table}"')


# --- The work ---------------------------------------------------------------------------------------------------------


class Sitting:
    """Somebody at the desk, through the whole of the server but its socket."""

    def __init__(self, user: Any, review: Any, *, plans: bool) -> None:
        from django.test import Client

        self.client = Client()
        self.client.force_login(user)
        self.review, self.plans = f"/reviews/{review.pk}/", plans
        self.times: dict[str, list[float]] = defaultdict(list)
        self.queries: dict[str, list[int]] = defaultdict(list)
        self.slowest: dict[str, tuple[float, str]] = {}

    def ask(self, kind: str, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        from django.db import connection

        log: list[tuple[float, str]] = []

        def watched(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
            started = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                log.append(
                    (time.perf_counter() - started, connection.ops.compose_sql(sql, params) if self.plans else "")
                )

        with connection.execute_wrapper(watched):
            started = time.perf_counter()
            answer = getattr(self.client, method)(self.review + path, data, headers={"Accept": "application/json"})
            body = b"".join(answer) if answer.streaming else answer.content
            self.times[kind].append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (path, answer.status_code, body[:500])
        self.queries[kind].append(len(log))
        self.slowest[kind] = max([self.slowest.get(kind, (0.0, "")), *log])
        return body.decode()

    def work(self, rounds: int, dice: random.Random) -> None:
        from screening.models import Record
        from screening.queries.desk import next_records

        user, review = self.client.session["_auth_user_id"], self.review.split("/")[2]
        for turn in range(rounds):
            waiting = list(_waiting(next_records, user, review, dice.choice((1, 4))))
            record = waiting[-1]
            assert isinstance(record, Record)
            verdict = dice.choice(("include", "exclude", "exclude", "maybe"))
            sent = {"stage": STAGE, "verdict": verdict, "note": "", "labels": ""}
            self.ask("decide", "post", f"records/{record.pk}/decide/", sent)
            self.ask("next three", "get", f"desk/{STAGE}/cards/", {"skip": [one.pk for one in waiting[:3]]})
            both = [self.times["decide"][-1] + self.times["next three"][-1]]
            self.times["decide + next"] += both
            if turn % 10 == 0:
                self.ask("desk page", "get", f"desk/{STAGE}/")
                self.ask("step back", "get", f"desk/{STAGE}/cards/", {"before": record.pk})
                for name, state in (("all", ""), ("waiting", "waiting"), ("own", "mine")):
                    self.ask(f"records, {name}", "get", "records/", {"state": state})
                self.ask("records, words", "get", "records/", {"q": "stroke mentor"})

    def report(self) -> Iterator[str]:
        for kind, seen in self.times.items():
            p95 = statistics.quantiles(seen, n=20)[-1]
            counts = sorted(set(self.queries[kind]))
            queries = f"{counts[0]}–{counts[-1]} queries" if counts else ""
            yield f"  {kind:16} median {statistics.median(seen):7.1f} ms   p95 {p95:7.1f} ms   {len(seen):4} times   {queries}"

    def explain(self) -> Iterator[str]:
        for kind, (seconds, sql) in self.slowest.items():
            yield f"\n--- {kind}: {1000 * seconds:.0f} ms\n{sql}\n{plan_of(sql)}"


def _waiting(next_records: Any, user: str, review: str, count: int) -> Any:
    from reviewapp.accounts.models import User
    from reviewapp.reviews.models import Review

    return next_records(User.objects.get(pk=user), Review.objects.get(pk=review), STAGE, count=count)


def plan_of(sql: str) -> str:
    from django.db import DatabaseError, connection

    if not sql.startswith("SELECT"):
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql)
            return "\n".join(row[0] for row in cursor.fetchall())
    except DatabaseError as error:
        return f"no plan: {error}"


def run(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from reviewapp.accounts.models import User

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    people = [User.objects.create_user(email=f"{name}@example.org", name=name.title()) for name in ("bob", "carol")]
    for size in options.records:
        started = time.perf_counter()
        review = fill(people, size, options.seed)
        print(f"{size:,} records (laid out in {time.perf_counter() - started:.0f} s); load {os.getloadavg()[0]:.1f}")
        sitting = Sitting(people[0], review, plans=options.plans)
        sitting.work(10, random.Random(options.seed))  # noqa: S311  # warm
        sitting.times.clear()
        sitting.work(options.rounds, random.Random(options.seed))  # noqa: S311  # no secret
        print("\n".join(sitting.report()), flush=True)
        if options.plans:
            print("\n".join(sitting.explain()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="tandem-desk-"))
    data.chmod(0o755)  # PostgreSQL may run as another user, who must pass
    postgres, valkey = Postgres(data / "postgres", data / "postgres.log"), Valkey(data / "valkey.log")
    try:
        postgres.start()
        valkey.start()
        Runtime(str(postgres.socket_dir), postgres.port, valkey.url).write(data)
        os.environ |= {
            "TANDEM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "reviewapp.settings", "LOG_LEVEL": "ERROR",
            "HTTPS": "false", "ALLOWED_HOSTS": "testserver",
        }  # fmt: skip
        run(options)
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
