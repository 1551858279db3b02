"""Labels of other programs in imported text, recognised where they would tell a judgement before its time.

Whatever may be one is taken for one: a field that is hidden too long harms less than a verdict that is read too early.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

VEIL = "[hidden: holds labels of another program, until all votes on this record are in]"

# Both are read by Postgres as well.
IN_TEXT = r"RAYYAN-|USER-NOTES\s*:|ASReview_[a-z]|Exclusion reasons?\s*:"
IN_FIELD = (
    r'\["(asreview_[a-z_]+|(label_|final_)?included?|decision|verdict|vote|screening[ _]decision|label|labels|tags|relevant|'
    r'(reasons? for )?exclusion( reasons?)?)", "[^"]|", "(included?|excluded?|maybe|undecided)"\]'
)
_TEXT = re.compile(IN_TEXT, re.IGNORECASE)
_TAG = re.compile(
    r"asreview_[a-z_]+|(label_|final_)?included?|decision|verdict|vote|screening[ _]decision|label|labels|tags|relevant|"
    r"(reasons? for )?exclusion( reasons?)?",
    re.IGNORECASE,
)
_VERDICT = re.compile(r"included?|excluded?|maybe|undecided", re.IGNORECASE)


def tells(text: str, tag: str = "") -> bool:
    """Whether a text, or the value of a field of that name, may hold a judgement made elsewhere."""
    value = text.strip()
    if not value:
        return False
    return bool(_TEXT.search(value) or _TAG.fullmatch(tag.strip()) or _VERDICT.fullmatch(value))


def line_without_labels(line: str) -> str:
    return VEIL if _TEXT.search(line) else line


def fields_tell(raw: str, fields: Sequence[Sequence[str]]) -> bool:
    return bool(_TEXT.search(raw)) or any(tells(value, tag) for tag, value in fields)


def veiled(value: Any, tag: str = "") -> Any:
    """The value with every text in it that may hold a label replaced; lists and dictionaries are looked through."""
    if isinstance(value, str):
        return VEIL if tells(value, tag) else value
    if isinstance(value, list):
        return [veiled(one, tag) for one in value]
    if isinstance(value, dict):
        return {key: veiled(one, key) for key, one in value.items()}
    return value


def without_labels(values: Sequence[str]) -> list[str]:
    """Texts that hold no label."""
    return [value for value in values if not _TEXT.search(value)]
