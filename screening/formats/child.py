"""Reading in a child process with limits on memory, CPU and time: a hostile file ends the child, not the worker."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from screening.formats.base import ParsedReference, ParseReport, UnreadableFile
from screening.formats.reading import read

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 600
WALL_SECONDS = 900.0
FILE_BYTES = 256 << 20
CHUNK = 200
PIPE_BYTES = 1 << 16
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(slots=True)
class Answer:
    """One line of what the child says: references, and at the end the report or why nothing can be read."""

    references: list[ParsedReference] = field(default_factory=list)
    report: ParseReport | None = None
    unreadable: str = ""
    headings: list[str] = field(default_factory=list)


_ANSWER = msgspec.json.Decoder(Answer)


@dataclass(slots=True)
class ChildReading:
    """Iterating yields the references; `report` is there when they are exhausted."""

    path: Path
    format: str | None
    encoding: str | None
    mapping: Mapping[str, str] | None
    memory: int = MEMORY_BYTES
    cpu: int = CPU_SECONDS
    wall: float = WALL_SECONDS
    report: ParseReport | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[ParsedReference]:
        order = {
            "path": str(self.path), "format": self.format, "encoding": self.encoding,
            "mapping": dict(self.mapping) if self.mapping else None, "memory": self.memory, "cpu": self.cpu,
        }  # fmt: skip
        with tempfile.TemporaryFile() as errors:
            child = subprocess.Popen(
                [sys.executable, "-m", "screening.formats.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=PIPE_BYTES,
                cwd=_ROOT,
                env=_environment(),
            )
            too_long = threading.Event()
            timer = threading.Timer(self.wall, _stop, (child, too_long))
            timer.start()
            try:
                yield from self._results(child, order)
                child.wait()
                if self.report is None:
                    raise UnreadableFile(_cause(child.returncode, too_long.is_set(), _tail(errors)))
            finally:
                timer.cancel()
                child.kill()
                child.wait()
                _close(child)

    def _results(self, child: subprocess.Popen[bytes], order: dict[str, Any]) -> Iterator[ParsedReference]:
        if child.stdin is None or child.stdout is None:
            return
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(order).encode())
            child.stdin.close()
        for line in child.stdout:
            try:
                answer = _ANSWER.decode(line)
            except ValueError:
                return  # cut in the middle: the child was ended
            if answer.unreadable:
                raise UnreadableFile(answer.unreadable, answer.headings)
            self.report = answer.report
            yield from answer.references


def read_in_child(
    path: Path | str,
    *,
    format: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> ChildReading:
    """Read a stored file in a child. Iterating raises UnreadableFile when nothing can be read or a limit is met."""
    return ChildReading(Path(path), format, encoding, mapping)


def _environment() -> dict[str, str]:
    """No secrets of the server for the child."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT") if name in os.environ}
    return kept | {"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


def _stop(child: subprocess.Popen[bytes], too_long: threading.Event) -> None:
    too_long.set()
    child.kill()


def _close(child: subprocess.Popen[bytes]) -> None:
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _tail(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""


def _cause(code: int, too_long: bool, last_line: str) -> str:
    if too_long:
        return "Reading the file took too long and was stopped. Split the file and import the parts."
    if code == -signal.SIGXCPU or code == -signal.SIGKILL:
        return "Reading the file took more computing time than allowed and was stopped. Split the file."
    if "MemoryError" in last_line or code == -signal.SIGSEGV:
        return "Reading the file took more memory than allowed and was stopped. Split the file."
    return f"The reader stopped unexpectedly ({last_line or f'code {code}'})."


def main() -> None:
    """The child: take the order from stdin, answer with lines of JSON."""
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (order["cpu"], order["cpu"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _answer(order)
    except UnreadableFile as error:
        _send(Answer(unreadable=str(error), headings=list(error.headings)))


def _answer(order: dict[str, Any]) -> None:
    path = Path(order["path"])
    if path.stat().st_size > FILE_BYTES:
        raise UnreadableFile(f"The file is larger than {FILE_BYTES >> 20} MB. Split it and import the parts.")
    parsed = read(path.read_bytes(), format=order["format"], encoding=order["encoding"], mapping=order["mapping"])
    chunk: list[ParsedReference] = []
    for reference in parsed.references:
        chunk.append(reference)
        if len(chunk) == CHUNK:
            _send(Answer(chunk))
            chunk = []
    _send(Answer(chunk, parsed.report))


def _send(answer: Answer) -> None:
    try:
        line = msgspec.json.encode(answer)
    except (
        UnicodeEncodeError
    ):  # halves of characters, as JSON files may have them; the database could not keep them either
        line = json.dumps(msgspec.to_builtins(answer), ensure_ascii=False).encode("utf-8", "replace")
    sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
