"""Starting and looking at the product's own processes, as a person at a terminal would."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds; a busy machine is slow, and only a hang should fail


def environment(**more: str) -> dict[str, str]:
    """A person's environment: nothing of the test run's own installation."""
    ours = ("TANDEM_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HTTPS", "PYTEST_", "DB_", "CELERY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


def manage(*arguments: str, log: Path, **more: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(command, cwd=BASE, env=environment(**more), stdout=output, stderr=subprocess.STDOUT)


def manage_now(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=BASE, env=environment(**more), capture_output=True, text=True, timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(look: Callable[[], object], *, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until `look` finds something true; fails with the log when the process ends before."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert process.poll() is None, f"ended with {process.returncode}:\n{log.read_text()}"
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def ask(url: str) -> tuple[int, dict[str, object]]:
    """Status and JSON of an address; status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")
    except OSError:
        return 0, {}


def living_descendants(pid: int) -> set[int]:
    """Process ids below this one that still run."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(stat.parent.name)] = int(parent)
    found, newest = set(), {pid}
    while newest:
        newest = {child for child, parent in parents.items() if parent in newest}
        found |= newest
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
