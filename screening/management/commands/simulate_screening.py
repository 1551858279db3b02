"""`manage.py simulate_screening LABELLED.csv[.gz]`: screen a labelled set in the order ranking would give; no database, nothing stored."""

import csv
import gzip
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from screening.ranking import Document, OneClassOnly, Simulation, features_of, simulate

GZIP = b"\x1f\x8b"
LABELS = {"1": 1, "1.0": 1, "true": 1, "yes": 1, "0": 0, "0.0": 0, "false": 0, "no": 0}


class Command(BaseCommand):
    help = (
        "Screen a labelled set (columns title, abstract, label or label_included with 0 and 1; gzip too) in the order ranking would give, "
        "beginning with one include and one exclude that the seed draws and that no figure counts."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="LABELLED.csv[.gz]")
        parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same order")
        parser.add_argument("--json", action="store_true", help="wss95, recall10, loss, ndcg, atd, retrain_ms, curve")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seed"] < 0:
            raise CommandError("A seed is a whole number from 0.")
        try:
            documents, labels = read_labelled(options["file"])
            simulation = simulate(features_of(documents), labels, options["seed"])
        except OSError as error:
            raise CommandError(f"The file cannot be opened: {error.strerror or error}.") from error
        except (Unusable, OneClassOnly) as error:
            raise CommandError(str(error)) from error
        lines = [json.dumps(simulation.as_dict())] if options["json"] else told(simulation, len(documents))
        self.stdout.write("\n".join(lines))


class Unusable(ValueError):
    """The file holds no labelled set; the message says what is missing."""


def read_labelled(path: Path) -> tuple[list[Document], list[int]]:
    """Titles with abstracts, and 1 or 0 for each. Raises Unusable, OSError."""
    csv.field_size_limit(sys.maxsize)
    documents, labels = [], []
    try:
        with _opened(path) as text:
            for line, row in enumerate(_rows(text), start=2):
                said = (row.get("label") or row.get("label_included") or "").strip().lower()
                if said not in LABELS:
                    raise Unusable(f"Row {line}: the label is {said[:40]!r}, not 0 or 1.")
                documents.append(Document(row.get("title") or "", row.get("abstract") or ""))
                labels.append(LABELS[said])
    except (UnicodeDecodeError, csv.Error, EOFError) as error:
        raise Unusable(f"The file is not a CSV table in UTF-8: {error}.") from error
    return documents, labels


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as plain:
        is_packed = plain.read(2) == GZIP
    opened = gzip.open if is_packed else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as text:
        yield text


def _rows(text: TextIO) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(text)
    names = [name.strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = names
    missing = [name for name in ("title", "abstract") if name not in names]
    if not {"label", "label_included"} & set(names):
        missing.append("label or label_included")
    if missing:
        raise Unusable(f"The table lacks the column {' and '.join(missing)}.")
    yield from reader


def told(simulation: Simulation, count: int) -> Iterator[str]:
    """The figures and the curve for a person."""
    figures, labels = simulation.figures, simulation.labels
    yield f"{count} records, {sum(labels) + 1} includes; one include and one exclude were known beforehand."
    yield f"Work saved at 95 % recall  {figures.wss95:.3f}"
    yield f"Recall after 10 % read     {figures.recall10:.3f}"
    yield f"Loss                       {figures.loss:.4f}"
    yield f"NDCG                       {figures.ndcg:.4f}"
    yield f"Mean place of an include   {100 * figures.atd:.1f} %"
    yield f"CPU time of a retraining   {simulation.retrain_ms:.0f} ms"
    yield ""
    yield " read  recall"
    found = 0
    tenths = {round(len(labels) * tenth / 20): 5 * tenth for tenth in range(1, 21)}
    for read, label in enumerate(labels, start=1):
        found += label
        if read in tenths:
            share = found / sum(labels)
            yield f"{tenths[read]:4d} %  {100 * share:5.1f} %  {'#' * round(50 * share)}"
