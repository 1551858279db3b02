"""The keys of the screening desk: what they do, which ones a person may choose. Plain values, no database."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class Act(NamedTuple):
    key: str
    words: str


ACTS: dict[str, Act] = {
    "include": Act("i", "Include"),
    "maybe": Act("m", "Maybe"),
    "exclude": Act("e", "Exclude"),
    "undo": Act("u", "Take the last decision back"),
    "next": Act("j", "Next record, without deciding"),
    "previous": Act("k", "Previous record"),
    "note": Act("n", "Write a note"),
    "label": Act("l", "Add a label"),
    "terms": Act("h", "Show or hide the underlined terms"),
}
TAKEN = {
    "/": "searches this review", "?": "shows all keys",
    "[": "turns a page of the PDF", "]": "turns a page of the PDF", "-": "makes the PDF smaller", "+": "makes the PDF larger",
    "s": "searches in the PDF", "t": "shows small pages of the PDF", "r": "turns the PDF round",
}  # fmt: skip


def default_keys() -> dict[str, str]:
    return {act: one.key for act, one in ACTS.items()}


def keys_from(chosen: object) -> dict[str, str]:
    """The key of every act, with what a person chose; choices that do not fit together any more are left out together."""
    if not isinstance(chosen, Mapping):
        return default_keys()
    keys = default_keys() | {act: str(key) for act, key in chosen.items() if act in ACTS}
    return default_keys() if problems_of(keys) else keys


def tidy_key(key: str) -> str:
    """As the desk compares it: Shift and Caps Lock make no difference."""
    return key.strip().lower()


def problems_of(keys: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a choice of keys, by act; empty when nothing is."""
    found = {}
    uses = Counter(keys.values())
    for act, key in keys.items():
        if len(key) != 1 or not key.isprintable() or key.isspace():
            found[act] = "One key that writes one sign, please."
        elif key.isdigit():
            found[act] = "Numbers name criteria and reasons."
        elif key in TAKEN:
            found[act] = f"This key {TAKEN[key]}."
        elif uses[key] > 1:
            others = [ACTS[other].words for other, its in keys.items() if its == key and other != act]
            found[act] = f"The same key is chosen for “{others[0]}”."
    return found
