"""Child processes that end with their parent, and a system user for servers that refuse to run as root."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SYSTEM_USER = "tandem-db"
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServerFailed(RuntimeError):
    """A server could not be started or stopped answering; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Identity:
    """Who a server runs as: None is whoever started us; `walled_in` when that user may not walk to the server's files."""

    uid: int | None = None
    gid: int | None = None
    walled_in: bool = False


def may_walk_to(path: Path, uid: int, gid: int) -> bool:
    """Whether every directory above `path` lets this user pass."""
    for parent in path.resolve().parents:
        info = parent.stat()
        bit = 0o100 if info.st_uid == uid else 0o010 if info.st_gid == gid else 0o001
        if not info.st_mode & bit:
            return False
    return True


def identity_for(data_dir: Path, *files: Path) -> Identity:
    """Who may run PostgreSQL over these paths: the data's owner, or for root, whom PostgreSQL refuses, a system user."""
    if os.geteuid() != 0:
        return Identity()
    entry = _user(data_dir.stat().st_uid if data_dir.exists() else 0)
    walled_in = not all(may_walk_to(path, entry.pw_uid, entry.pw_gid) for path in (data_dir, *files))
    return Identity(entry.pw_uid, entry.pw_gid, walled_in)


def _user(uid: int) -> pwd.struct_passwd:
    if uid != 0:
        try:
            return pwd.getpwuid(uid)
        except KeyError:
            raise ServerFailed(f"The data belong to user id {uid}, which this machine does not know.") from None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return _made_user()


def _made_user() -> pwd.struct_passwd:
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [
            useradd,
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
        ]
        subprocess.run([*command, SYSTEM_USER], check=False, capture_output=True)  # noqa: S603
    for name in (SYSTEM_USER, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerFailed("PostgreSQL does not run as root and no other user could be made. Start Tandem as another user.")


def _before_exec(death_signal: int, parent: int) -> Callable[[], None] | None:
    if LIBC is None:
        return None

    def prepare() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the signal was asked for
            os._exit(1)

    return prepare


def _command_as(identity: Identity, command: Sequence[str], death_signal: int) -> list[str]:
    """The command behind setpriv, which keeps only the right to walk past directories closed to others."""
    setpriv = shutil.which("setpriv", path="/usr/bin:/bin:/usr/sbin:/sbin")
    if setpriv is None:
        user = pwd.getpwuid(identity.uid or 0).pw_name
        raise ServerFailed(f"User {user} may not enter the directory of Tandem. Put it where other users may pass.")
    who = [f"--reuid={identity.uid}", f"--regid={identity.gid}", "--clear-groups"]
    rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [setpriv, *who, *rights, f"--pdeathsig={signal.Signals(death_signal).name.removeprefix('SIG')}", *command]


def spawn(
    command: Sequence[str],
    *,
    output: IO[bytes] | int,
    stdin: int = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    death_signal: int = signal.SIGTERM,
    identity: Identity | None = None,
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that gets `death_signal` when we die. Call from the main thread only."""
    identity = identity or Identity()
    drop = identity.uid is not None and not identity.walled_in
    if identity.walled_in:
        command = _command_as(identity, command, death_signal)
    return subprocess.Popen(  # noqa: S603
        list(command),
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        cwd="/" if identity.uid is not None else directory,
        start_new_session=True,
        preexec_fn=_before_exec(death_signal, os.getpid()),
        user=identity.uid if drop else None,
        group=identity.gid if drop else None,
        extra_groups=[] if drop else None,
    )


def end(process: subprocess.Popen[bytes], *, sign: int = signal.SIGTERM, patience: float = 10) -> None:
    """Ask a child to stop, and after `patience` seconds end its whole process group."""
    if process.poll() is None:
        process.send_signal(sign)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        kill_group(process)
    else:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a child's process group and reap the child."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, for the person who must find out why a server ended."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.split("\n")[-lines - 1 :]).strip()
