"""What the demo's files and votes are known to hold, so that playing them through can be checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["include", "maybe", "exclude"]
Outcome = Literal["excluded_title_abstract", "excluded_full_text", "included_full_text", "in_progress"]
Place = tuple[str, int]  # (database name, position in its file, counted from 1)


@dataclass(frozen=True, slots=True)
class Vote:
    """One simulated vote; `reviewer` is the person's initials."""

    reviewer: str
    verdict: Verdict
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a conflict ends: by agreement of the voters, or by the third assessor `by`."""

    how: Literal["agreement", "adjudication"]
    verdict: Verdict
    by: str = ""
    reason: str = ""
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class StageVotes:
    """The votes of one record at one stage and, if they disagree and were settled, how."""

    votes: tuple[Vote, ...] = ()
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True)
class WorkTruth:
    """One work: where its references stand, what became of it, and who voted how."""

    id: str
    title: str
    simulated: bool
    references: tuple[Place, ...]
    outcome: Outcome
    reason: str
    title_abstract: StageVotes
    full_text: StageVotes


@dataclass(frozen=True, slots=True)
class Truth:
    """All works, the work of each reference, and the pairs left to a person on purpose.

    `same_pairs` are one work in disguise, `different_pairs` resemble one another and are two works; a person in the
    finished demo rules by `is_same`, in the second one they wait.
    """

    works: Mapping[str, WorkTruth]
    work_of: Mapping[Place, str]
    same_pairs: tuple[tuple[Place, Place], ...]
    different_pairs: tuple[tuple[Place, Place], ...]

    def is_same(self, a: Place, b: Place) -> bool:
        """The ruling on a pair of references."""
        return self.work_of[a] == self.work_of[b]
