"""The checklists that are shipped: data files with every item in our own words."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "data"
ORDER = ("prisma-2020", "prisma-2020-abstract", "prisma-s", "entreq")


@dataclass(frozen=True)
class ChecklistItem:
    """One item. `facts` name what the data can say to it, `place` where in the product that is kept, `seldom` why it may
    not apply to a qualitative review."""

    number: str
    section: str
    name: str
    asks: str
    facts: tuple[str, ...] = ()
    place: str = ""
    seldom: str = ""


@dataclass(frozen=True)
class Checklist:
    key: str
    title: str
    short: str
    citation: str
    note: str
    items: tuple[ChecklistItem, ...]

    def item(self, number: str) -> ChecklistItem | None:
        return next((item for item in self.items if item.number == number), None)

    def after(self, number: str) -> str:
        """The number of the item behind this one; empty behind the last."""
        numbers = [item.number for item in self.items]
        place = numbers.index(number) + 1
        return numbers[place] if place < len(numbers) else ""


def _read(key: str) -> Checklist:
    content: dict[str, Any] = json.loads((FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    items = tuple(ChecklistItem(**item | {"facts": tuple(item.get("facts", ()))}) for item in content.pop("items"))
    return Checklist(**content, items=items)


@cache
def checklists() -> dict[str, Checklist]:
    """All of them by key."""
    return {key: _read(key) for key in ORDER}
