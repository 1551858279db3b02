"""Instruments that are shipped: data files that a review copies and then changes as it likes."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Shipped:
    """One data file: what an instrument and its items are made of."""

    key: str
    use: str
    title: str
    edition: str
    licence: str
    attribution: str
    source_url: str
    note: str
    answer_sets: dict[str, list[dict[str, str]]]
    items: tuple[dict[str, Any], ...]


@cache
def shipped() -> dict[str, Shipped]:
    """All of them by key, appraisal first."""
    found = []
    for path in FOLDER.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        found.append(Shipped(**content | {"items": tuple(content["items"])}))
    return {one.key: one for one in sorted(found, key=lambda one: (one.use, one.title))}
