"""Answers and years in the words in which they are printed."""

from collections.abc import Sequence
from typing import Any

from appraisal.choices import ItemKind
from appraisal.models import Item
from screening.models import Record, Study


def years_of(studies: Sequence[Study]) -> dict[int, int | None]:
    """Id of each study with its year; of several reports the earliest, since later rows of a dict win."""
    records = Record.objects.filter(report__study__in=studies).order_by("-year")
    return dict(records.values_list("report__study_id", "year"))


def in_print(item: Item, value: Any) -> str | list[str] | None:
    """An answer in the words of the instrument: a text, or a list of entries."""
    if value is None:
        return None
    labels = {answer["code"]: answer["label"] for answer in item.answers_offered}
    if item.kind == ItemKind.CHOICE:
        return labels.get(value, str(value))
    if item.kind == ItemKind.MULTIPLE:
        return [labels.get(code, str(code)) for code in value]
    if item.kind == ItemKind.TABLE:
        return ["; ".join(cell for cell in cells if cell) for cells in value]
    return [str(entry) for entry in value] if isinstance(value, list) else str(value)


def lines_of(item: Item, value: Any) -> list[str]:
    """An answer as the lines in which it is printed; none for no answer. Takes what was typed too, fitting or not."""
    typed = [value] if item.kind == ItemKind.MULTIPLE and isinstance(value, str) else value
    printed = in_print(item, typed or None)
    return printed if isinstance(printed, list) else [] if printed is None else [printed]
