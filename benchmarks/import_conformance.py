"""Conformance of the import readers on a folder of real export files.

    python benchmarks/import_conformance.py FOLDER [--format ris] [--show] [--mutate] [--compare] [--write docs/IMPORT_FORMATS.md]

FOLDER holds INDEX.tsv with the columns path, format and expected_records; beside a file NAME.EXT may stand
NAME.expected.json with the items Zotero makes of it. Printed for each format: files with exactly as many records
as expected (references, records reported as empty or rejected), references, references for each second of CPU time,
files whose count differs from the independent count of marks without a word in the report, and values of the file, by a
reader that knows no meaning, that are in no reference's raw fields; then expected field values that were met. `--mutate` damages every file
in many ways and looks for records lost without a word; `--compare` runs other libraries on the same files.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.raw_values import kept
from screening.formats import ParsedReference, ParseReport, UnreadableFile, decode, read
from screening.formats.values import clean, doi_in, pages_of, year_in

NAMES = {"nbib(.ris misnamed)": "nbib", "format": "other"}
FIELDS = ("title", "authors", "year", "abstract", "doi", "volume", "issue", "pages")
GOALS = {"title": 99, "authors": 99, "year": 99, "abstract": 99, "doi": 99, "volume": 97, "issue": 97, "pages": 97}
LARGEST_MUTATED = 120_000
MARK = "<!-- made by benchmarks/import_conformance.py -->"


@dataclass
class Tally:
    """What one format's files came to."""

    files: int = 0
    exact: int = 0
    references: int = 0
    seconds: float = 0.0
    unequal: list[str] = field(default_factory=list)
    inexact: list[str] = field(default_factory=list)
    values: int = 0
    lost: list[str] = field(default_factory=list)
    met: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0] for name in FIELDS})
    missed: list[str] = field(default_factory=list)


@dataclass
class Entry:
    """One line of the index."""

    path: Path
    name: str
    format: str
    expected: int


def entries(folder: Path, wanted: str | None) -> Iterator[Entry]:
    with (folder / "INDEX.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            name = NAMES.get(row["format"], row["format"])
            if not wanted or wanted == name:
                yield Entry(folder / row["path"], row["path"], name, int(row["expected_records"]))


def measured(data: bytes) -> tuple[list[ParsedReference], ParseReport | None, float, str]:
    """References, report, CPU seconds and, when the file was refused, why."""
    start = time.process_time()
    try:
        file = read(data)
        references = list(file.references)
    except UnreadableFile as error:
        return [], None, time.process_time() - start, str(error)
    return references, file.report, time.process_time() - start, ""


def found_in(references: list[ParsedReference], report: ParseReport | None, expected: int) -> int:
    """Records accounted for: those without content count when the index counts them too."""
    missing = report.empty + report.rejected if report and len(references) < expected else 0
    return len(references) + missing


def add(tally: Tally, entry: Entry) -> None:
    data = entry.path.read_bytes()
    references, report, seconds, why = measured(data)
    found = found_in(references, report, entry.expected)
    tally.files += 1
    tally.references += len(references)
    tally.seconds += seconds
    values, lost = kept(data, entry.format, references)
    tally.values += values
    tally.lost += [f"{entry.name}: {value[:80]}" for value in lost]
    if found == entry.expected:
        tally.exact += 1
    else:
        tally.inexact.append(f"{entry.name}: {found} of {entry.expected} {why}".strip())
    if report and report.counted != report.markers and not report.problems:
        tally.unequal.append(entry.name)
    expected_items = entry.path.with_suffix(".expected.json")
    if expected_items.exists():
        compare_fields(tally, entry.name, references, json.loads(expected_items.read_text(encoding="utf-8")))


# --- fields ----------------------------------------------------------------------------------------------------


def squeezed(text: str) -> str:
    """Letters and digits only, markup out, so that quotation marks and dashes do not decide."""
    plain = unicodedata.normalize("NFKC", re.sub(r"<[^<>]*>", "", clean(text))).casefold()
    return re.sub(r"[\W_]+", "", plain)


def expected_values(item: dict[str, Any]) -> dict[str, str]:
    extra = str(item.get("extra", ""))
    in_extra = re.search(r"^DOI: *(\S+)", extra, re.MULTILINE)
    dates = [item.get(name, "") for name in ("date", "issueDate", "dateDecided", "dateEnacted")]
    authors = [c for c in item.get("creators", []) if c.get("creatorType") == "author"]
    return {
        "title": squeezed(item.get("title", "")),
        "authors": " ".join(
            squeezed(c.get("lastName") or c.get("name", "")) + "," * ("firstName" in c) for c in authors
        ),
        "year": str(next(filter(None, (year_in(str(date)) for date in dates)), "")),
        "abstract": squeezed(item.get("abstractNote", "")),
        "doi": doi_in(item.get("DOI", "") or (in_extra[1] if in_extra else "")),
        "volume": squeezed(item.get("volume", "")),
        "issue": squeezed(item.get("issue", "")),
        "pages": squeezed(pages_of(item.get("pages", "").replace("–", "-"))),
    }


def own_values(reference: ParsedReference) -> dict[str, str]:
    authors = [person for person in reference.people if person.role == "author"]
    return {
        "title": squeezed(reference.title),
        "authors": " ".join(squeezed(person.family or person.literal) for person in authors),
        "year": str(reference.year or ""),
        "abstract": squeezed(reference.abstract),
        "doi": reference.doi,
        "volume": squeezed(reference.volume),
        "issue": squeezed(reference.issue),
        "pages": squeezed(reference.pages or reference.article_no),
    }


def same_authors(reference: ParsedReference | None, expected: str) -> bool:
    """Family names in order; a name that is not cut in two there is compared as a whole."""
    authors = [person for person in reference.people if person.role == "author"] if reference else []
    names = expected.split()
    if len(authors) != len(names):
        return False
    wholes = [squeezed(person.literal or f"{person.given}{person.family}") for person in authors]
    families = [squeezed(person.family or person.literal) for person in authors]
    return all(
        name.rstrip(",") == family or (not name.endswith(",") and name == whole)
        for name, family, whole in zip(names, families, wholes, strict=True)
    )


def compare_fields(tally: Tally, name: str, references: list[ParsedReference], items: list[dict[str, Any]]) -> None:
    for number, (reference, item) in enumerate(zip_longest(references, items), 1):
        if item is None:
            continue
        own = own_values(reference) if reference else dict.fromkeys(FIELDS, "")
        for what, value in expected_values(item).items():
            if not value:
                continue
            met = own[what] == value or (what == "authors" and same_authors(reference, value))
            tally.met[what][0] += met
            tally.met[what][1] += 1
            if not met:
                tally.missed.append(f"{name} #{number} {what}: {own[what][:60]!r}, not {value[:60]!r}")


# --- damage ----------------------------------------------------------------------------------------------------

_TEXT_MUTATIONS: dict[str, Callable[[str], str]] = {
    "CRLF": lambda t: t.replace("\r\n", "\n").replace("\n", "\r\n"),
    "CR": lambda t: t.replace("\r\n", "\n").replace("\n", "\r"),
    "mixed line ends": lambda t: "".join(
        line + ("\r\n", "\n", "\r")[i % 3] for i, line in enumerate(t.replace("\r\n", "\n").split("\n"))
    ),
    "blank lines first": lambda t: "\n\n\n" + t,
    "text first": lambda t: "Exported by somebody\n\n" + t,
    "text last": lambda t: t + "\n\nend of export\n",
    "end of file mark": lambda t: t + "\x1a",
    "NUL in the middle": lambda t: t[: len(t) // 2] + "\x00" + t[len(t) // 2 :],
    "blanks at line ends": lambda t: t.replace("\n", "  \n"),
    "no last line end": lambda t: t.rstrip("\r\n"),
    "cut at 60 %": lambda t: t[: int(len(t) * 0.6)],
    "cut at 95 %": lambda t: t[: int(len(t) * 0.95)],
    "put together twice": lambda t: t.rstrip() + "\n\n" + t,
    "no-break blanks": lambda t: t.replace(". ", ".\u00a0"),
}
_BYTE_MUTATIONS: dict[str, Callable[[str], bytes]] = {
    "BOM": lambda t: b"\xef\xbb\xbf" + t.encode(),
    "two BOMs": lambda t: b"\xef\xbb\xbf\xef\xbb\xbf" + t.encode(),
    "UTF-16": lambda t: t.encode("utf-16"),
    "UTF-16 BE without BOM": lambda t: t.encode("utf-16-be"),
    "Windows-1252": lambda t: t.encode("cp1252", "replace"),
    "stray byte": lambda t: t.encode()[:-20] + b"\x9d" + t.encode()[-20:],
}


def mutants(data: bytes) -> Iterator[tuple[str, bytes]]:
    text, _, _ = decode(data)
    text = text.lstrip("\ufeff")
    for name, change in _TEXT_MUTATIONS.items():
        yield name, change(text).encode("utf-8", "replace")
    for name, encode in _BYTE_MUTATIONS.items():
        yield name, encode(text)


def run_mutants(folder: Path, wanted: str | None, show: bool) -> int:
    """Damaged files: exact, or with a problem told; the number of those that lost records without a word."""
    told = exact = 0
    silent: Counter[str] = Counter()
    for entry in entries(folder, wanted):
        data = entry.path.read_bytes()
        if len(data) > LARGEST_MUTATED or data[:2] == b"PK":
            continue
        for name, mutant in mutants(data):
            expected = entry.expected * (2 if name == "put together twice" else 1)
            references, report, _, why = measured(mutant)
            if found_in(references, report, expected) == expected:
                exact += 1
            elif why or (report and report.problems):
                told += 1
            else:
                silent[name] += 1
                if show:
                    print(f"    {name}: {entry.name}: {len(references)} of {expected}"[:170])
    print(f"\ndamaged files: {exact} exact, {told} with a problem told, {silent.total()} silent {dict(silent) or ''}")
    # A file cut between two records, or in a format without end marks, is whole for all anyone can tell.
    return sum(times for name, times in silent.items() if not name.startswith("cut"))


# --- other libraries -------------------------------------------------------------------------------------------


def run_others(folder: Path, wanted: str | None) -> list[dict[str, Any]]:
    """The same files, already decoded, through other libraries, in an environment of their own."""
    rivals = Path(__file__).with_name("rival_readers.py")
    with tempfile.TemporaryDirectory() as place:
        lines = []
        for number, entry in enumerate(entries(folder, wanted)):
            if entry.path.read_bytes()[:2] != b"PK":
                decoded = Path(place) / f"{number}.txt"
                decoded.write_text(decode(entry.path.read_bytes())[0].lstrip("\ufeff"), encoding="utf-8")
                lines.append(f"{entry.format}\t{decoded}\t{entry.expected}\n")
        command = ["uv", "run", "--no-project", "--script", str(rivals)]
        told = subprocess.run(command, input="".join(lines), capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in told.splitlines()]


# --- printing --------------------------------------------------------------------------------------------------


def run(folder: Path, wanted: str | None) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for entry in entries(folder, wanted):
        add(tallies[entry.format], entry)
    return dict(sorted(tallies.items()))


def total_fields(tallies: dict[str, Tally]) -> dict[str, tuple[int, int]]:
    return {
        name: (sum(t.met[name][0] for t in tallies.values()), sum(t.met[name][1] for t in tallies.values()))
        for name in FIELDS
    }


def show(tallies: dict[str, Tally], verbose: bool) -> None:
    print(f"{'format':16} {'exact':>9} {'references':>11} {'per CPU s':>10} {'unsaid':>7} {'values':>9} {'lost':>5}")
    for name, tally in tallies.items():
        rate = tally.references / tally.seconds if tally.seconds else 0
        exact = f"{tally.exact}/{tally.files}"
        print(
            f"{name:16} {exact:>9} {tally.references:>11,} {rate:>10,.0f} {len(tally.unequal):>7} "
            f"{tally.values:>9,} {len(tally.lost):>5}"
        )
        for line in (*tally.inexact, *tally.unequal, *tally.missed, *tally.lost) if verbose else ():
            print(f"    {line[:200]}")
    print("\nfields met of those expected")
    for name, (met, of) in total_fields(tallies).items():
        if of:
            print(f"  {name:10} {met:>5}/{of:<5} {100 * met / of:6.2f} %  (goal {GOALS[name]} %)")


def table(tallies: dict[str, Tally], others: list[dict[str, Any]]) -> str:
    """The conformance tables as Markdown."""
    lines = ["| Format | Exact files | References | Raw values kept | Fields met |", "|---|---|---|---|---|"]
    for name, tally in tallies.items():
        met, of = (sum(pair[index] for pair in tally.met.values()) for index in (0, 1))
        kept = f"{100 * (1 - len(tally.lost) / tally.values):.2f} %" if tally.values else "–"
        lines.append(
            f"| {name} | {tally.exact} of {tally.files} | {tally.references:,} | {kept} | {f'{met} of {of}' if of else '–'} |"
        )
    lines += ["", "| Field | Met | Goal |", "|---|---|---|"]
    for name, (met, of) in total_fields(tallies).items():
        if of:
            lines.append(f"| {name} | {met} of {of} ({100 * met / of:.1f} %) | {GOALS[name]} % |")
    return "\n".join([*lines, *beside(tallies, others)])


def beside(tallies: dict[str, Tally], others: list[dict[str, Any]]) -> list[str]:
    """Ours and other libraries, format by format."""
    if not others:
        return []
    lines = [
        "",
        "| Format | Reader | Exact files | Crashes | References | References a CPU second |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(other["format"] for other in others):
        ours = tallies[name]
        rows = [("ours", ours.exact, 0, ours.references, ours.seconds)]
        rows += [
            (other["library"], other["exact"], other["crashes"], other["records"], other["seconds"])
            for other in others
            if other["format"] == name
        ]
        lines += [
            f"| {name} | {reader} | {exact} of {ours.files} | {crashes} | {records:,} | {records / max(seconds, 1e-9):,.0f} |"
            for reader, exact, crashes, records, seconds in rows
        ]
    return lines


def write_table(path: Path, text: str) -> None:
    """Put the tables between the two marks of the page."""
    before, _, rest = path.read_text(encoding="utf-8").partition(MARK)
    _, _, after = rest.partition(MARK)
    path.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", help="only this format")
    parser.add_argument("--show", action="store_true", help="name the files and fields that are not exact")
    parser.add_argument("--mutate", action="store_true", help="only damage the files and look for silent losses")
    parser.add_argument("--compare", action="store_true", help="run other libraries on the same files")
    parser.add_argument("--write", type=Path, help="put the tables into this page")
    options = parser.parse_args()
    if options.mutate:
        return 1 if run_mutants(options.folder, options.format, options.show) else 0
    tallies = run(options.folder, options.format)
    show(tallies, options.show)
    others = run_others(options.folder, options.format) if options.compare else []
    print("\n".join(beside(tallies, others)))
    if options.write:
        write_table(options.write, table(tallies, others))
    return 0 if all(tally.exact == tally.files for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
