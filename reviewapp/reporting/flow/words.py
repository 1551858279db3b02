"""The flow diagram as lines of text, in the order in which it is read: for people who do not see it, and for tables."""

from dataclasses import dataclass

from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.prisma.layout import Template, contents

PHASES = {
    "previous": "Previous studies",
    "identified": "Identification", "removed": "Identification",
    "other_identified": "Identification, other methods",
    "screened": "Screening", "excluded": "Screening", "dbr_sought": "Screening", "dbr_missing": "Screening",
    "dbr_assessed": "Screening", "dbr_excluded": "Screening",
    "other_sought": "Screening, other methods", "other_missing": "Screening, other methods",
    "other_assessed": "Screening, other methods", "other_excluded": "Screening, other methods",
    "included": "Included", "total": "Included",
}  # fmt: skip
ORDER = ("previous", "identified", "removed", "screened", "excluded", "dbr_sought", "dbr_missing", "dbr_assessed",
         "dbr_excluded", "other_identified", "other_sought", "other_missing", "other_assessed", "other_excluded",
         "included", "total")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A number of the figure; `number` holds the dagger of one entered by hand, `depth` is 1 for a part of the line above."""

    phase: str
    words: str
    number: str
    key: str
    depth: int = 0


def lines(counts: PrismaCounts, template: Template) -> list[Line]:
    """Every number that the figure shows."""
    texts = contents(counts, template)
    found = []
    for box in ORDER:
        heading = ""
        for entry in texts.get(box, ()):
            words, _, number = entry.text.rpartition(" (n = ")
            if not entry.key:
                heading = entry.text.rstrip(":")
                continue
            part = f"{heading}: {words}" if heading and not entry.depth else words
            found.append(Line(PHASES[box], part, number.rstrip(":").replace(")", ""), entry.key, entry.depth))
    return found
