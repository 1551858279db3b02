"""What a table tells the archive of a review about itself. Each app lists its own tables beside its reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scope:
    """Whose archive it is: rows are those that the reader may see."""

    review: Any
    reader: Any


@dataclass(frozen=True)
class Table:
    """One table of the archive: its rows for a reader, and what of a row is not written.

    `own_words` are fields in which people wrote freely; an anonymised archive leaves them empty. `veiled` gives values that
    stand in a row's place as long as the reader may not know the true ones.
    """

    model: Any
    about: str
    rows: Callable[[Scope], Any]
    without: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    veiled: Callable[[Scope, Any], dict[str, Any]] | None = None

    @property
    def name(self) -> str:
        return str(self.model._meta.label_lower)


def inside(model: Any, path: str = "review") -> Callable[[Scope], Any]:
    """All rows whose path leads to the review: for tables that are open to every member."""
    return lambda scope: model._default_manager.filter(**{path: scope.review})
