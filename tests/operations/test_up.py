"""`manage.py up` from the outside: one installation through a day with a restart, a power cut and a crash."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.operations.processes import PATIENCE, alive, ask, free_port, living_descendants, manage, manage_now, until

pytestmark = pytest.mark.slow


class Installation:
    """One data directory, and the `up` that runs on it."""

    def __init__(self, directory: Path) -> None:
        self.data, self.log, self.port = directory / "data", directory / "up.log", free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.family: set[int] = set()

    def start(self) -> None:
        self.log.write_text("")
        self.process = manage("up", "--port", str(self.port), "--data", str(self.data), log=self.log)
        until(lambda: f"http://127.0.0.1:{self.port}/" in self.log.read_text(), process=self.process, log=self.log)
        self.family = living_descendants(self.process.pid)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def nobody_is_left(self) -> bool:
        return not any(alive(pid) for pid in self.family)

    def pid_of(self, program: str) -> int:
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in living_descendants(self.process.pid)}
        return next(pid for pid, command in commands.items() if program.encode() in command)

    def sibling(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return manage_now(*arguments, TANDEM_DATA=str(self.data))


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("up"))
    made.start()
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGTERM)


COUNT = "from reviewapp.accounts.models import User; print('people:', User.objects.count())"
ADD = "from reviewapp.accounts.models import User; User.objects.create(email='alice@example.org')"


def test_it_answers_where_it_says(installation):
    status, found = ask(f"http://127.0.0.1:{installation.port}/readyz")
    assert (status, found["ready"]) == (200, True)
    assert json.loads((installation.data / "runtime.json").read_text())["pid"] == installation.process.pid
    assert (installation.data / "runtime.json").stat().st_mode & 0o077 == 0  # it holds the queue's password


def test_a_sibling_command_finds_the_same_database(installation):
    assert installation.sibling("shell", "--no-imports", "-c", ADD).returncode == 0
    assert "people: 1" in installation.sibling("shell", "--no-imports", "-c", COUNT).stdout


def test_a_second_up_on_the_same_data_says_so_and_touches_nothing(installation):
    before = (installation.data / "runtime.json").read_bytes()
    second = manage_now("up", "--port", str(free_port()), "--data", str(installation.data))
    assert second.returncode == 1
    assert f"already runs on {installation.data}" in second.stdout
    assert f"http://127.0.0.1:{installation.port}/ (process {installation.process.pid})" in second.stdout
    assert (installation.data / "runtime.json").read_bytes() == before
    assert ask(f"http://127.0.0.1:{installation.port}/readyz")[0] == 200


def test_a_port_in_use_is_told_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = manage_now("up", "--port", str(port), "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in refused.stdout
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_ends_everything_and_keeps_everything(installation, number):
    assert installation.end(number) == 0
    assert installation.nobody_is_left()
    assert not (installation.data / "runtime.json").exists()
    assert "Stopping: " in installation.log.read_text()
    assert "database system is shut down" in (installation.data / "logs" / "postgres.log").read_text()
    installation.start()
    assert "people: 1" in installation.sibling("shell", "--no-imports", "-c", COUNT).stdout


def test_a_killed_up_takes_its_children_along_and_starts_again(installation):
    assert installation.end(signal.SIGKILL) == -signal.SIGKILL
    installation.start()  # at once, while the children may still be leaving
    assert "people: 1" in installation.sibling("shell", "--no-imports", "-c", COUNT).stdout
    family = installation.family
    installation.end(signal.SIGKILL)
    waiting = subprocess.Popen(["sleep", str(PATIENCE)])
    try:
        until(lambda: not any(alive(pid) for pid in family), process=waiting, log=installation.log)
    finally:
        waiting.kill()
        waiting.wait()
    installation.start()


def test_when_a_child_crashes_it_ends_the_others_and_says_which_and_why(installation):
    os.kill(installation.pid_of("valkey-server"), signal.SIGKILL)
    assert installation.process.wait(PATIENCE) == 1
    assert installation.nobody_is_left()
    assert "valkey ended by itself (signal SIGKILL)" in installation.log.read_text()
    assert "The last lines of" in installation.log.read_text()
