"""What changed in the diagram between two moments, box by box."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviewapp.reporting.past.picture import Ids, Picture
from reviewapp.reporting.prisma.layout import Template, contents

NOTHING: Ids = frozenset()
COLUMNS = ("key", "box", "then", "now", "change", "came", "went")


@dataclass(frozen=True)
class Change:
    """One number of the diagram. `came` and `went` are ids, since a number may stay the same while its records do not."""

    key: str
    words: str
    then: int | None
    now: int | None
    came: Ids
    went: Ids
    part: bool = False

    @property
    def by(self) -> int:
        return (self.now or 0) - (self.then or 0)

    @property
    def by_in_words(self) -> str:
        return "none" if not self.by else f"{self.by:+,}".replace("-", "−")

    @property
    def is_one(self) -> bool:
        return bool(self.by or self.came or self.went)


def changes(then: Picture, now: Picture) -> list[Change]:
    """Every number of either diagram, in reading order."""
    template = Template.of(
        updated=then.counts.is_update or now.counts.is_update,
        other_methods=then.counts.has_other_methods or now.counts.has_other_methods,
    )
    numbers = dict(then.counts.flat()), dict(now.counts.flat())
    found = []
    for key, (words, part) in _lines(then, now, template).items():
        name = f"{key}_reports" if key in ("dbr_excluded", "other_excluded") else key
        came = (now.behind(name) or NOTHING) - (then.behind(name) or NOTHING)
        went = (then.behind(name) or NOTHING) - (now.behind(name) or NOTHING)
        values = [_value(counted, key, name) for counted in numbers]
        if values != [None, None]:
            found.append(Change(name, words, values[0], values[1], came, went, part))
    return found


def _value(numbers: Mapping[str, int], key: str, name: str) -> int | None:
    """A line that one of the two diagrams does not have counts nothing there; a number that it does not report stays unknown."""
    if name in numbers:
        return numbers[name]
    pending = {part for part in numbers if part.startswith("pending/")}
    if key in pending:
        return numbers[key]
    return 0 if "/" in key else None


def _lines(then: Picture, now: Picture, template: Template) -> dict[str, tuple[str, bool]]:
    """Keys of both diagrams with the words before their number."""
    lines: dict[str, tuple[str, bool]] = {}
    for texts in zip(contents(now.counts, template).values(), contents(then.counts, template).values(), strict=True):
        for entries in texts:
            for entry in entries:
                if entry.key:
                    lines.setdefault(entry.key, (entry.text.rpartition(" (n = ")[0], entry.depth > 0))
    return lines


def table_rows(found: list[Change]) -> Iterator[list[str | int]]:
    """The same for a file, with the ids."""
    for one in found:
        then, now = ("" if value is None else value for value in (one.then, one.now))
        yield [
            one.key,
            one.words,
            then,
            now,
            one.by,
            *(" ".join(map(str, sorted(ids))) for ids in (one.came, one.went)),
        ]
