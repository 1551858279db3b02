"""`manage.py convert FILE… --to ris --output OUT`: any export as RIS, CSL-JSON, CSV or another format, without a database.

Ends with 0 when every file was read, 1 when one was not (the others are converted all the same), 2 when it was called wrongly.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from screening.formats import ParsedReference, ParseReport, UnreadableFile, read
from screening.formats.writers import WRITERS
from screening.formats.writers.csl import csl_entry

JSON_LINES = "csl-json"


class Command(BaseCommand):
    help = (
        "Convert export files of databases and reference managers; nothing is stored. Folders and ZIP files stand for the "
        "files in them. Ends with 0 when every file was read, with 1 when one was not; the others are converted all the same."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--to",
            choices=sorted(WRITERS),
            default=JSON_LINES,
            help="csl-json writes one object a line, with the fields of the file (the default)",
        )
        parser.add_argument("--output", type=Path, help="instead of the standard output")
        parser.add_argument("--report", type=Path, help="JSON: what became of each file")
        parser.add_argument("--encoding", help="of all files, instead of the detected one")

    def handle(self, *args: Any, **options: Any) -> None:
        conversion = Conversion(files_in(options["files"]), options["encoding"])
        pieces = json_lines(conversion) if options["to"] == JSON_LINES else WRITERS[options["to"]].write(conversion)
        try:
            if options["output"]:
                with options["output"].open("wb") as output:
                    write(pieces, output)
            else:
                write(pieces, sys.stdout.buffer)
            if options["report"]:
                report = json.dumps(conversion.told, ensure_ascii=False, indent=1) + "\n"
                options["report"].write_text(report, encoding="utf-8", errors="replace")
        except OSError as reason:
            raise CommandError(f"The result cannot be written: {reason}.") from None
        for told in conversion.told:
            self.stderr.write(line_about(told))
        unread = [told["file"] for told in conversion.told if told["error"]]
        if unread:
            raise CommandError(f"{len(unread)} of {len(conversion.told)} files could not be read: {', '.join(unread)}")


def files_in(paths: list[Path]) -> list[Path]:
    """The files themselves, and for a folder all that are in it, hidden ones left out. Raises CommandError when there are none."""
    found = []
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        found += [one for one in inside if not any(part.startswith(".") for part in one.relative_to(path).parts)]
    if not found:
        raise CommandError("There is no file in the folder.")
    return found


@dataclass
class Conversion:
    """The references of all files, numbered through; `told` holds a report for each file that was read."""

    paths: list[Path]
    encoding: str | None = None
    reading: str = field(default="", init=False)
    told: list[dict[str, Any]] = field(default_factory=list)

    def __iter__(self) -> Iterator[ParsedReference]:
        number = 0
        for path in self.paths:
            for reference in self._read(path):
                number += 1
                reference.position = number
                yield reference

    def _read(self, path: Path) -> Iterator[ParsedReference]:
        report, error, self.reading = ParseReport(format=""), "", str(path)
        try:
            file = read(path.read_bytes(), encoding=self.encoding)
            report = file.report
            yield from file.references
        except UnreadableFile as reason:
            error = str(reason)
        except OSError as reason:
            error = f"The file cannot be opened: {reason.strerror}."
        self.told.append({"file": str(path), **account(report), "error": error})


def account(report: ParseReport) -> dict[str, Any]:
    """What a report says, in the order a person reads it."""
    values = asdict(report)
    names = ("format", "encoding", "markers", "read", "empty", "repaired", "rejected", "problems", "columns")
    told = {name: values[name] for name in names}
    if report.files:
        told["files"] = [{"file": file.name, **account(file)} for file in report.files]
    return told


def line_about(told: dict[str, Any]) -> str:
    """One line about one file."""
    if told["error"]:
        return f"{told['file']}: {told['error']}"
    counts = ", ".join(f"{told[name]} {name}" for name in ("read", "empty", "repaired", "rejected") if told[name])
    return f"{told['file']}: {told['format']}, {counts or 'nothing read'}, {len(told['problems'])} problems"


def json_lines(references: Conversion) -> Iterator[bytes]:
    """CSL-JSON, one object in each line; `custom` says where it stood, and everything that stood there."""
    for reference in references:
        entry = csl_entry(reference)
        told = {"file": references.reading, "line": reference.line, "status": reference.status,
                "trials": reference.trial_ids, "fields": reference.raw_fields}  # fmt: skip
        entry["custom"] = entry.get("custom", {}) | {name: value for name, value in told.items() if value}
        yield (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def write(pieces: Iterator[bytes], output: BinaryIO) -> None:
    for piece in pieces:
        output.write(piece)
    output.flush()
