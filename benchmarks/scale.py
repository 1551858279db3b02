"""Import and duplicate detection at scale: `python -m benchmarks.scale [--records 20000] [--more 2000] [--seed 1] [--only-file PATH]`.

Writes an RIS file of plausible records, about 40 % of them repeated as other databases give them, starts PostgreSQL and Valkey of its own in
a temporary directory, and takes the file through upload, preview, import and detection in a worker process, while a web process answers
pages (none with `--alone`). `--more` imports so many records again afterwards, the time of a later search. Prints seconds, CPU seconds and peak memory of each step.
"""

import argparse
import http.client
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reviewapp.lib.embedded import Runtime
from reviewapp.operations.servers import Postgres, Valkey, free_port

REPEATED = 0.4
ROOT = Path(__file__).resolve().parent.parent
SYLLABLES = [f"{consonant}{vowel}" for consonant in "bcdfglmnprstv" for vowel in "aeio"]
DESIGNS = (
    "a randomised trial",
    "a cohort study",
    "an interview study",
    "a survey",
    "a registry study",
    "a case series",
)
PEOPLE = ("older people", "children", "nurses", "carers", "students", "adults in rural areas", "veterans", "migrants")
LINKS = ("and", "of", "in", "with", "after", "among", "were", "the", "for", "by", "between", "to")


# --- The file ---------------------------------------------------------------------------------------------------------


class Library:
    """Works that never were, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  # no secret
        self.words = sorted({self._word(self.dice.choice((2, 3, 3, 4))) for _ in range(4000)})
        self.families = sorted({self._word(self.dice.choice((2, 3))).capitalize() for _ in range(3000)})
        self.journals = [f"Journal of {self._some(2).title()}" for _ in range(600)]

    def _word(self, syllables: int) -> str:
        return "".join(self.dice.choices(SYLLABLES, k=syllables))

    def _some(self, n: int) -> str:
        return " ".join(self.dice.choices(self.words, k=n))

    def work(self, number: int) -> dict[str, Any]:
        """One work, with everything its title page says."""
        dice = self.dice
        first = dice.randrange(1, 2400)
        people = dice.choices(self.families, k=dice.randrange(1, 8))
        title = f"{self._some(dice.randrange(3, 7)).capitalize()} {dice.choice(LINKS)} {dice.choice(PEOPLE)}: {dice.choice(DESIGNS)}"
        return {
            "title": title,
            "authors": [(name, dice.choices("ABCDEFGHJKLMPRST", k=dice.choice((1, 2)))) for name in people],
            "year": dice.randrange(1985, 2026), "journal": dice.choice(self.journals), "volume": dice.randrange(1, 90),
            "issue": dice.randrange(1, 13), "pages": (first, first + dice.randrange(3, 14)),
            "doi": f"10.5555/scale.{number}", "pmid": 10_000_000 + number,
            "abstract": f"BACKGROUND: {self._sentences(3)} METHODS: {self._sentences(4)} RESULTS: {self._sentences(5)}",
        }  # fmt: skip

    def _sentences(self, n: int) -> str:
        return " ".join(f"{self._some(6).capitalize()} {self.dice.choice(LINKS)} {self._some(7)}." for _ in range(n))

    def entry(self, work: dict[str, Any], dialect: int) -> str:
        """The work as one of three databases gives it."""
        first, last = work["pages"]
        names = [f"{family}, {' '.join(f'{i}.' for i in initials)}" for family, initials in work["authors"]]
        lines = [("TY", "JOUR"), *(("AU", name) for name in names), ("PY", work["year"]), ("T2", work["journal"])]
        lines += [("VL", work["volume"]), ("IS", work["issue"]), ("SP", first), ("AB", work["abstract"])]
        if dialect == 0:
            lines += [("TI", work["title"]), ("EP", last), ("DO", work["doi"]), ("DB", "Scopus")]
        elif dialect == 1:
            lines += [("TI", f"{work['title']}."), ("EP", str(last)[-2:]), ("AN", work["pmid"]), ("DB", "MEDLINE")]
        else:
            lines += [("TI", work["title"].title()), ("EP", last), ("DO", f"https://doi.org/{work['doi'].upper()}")]
        return "".join(f"{tag}  - {value}\r\n" for tag, value in lines) + "ER  - \r\n\r\n"


def entries(records: int, seed: int, first: int = 0) -> Iterator[tuple[int, str]]:
    """(number of the work, entry): every work once, and two fifths of the entries once more or twice, shuffled."""
    library = Library(seed)
    unique = records - round(records * REPEATED)
    works = [library.work(first + number) for number in range(unique)]
    order = [(number, 0) for number in range(unique)]
    order += [(library.dice.randrange(unique), 1 + k % 2) for k in range(records - unique)]
    library.dice.shuffle(order)
    for number, dialect in order:
        yield number, library.entry(works[number], dialect)


def later_entries(records: int, seed: int, more: int) -> Iterator[str]:
    """An update of the search: entries known from before and new ones, half and half."""
    known = (text for _, text in entries(records, seed))
    yield from (text for text, _ in zip(known, range(more // 2), strict=False))
    yield from (text for _, text in entries(more - more // 2, seed + 1, first=records))


# --- One step, in a process of its own --------------------------------------------------------------------------------


def step(name: str, file: str) -> None:
    """The child: do one step of the work and print what it took."""
    import django

    django.setup()
    started, cpu = time.perf_counter(), time.process_time()
    counts = STEPS[name](file)
    own = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({
        "step": name, "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu,
        "reader_cpu": children.ru_utime + children.ru_stime, "MiB": int(own) // 1024, "reader_MiB": children.ru_maxrss // 1024, **counts,
    }))  # fmt: skip


def prepare(_: str) -> dict[str, Any]:
    """A review with a lead, and a session for the browser."""
    from django.core.management import call_command
    from django.test import Client

    from reviewapp.accounts.models import User
    from reviewapp.team import services as team

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    lead = User.objects.create_user(email="lead@example.org", name="Lead", password=None)
    review = team.create_review(actor=lead, title="Scale")
    client = Client()
    client.force_login(lead)
    return {"session": client.cookies["sessionid"].value, "review": str(review.pk)}


def upload(file: str) -> dict[str, Any]:
    from django.core.files import File

    from reviewapp.accounts.models import User
    from reviewapp.reviews.models import Review
    from screening.services import imports

    lead, review = User.objects.get(), Review.objects.get()
    search = imports.add_search(actor=lead, review=review, source=Path(file).stem)
    with Path(file).open("rb") as handle:
        batch = imports.upload(actor=lead, search=search, file=File(handle, Path(file).name))  # type: ignore[arg-type]
    assert batch.state == "uploaded", batch.error
    return {"records": batch.read}


def write(_: str) -> dict[str, Any]:
    from reviewapp.accounts.models import User
    from screening import tasks
    from screening.models import ImportBatch
    from screening.services import imports

    batch = ImportBatch.objects.latest("pk")
    tasks.import_references(str(imports.confirm(actor=User.objects.get(), batch=batch).pk))
    batch.refresh_from_db()
    assert batch.state == "done", batch.error
    return {"records": batch.kept}


def detect(_: str) -> dict[str, Any]:
    from reviewapp.accounts.models import User
    from reviewapp.jobs.models import Job
    from reviewapp.reviews.models import Review
    from screening import tasks
    from screening.services import duplicates

    job = duplicates.start_detection(actor=User.objects.get(), review=Review.objects.get())
    tasks.detect_duplicates(str(job.pk))
    done = Job.objects.get(pk=job.pk)
    assert done.state == "done", done.message
    return {"message": done.message}


STEPS = {"prepare": prepare, "upload": upload, "import": write, "detect": detect}


# --- The web meanwhile ------------------------------------------------------------------------------------------------


@dataclass
class Reader(threading.Thread):
    """Somebody who opens the list of records five times a second."""

    port: int
    session: str
    review: str
    seconds: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self.over.wait(0.2):
            started = time.perf_counter()
            if self.status() == 200:
                self.seconds.append(time.perf_counter() - started)

    def status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            path = f"/reviews/{self.review}/records/"
            connection.request("GET", path, headers={"Cookie": f"sessionid={self.session}"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except OSError:
            return 0
        finally:
            connection.close()

    def take(self) -> str:
        """p95 of the pages so far, in words; the next step begins anew."""
        seen, self.seconds = self.seconds, []
        if len(seen) < 2:
            return "no page"
        return f"{len(seen)} pages, p95 {1000 * statistics.quantiles(seen, n=20)[-1]:.0f} ms"


# --- All steps --------------------------------------------------------------------------------------------------------


def run_step(name: str, file: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scale", "--step", name, "--only-file", str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def database_cpu(postmaster: int) -> float:
    """CPU seconds of a PostgreSQL so far, with all processes it started."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        own = int(stat.parent.name) == postmaster
        if own or int(fields[1]) == postmaster:
            ticks += sum(map(int, fields[11 : 15 if own else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(
    records: int, more: int, seed: int, data: Path, environment: dict[str, str], postmaster: int, alone: bool
) -> None:
    file, later = data / "search.ris", data / "update.ris"
    works = write_file(file, records, seed)
    print(f"{records:,} records, {works:,} works, {file.stat().st_size >> 20} MiB; load {os.getloadavg()[0]:.1f}")
    prepared = run_step("prepare", file, environment)
    port = free_port()
    with (data / "web.log").open("wb") as log:
        command = [sys.executable, "manage.py", "web", "--port", str(port), "--workers", "1"]
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    reader = Reader(port, prepared["session"], prepared["review"])
    if not alone:
        reader.start()
    try:
        report(file, reader, environment, postmaster)
        if more:
            later.write_text("".join(later_entries(records, seed, more)), encoding="utf-8")
            print(f"{more:,} records of a later search")
            report(later, reader, environment, postmaster)
    finally:
        reader.over.set()
        web.terminate()
        web.wait()


def report(file: Path, reader: Reader, environment: dict[str, str], postmaster: int) -> None:
    total, to_committed, records = 0.0, 0.0, 0
    reader.take()
    for name in ("upload", "import", "detect"):
        before = database_cpu(postmaster)
        done = run_step(name, file, environment)
        database = database_cpu(postmaster) - before
        total += done["seconds"]
        to_committed += done["seconds"] if name != "detect" else 0.0
        records = done.get("records", records)
        print(
            f"  {name:7} {done['seconds']:6.1f} s wall, CPU {done['cpu']:5.1f} s + reader {done['reader_cpu']:5.1f} s + database {database:5.1f} s, "
            f"peak {done['MiB']} MiB + reader {done['reader_MiB']} MiB; records page: {reader.take()}  {done.get('message', '')}",
            flush=True,
        )
    print(f"  all     {total:6.1f} s wall; {records / to_committed:,.0f} records/s from upload to committed rows")


def write_file(path: Path, records: int, seed: int) -> int:
    """Write the RIS file; returns how many works it holds."""
    seen = set()
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, text in entries(records, seed):
            seen.add(number)
            file.write(text)
    return len(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--more", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="open no pages meanwhile")
    parser.add_argument("--only-file", type=Path, help="only write the file")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step(options.step, str(options.only_file))
        return
    if options.only_file:
        print(f"{write_file(options.only_file, options.records, options.seed):,} works")
        return
    data = Path(tempfile.mkdtemp(prefix="tandem-scale-"))
    data.chmod(0o755)  # PostgreSQL may run as another user, who must pass
    postgres, valkey = Postgres(data / "postgres", data / "postgres.log"), Valkey(data / "valkey.log")
    try:
        postgres.start()
        valkey.start()
        Runtime(str(postgres.socket_dir), postgres.port, valkey.url).write(data)
        own = {"TANDEM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "reviewapp.settings", "LOG_LEVEL": "ERROR"}
        measure(
            options.records, options.more, options.seed, data, os.environ | own, postgres.process.pid, options.alone
        )  # type: ignore[union-attr]
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
