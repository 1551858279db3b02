"""Conformance of the import readers on a folder of real export files.

    python benchmarks/import_conformance.py FOLDER [--format ris] [--show]

FOLDER holds INDEX.tsv with the columns path, format and expected_records. Printed for each format: files with exactly
as many references as expected (records reported as empty included), references, references for each second of CPU
time, files whose count differs from the independent count of marks without a word in the report, and field values that
are not found in their reference's raw text.
"""

from __future__ import annotations

import argparse
import csv
import html
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from screening.formats import ParsedReference, ParseReport, UnreadableFile, read

NAMES = {"nbib(.ris misnamed)": "nbib"}


@dataclass
class Tally:
    """What one format's files came to."""

    files: int = 0
    exact: int = 0
    references: int = 0
    seconds: float = 0.0
    unequal: list[str] = field(default_factory=list)
    inexact: list[str] = field(default_factory=list)
    lost: int = 0


def measured(path: Path) -> tuple[list[ParsedReference], ParseReport | None, float, str]:
    """References, report, CPU seconds and, when the file was refused, why."""
    data = path.read_bytes()
    start = time.process_time()
    try:
        file = read(data)
        references = list(file.references)
    except UnreadableFile as error:
        return [], None, time.process_time() - start, str(error)
    return references, file.report, time.process_time() - start, ""


def lost_values(references: list[ParsedReference]) -> int:
    """Raw field values that are not found in their own raw text."""
    count = 0
    for reference in references:
        raw = html.unescape(reference.raw).replace('""', '"')
        for _, value in reference.raw_fields:
            count += sum(1 for part in value.split("\n") if html.unescape(part.strip().strip('"')) not in raw)
    return count


def run(folder: Path, wanted: str | None) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    with (folder / "INDEX.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            name = NAMES.get(row["format"], row["format"])
            if not wanted or wanted == name:
                add(tallies[name], folder / row["path"], row["path"], int(row["expected_records"]))
    return tallies


def add(tally: Tally, path: Path, name: str, expected: int) -> None:
    references, report, seconds, why = measured(path)
    found = len(references) + (report.empty if report and len(references) != expected else 0)
    tally.files += 1
    tally.references += len(references)
    tally.seconds += seconds
    tally.lost += lost_values(references)
    if found == expected:
        tally.exact += 1
    else:
        tally.inexact.append(f"{name}: {found} of {expected} {why}".strip())
    if report and report.counted != report.markers and not report.problems:
        tally.unequal.append(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", help="only this format")
    parser.add_argument("--show", action="store_true", help="name the files that are not exact")
    options = parser.parse_args()
    tallies = run(options.folder, options.format)
    print(f"{'format':20} {'exact':>9} {'references':>11} {'per CPU s':>10} {'unsaid':>7} {'lost':>5}")
    for name, tally in sorted(tallies.items()):
        rate = tally.references / tally.seconds if tally.seconds else 0
        exact = f"{tally.exact}/{tally.files}"
        print(f"{name:20} {exact:>9} {tally.references:>11,} {rate:>10,.0f} {len(tally.unequal):>7} {tally.lost:>5}")
        for line in tally.inexact if options.show else ():
            print(f"    {line[:160]}")
    return 0 if all(tally.exact == tally.files for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
