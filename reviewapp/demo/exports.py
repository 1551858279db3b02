"""The demo's export files and what they are known to hold; `python -m reviewapp.demo.exports OUTDIR` writes them."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from reviewapp.demo import votes
from reviewapp.demo.catalogue import full_works, midway_works
from reviewapp.demo.dialects import file_of
from reviewapp.demo.truth import Outcome, Place, Truth, WorkTruth
from reviewapp.demo.versions import version_of
from reviewapp.demo.works import Work, dice, load


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One database's export with the search that stands behind it; `run_on` is an ISO date."""

    database: str
    platform: str
    filename: str
    format: str
    content: bytes
    strategy: str
    hits: int
    run_on: str
    limits: str
    note: str


@dataclass(frozen=True, slots=True)
class DemoReview:
    """The files a person would upload, and the truth about them."""

    files: tuple[ExportFile, ...]
    truth: Truth


@cache
def build_demo() -> DemoReview:
    """The published review: five files, 1,956 references of 945 works."""
    works = full_works()
    stages = {work.id: votes.full_votes(work) for work in works}
    outcomes = {work.id: votes.outcome_of(work) for work in works}
    return _build("full", works, stages, outcomes)


@cache
def build_midway() -> DemoReview:
    """The second review: three files, standing in the middle of screening; its disguised pairs are left undecided."""
    works = midway_works()
    outcomes: dict[str, tuple[Outcome, str]] = {work.id: ("in_progress", "") for work in works}
    return _build("midway", works, votes.midway_votes(works), outcomes)


def _build(
    scope: str,
    works: Sequence[Work],
    stages: Mapping[str, votes.Stages],
    outcomes: Mapping[str, tuple[Outcome, str]],
) -> DemoReview:
    files: list[ExportFile] = []
    places: dict[str, list[Place]] = defaultdict(list)
    for search in load("searches")[scope]["searches"]:
        held = _in_file_order(works, search["key"])
        files.append(_export(search, held))
        for position, work in enumerate(held, start=1):
            places[work.id].append((search["database"], position))
    known = {work.id: _truth_of(work, places[work.id], outcomes[work.id], stages[work.id]) for work in works}
    lookalikes = [tuple(row["id"] for row in pair["works"]) for pair in load("lookalikes")[scope]]
    return DemoReview(tuple(files), _truth(works, known, lookalikes))


def _in_file_order(works: Sequence[Work], database: str) -> list[Work]:
    """The works a database holds, newest first as databases list them, otherwise in an order of its own."""
    held = [work for work in works if database in work.databases]
    dice("order", database).shuffle(held)
    return sorted(held, key=lambda work: -work.year)


def _export(search: Mapping[str, Any], held: Sequence[Work]) -> ExportFile:
    content = file_of(search["key"], [version_of(work, search["key"]) for work in held])
    names = ("database", "platform", "filename", "format", "strategy", "run_on", "limits", "note")
    return ExportFile(content=content, hits=len(held), **{name: search[name] for name in names})


def _truth_of(work: Work, places: Sequence[Place], outcome: tuple[Outcome, str], stages: votes.Stages) -> WorkTruth:
    return WorkTruth(work.id, work.title, work.simulated, tuple(places), *outcome, *stages)


def _truth(works: Sequence[Work], known: Mapping[str, WorkTruth], lookalikes: Sequence[tuple[str, ...]]) -> Truth:
    disguised = [known[work.id].references for work in works if work.disguise]
    return Truth(
        works=known,
        work_of={place: work.id for work in known.values() for place in work.references},
        same_pairs=tuple(pair for references in disguised for pair in combinations(references, 2)),
        different_pairs=tuple(
            (a, b) for one, other in lookalikes for a in known[one].references for b in known[other].references
        ),
    )


def main(arguments: Sequence[str]) -> int:
    """Write all files of both reviews into a folder."""
    parser = argparse.ArgumentParser(prog="python -m reviewapp.demo.exports", description=main.__doc__)
    parser.add_argument("folder", type=Path, metavar="OUTDIR")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*build_demo().files, *build_midway().files):
        (folder / file.filename).write_bytes(file.content)
        sys.stdout.write(f"{file.filename}: {file.hits:,} references ({file.database})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
