"""`manage.py up`: one process that starts the servers, the worker and the web, watches them, and ends them together."""

import contextlib
import fcntl
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from reviewapp.lib.embedded import Runtime
from reviewapp.operations.pieces import PROGRAM, web_program, worker_program
from reviewapp.operations.processes import ServerFailed, kill_group, spawn, tail
from reviewapp.operations.servers import Postgres, Valkey, open_log

READY_LIMIT = 120.0  # seconds until the web and a worker must answer
LOCK = "up.lock"
BASE = Path(__file__).resolve().parents[2]  # where manage.py is
NAMES = {Postgres: "PostgreSQL", Valkey: "Valkey"}
STOP_SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the terminal was closed"}


class Stopped(Exception):
    """Somebody asked us to stop; the message says how."""


class AlreadyRunning(ServerFailed):
    """Another `up` holds the data."""


@contextlib.contextmanager
def data_lock(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for this process; the kernel lets go even after kill -9. Raises AlreadyRunning."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = Runtime.read(data_dir)
            where = f"at {other.url} (process {other.pid})" if other.pid else "and is just starting"
            raise AlreadyRunning(f"Tandem already runs on {data_dir} {where}. Nothing was touched.") from None
        yield


def check_port(host: str, port: int) -> None:
    """Raises ServerFailed when the web server could not listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        hint = f"Choose another: --port {port + 1}." if port < 65535 else "Choose another with --port."
        raise ServerFailed(f"Port {port} on {host} cannot be used ({error.strerror or error}). {hint}") from None


def url_of(host: str, port: int) -> str:
    """What a person types into the browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


class Wakeup:
    """Turns signals into something one can wait for without a busy loop."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.times = 0
        self._reader, self._writer = os.pipe()
        for descriptor in (self._reader, self._writer):
            os.set_blocking(descriptor, False)

    def install(self) -> None:
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.times += 1
        self.reason = self.reason or STOP_SIGNALS[signal.Signals(number)]

    def wait(self, seconds: float | None) -> None:
        """Return after this time, or as soon as a signal came."""
        select.select([self._reader], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 4096)


@dataclass
class Supervisor:
    """One embedded installation while it runs."""

    data_dir: Path
    host: str
    port: int
    demo: bool = False
    own_database: bool = True
    own_broker: bool = True
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    watched: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    servers: list[Postgres | Valkey] = field(default_factory=list)
    wakeup: Wakeup = field(default_factory=Wakeup)
    ready: bool = False

    def run(self) -> int:
        """Run until told to stop; 0 after a wish, 1 after a failure."""
        try:
            with data_lock(self.data_dir):
                check_port(self.host, self.port)
                return self._run_locked()
        except ServerFailed as error:
            say(str(error))
            return 1

    def _run_locked(self) -> int:
        self.wakeup.install()
        code = 0
        try:
            self._start()
            while True:
                self.pause(None)
        except Stopped as wish:
            say(f"\nStopping: {wish}.")
        except ServerFailed as error:
            say(f"\n{error}\nStopping everything else.")
            code = 1
        finally:
            self._stop()
        say("Stopped. Everything is kept; start again with the same command.")
        return code

    def pause(self, seconds: float | None) -> None:
        """Wait; raises Stopped when asked to stop and ServerFailed when a child has ended."""
        self._look()
        self.wakeup.wait(seconds)
        self._look()

    def _look(self) -> None:
        if self.wakeup.reason:
            raise Stopped(self.wakeup.reason)
        for name, process in self.watched.items():
            if (code := process.poll()) is not None:
                raise ServerFailed(f"{name} ended by itself ({how_it_ended(code)}).\n{self._end_of_log(name)}")

    def _end_of_log(self, name: str) -> str:
        path = self._log(name)
        return f"The last lines of {path}:\n{tail(path)}"

    def _log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def _start(self) -> None:
        self._forget_earlier_run()
        self._start_servers()
        self._run_steps()
        self._start_child("worker", worker_program())
        self._start_child("web", web_program(host=self.host, port=self.port))
        self._await_ready()
        self.ready = True
        if self.demo:
            self._load_demo()
        say(f"\nTandem is ready: {url_of(self.host, self.port)}\nData and logs: {self.data_dir}\nCtrl-C ends it.")

    def _forget_earlier_run(self) -> None:
        """A killed `up` leaves its address and an empty socket directory behind."""
        earlier = Path(Runtime.read(self.data_dir).socket_dir)
        if earlier.name.startswith("tandem-"):
            shutil.rmtree(earlier, ignore_errors=True)
        Runtime(pid=os.getpid()).write(self.data_dir)

    def _start_servers(self) -> None:
        postgres = Postgres(self.data_dir / "postgres", self._log("postgres"), pause=self.pause)
        valkey = Valkey(self._log("valkey"), pause=self.pause)
        if self.own_database:
            self._start_server("postgres", postgres)
        if self.own_broker:
            self._start_server("valkey", valkey)
        url = url_of(self.host, self.port)
        Runtime(str(postgres.socket_dir), postgres.port, valkey.url, url, os.getpid()).write(self.data_dir)

    def _start_server(self, name: str, server: Postgres | Valkey) -> None:
        say(f"Starting {NAMES[type(server)]} …")
        self.servers.append(server)  # before it starts, so that a stop in between ends it
        server.start()
        if server.process is not None:
            self.watched[name] = server.process

    def _run_steps(self) -> None:
        say("Preparing the database and the static files …")
        steps = {"migrate": ["migrate", "--noinput"], "collectstatic": ["collectstatic", "--noinput", "--verbosity=0"]}
        running = {name: self._spawn(name, [*manage(), *arguments]) for name, arguments in steps.items()}
        try:
            for name, process in running.items():
                self._finish_step(name, process)
        finally:
            for process in running.values():
                kill_group(process)

    def _finish_step(self, name: str, process: subprocess.Popen[bytes]) -> None:
        while (code := process.poll()) is None:
            self.pause(1)
        if code != 0:
            raise ServerFailed(f"{name} failed ({how_it_ended(code)}).\n{self._end_of_log(name)}")

    def _start_child(self, name: str, program: PROGRAM) -> None:
        say(f"Starting the {name} …")
        self.children[name] = self.watched[name] = self._spawn(name, *program)

    def _spawn(self, name: str, command: list[str], more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        with open_log(self._log(name)).open("ab") as output:
            return spawn(command, output=output, env={**self.environment, **(more or {})}, directory=BASE)

    @property
    def environment(self) -> Mapping[str, str]:
        own = {"TANDEM_DATA": str(self.data_dir), "PYTHONUNBUFFERED": "1", "TANDEM_DEMO": "1" if self.demo else "0"}
        return {**os.environ, **own}

    def _await_ready(self) -> None:
        from django.conf import settings

        host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
        asked = urllib.request.Request(url_of(self.host, self.port) + "readyz", headers={"Host": host})  # noqa: S310
        answer = ""
        for _ in range(int(READY_LIMIT / 0.25)):
            try:
                with urllib.request.urlopen(asked, timeout=10):  # noqa: S310
                    return
            except urllib.error.HTTPError as error:
                answer = error.read(2000).decode(errors="replace")
            except OSError as error:
                answer = str(error)
            self.pause(0.25)
        raise ServerFailed(
            f"Tandem did not become ready within {READY_LIMIT:.0f} s: {answer}\n{self._end_of_log('web')}"
        )

    def _load_demo(self) -> None:
        sys.stdout.flush()
        process = spawn([*manage(), "load_demo"], output=sys.stdout.fileno(), env=self.environment, directory=BASE)
        try:
            while (code := process.poll()) is None:
                self.pause(1)
        finally:
            kill_group(process)
        if code != 0:
            raise ServerFailed(f"The demo could not be loaded ({how_it_ended(code)}).")

    def _stop(self) -> None:
        """End web and worker, then the servers they need. A second Ctrl-C ends web and worker at once."""
        for process in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        self._await_end(seconds=25 if self.ready else 2)  # before that nobody's work can be cut off
        for process in self.children.values():
            kill_group(process)
        for server in reversed(self.servers):
            server.stop()
        (self.data_dir / Runtime.FILE).unlink(missing_ok=True)

    def _await_end(self, seconds: int) -> None:
        begun_with = self.wakeup.times
        for _ in range(seconds * 4):
            if all(process.poll() is not None for process in self.children.values()):
                return
            if self.wakeup.times > begun_with:
                return
            self.wakeup.wait(0.25)


def manage() -> list[str]:
    return [sys.executable, str(BASE / "manage.py")]


def how_it_ended(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def say(text: str) -> None:
    """Tell the person at the terminal, if there still is one."""
    with contextlib.suppress(OSError):
        print(text, flush=True)
