"""What a project holds, as far as it is exchanged. Identifiers are lower-case GUIDs without braces."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class User:
    guid: str
    name: str


@dataclass(frozen=True)
class Code:
    """A code with those under it, in order."""

    guid: str
    name: str
    is_codable: bool = True
    colour: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
    codes: tuple["Code", ...] = ()


@dataclass(frozen=True)
class Coding:
    guid: str
    code: str
    user: str = ""
    at: str = ""


@dataclass(frozen=True)
class Selection:
    """A stretch [start, end) of a source with its codings. `name` carries the quotation."""

    guid: str
    start: int
    end: int
    name: str = ""
    user: str = ""
    at: str = ""
    codings: tuple[Coding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    guid: str
    name: str
    text: str
    user: str = ""
    at: str = ""
    selections: tuple[Selection, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A study with what is known of it, and its sources."""

    guid: str
    name: str
    values: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    guid: str
    name: str


@dataclass(frozen=True)
class Note:
    guid: str
    name: str
    text: str
    user: str = ""
    at: str = ""


@dataclass(frozen=True)
class Set:
    """A theme with its codes, or the included studies."""

    guid: str
    name: str
    description: str = ""
    codes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    name: str
    users: tuple[User, ...] = ()
    codes: tuple[Code, ...] = ()
    variables: tuple[Variable, ...] = ()
    cases: tuple[Case, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()
    sets: tuple[Set, ...] = ()
    description: str = ""
    at: str = ""


@dataclass
class Problems:
    """What a file held that was not taken over, in words."""

    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        if len(self.said) < 200 and text not in self.said:
            self.said.append(text)


class Unreadable(Exception):
    """The file is no such project, or goes beyond the limits; the message says which."""


def all_codes(codes: tuple[Code, ...]) -> list[Code]:
    """Every code of a tree, parents first."""
    return [found for code in codes for found in (code, *all_codes(code.codes))]
