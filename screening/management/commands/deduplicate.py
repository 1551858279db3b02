"""`manage.py deduplicate FILE… --output GROUPS.csv`: find duplicate references of tables, exports or folders, without a database."""

import csv
import gzip
import zlib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from screening import formats
from screening.duplicates import Entry, Key, Result, Verdict, find_duplicates
from screening.duplicates.tables import is_table, read_table

Pair = tuple[Key, Key, Verdict]
GZIP = b"\x1f\x8b"


class Command(BaseCommand):
    help = "Group the duplicate references of CSV tables or database exports; nothing is changed or stored."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="a table, an export, or a folder of these"
        )
        parser.add_argument("--output", type=Path, required=True, help="groups: record_id, group_id, kept, evidence")
        parser.add_argument("--uncertain", type=Path, help="pairs for people to judge, likeliest first")
        parser.add_argument("--related", type=Path, help="pairs that tell of one study but are not one record")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in filter(None, (options[name] for name in ("output", "uncertain", "related"))):
            if not path.parent.is_dir():
                raise CommandError(f"No such folder: {path.parent}")
        keys: list[Key] = []
        result = find_duplicates(noting(keys, self.entries(options["files"])))
        write_groups(options["output"], keys, result)
        for name, pairs in (("uncertain", result.uncertain), ("related", result.related)):
            if options[name]:
                write_pairs(options[name], pairs)
        removable = sum(len(group) - 1 for group in result.groups)
        self.stdout.write(
            f"{len(keys)} references, {len(result.groups)} groups, {removable} duplicates, "
            f"{len(result.uncertain)} uncertain pairs, {len(result.related)} related pairs"
        )

    def entries(self, named: list[Path]) -> Iterator[Entry]:
        """The entries of all files, those in folders too; references of exports are numbered FILE:POSITION."""
        files = [path for one in named for path in files_in(one)]
        names = Counter(path.name for path in files)
        for path in files:
            shown = path.name if names[path.name] == 1 else str(path)
            yield from entries_in(path, shown)


def files_in(path: Path) -> list[Path]:
    """The file, or all files of a folder and its folders, in the order of their names; hidden ones are left out."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise CommandError(f"No such file or folder: {path}")
    inside = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
    if not inside:
        raise CommandError(f"{path}: the folder is empty.")
    return inside


def entries_in(path: Path, shown: str) -> Iterator[Entry]:
    """The entries of a table with record_id and title, or of an export."""
    try:
        if is_table(path):
            yield from read_table(path)
        else:
            yield from read_export(path, shown)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path}: {error}") from error


def noting(keys: list[Key], entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, one after the other so that none need stay in memory, while their keys are collected in order."""
    seen: set[Key] = set()
    for entry in entries:
        if entry.key in seen:
            raise CommandError(f"The record_id {entry.key} occurs more than once.")
        seen.add(entry.key)
        keys.append(entry.key)
        yield entry


def read_export(path: Path, shown: str) -> Iterator[Entry]:
    """The entries of a database export in any format the importer reads, gzipped or not."""
    content = path.read_bytes()
    if content.startswith(GZIP):
        content = gzip.decompress(content)
    try:
        references = formats.read(content).references
        for reference in references:
            yield entry_from(reference, f"{shown}:{reference.position}")
    except formats.UnreadableFile as error:
        raise CommandError(f"{path}: {error}") from error


def entry_from(reference: formats.ParsedReference, key: str) -> Entry:
    return Entry(
        key=key,
        title=reference.title or reference.title_original,
        abstract=reference.abstract,
        authors=[person.display for person in reference.people if person.role == "author"],
        year=reference.year,
        journal=reference.journal or reference.journal_abbr,
        volume=reference.volume,
        issue=reference.issue,
        pages=reference.pages or reference.article_no,
        doi=reference.doi,
        pmid=reference.pmid,
        isbn=" ".join((*reference.issns, *reference.isbns)),
        url=" ".join(reference.urls),
        type=reference.type,
        language=reference.language,
        database=reference.database,
        trial_ids=reference.trial_ids,
    )


def write_groups(path: Path, keys: Iterable[Key], result: Result) -> None:
    """One row per reference; of each group one is kept, and every other names the evidence of a link it is in."""
    group_of = {key: (number, key == group[0]) for number, group in enumerate(result.groups, 1) for key in group}
    evidence: dict[Key, str] = {}
    for a, b, verdict in result.links:
        for key in (a, b):
            evidence.setdefault(key, f"{a} = {b}: {', '.join(verdict.evidence)}")
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("record_id", "group_id", "kept", "evidence"))
        for key in keys:
            number, kept = group_of.get(key, ("", True))
            writer.writerow((key, number, int(kept), evidence.get(key, "") if number else ""))


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """One row per pair, with what speaks for and against."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("record_id_1", "record_id_2", "likelihood", "evidence", "against"))
        for a, b, verdict in pairs:
            writer.writerow((a, b, f"{verdict.likelihood:.3f}", ", ".join(verdict.evidence), ", ".join(verdict.vetoes)))
