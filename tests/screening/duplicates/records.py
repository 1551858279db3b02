"""Invented references and the changes that databases and authors make to them."""

from dataclasses import replace
from typing import Any

from screening.duplicates import Entry

TEXT = (
    "Night shifts disturb the sleep of nurses and may raise their blood pressure. We asked whether a nap of thirty minutes during the shift lowers "
    "blood pressure on the following morning. In two hospitals, 214 nurses were allotted at random to a nap or to a quiet break; pressure was taken "
    "at eight in the morning on four days. Nurses who had slept showed pressures that were four units lower, and fewer reported headache."
)
OTHER_TEXT = (
    "Community gardens are said to bring neighbours together, yet few have measured what gardeners eat. Households in nine towns kept diaries for a "
    "summer and an autumn. Those with a plot reported more vegetables and somewhat less meat; no difference was seen in the weight of adults, and "
    "children tasted kinds of vegetables that they had refused before. Plots were given up mostly for want of time."
)
NAP = Entry(
    key=1,
    title="Short naps and morning blood pressure of nurses on night shift: a randomised trial",
    abstract=TEXT,
    authors=["Brandvold, Ingrid", "Okonjo, Peter", "Tessier, Lucie"],
    year=2014,
    journal="Journal of Occupational Nursing Research",
    volume="31",
    issue="4",
    pages="412-421",
    doi="10.5555/jonr.2014.0412",
)


def changed(entry: Entry = NAP, *, key: int = 2, **fields: Any) -> Entry:
    return replace(entry, key=key, **fields)


def without(*names: str, **fields: Any) -> Entry:
    """The nap trial under another key, some fields empty."""
    empty: dict[str, Any] = {name: None if name == "year" else "" for name in names}
    return changed(**{**empty, **fields})
