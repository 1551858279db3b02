"""What the team holds, as plain rows: what every count of themes and codes is made of. The same for every reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from reviewapp.reviews.models import Review
from screening.models import Study
from screening.queries.included import included_studies
from synthesis.models import Code
from synthesis.visibility import held_codings

Passage = tuple[int, int, int]
"""A stretch of a text: version, start, end."""
Row = tuple[UUID, int, int, int, int, bool]
"""A held coding: code, study, version, start, end, whether it is contrary."""


@dataclass
class Tally:
    """What some codings come to. Studies whose codings here are all contrary do not support, they are told apart."""

    codings: int
    passages: set[Passage]
    supporting: set[int]
    contrary: int
    contradicting: set[int]

    @classmethod
    def empty(cls) -> "Tally":
        return cls(0, set(), set(), 0, set())

    def add(self, row: Row) -> None:
        _, study, version, start, end, is_contrary = row
        self.codings += 1
        self.passages.add((version, start, end))
        if is_contrary:
            self.contrary += 1
            self.contradicting.add(study)
        else:
            self.supporting.add(study)

    @classmethod
    def of(cls, tallies: Iterable["Tally"]) -> "Tally":
        """Together: a passage or a study counts once, however many codes tell of it."""
        whole = cls.empty()
        for each in tallies:
            whole.codings += each.codings
            whole.contrary += each.contrary
            whole.passages |= each.passages
            whole.supporting |= each.supporting
            whole.contradicting |= each.contradicting
        return whole


@dataclass(frozen=True)
class Evidence:
    """The included studies by name, the codes that everybody sees, and every held coding of the two."""

    studies: dict[int, Study]
    codes: dict[UUID, Code]
    rows: list[Row]

    def tallies(self) -> dict[UUID, Tally]:
        """What each code's own codings come to."""
        found = {pk: Tally.empty() for pk in self.codes}
        for row in self.rows:
            found[row[0]].add(row)
        return found

    def families(self) -> dict[UUID, list[UUID]]:
        """Each code with all that stand under it: a code brings its sub-codes along."""
        under: dict[UUID | None, list[UUID]] = {}
        for pk, code in self.codes.items():
            under.setdefault(code.parent_id, []).append(pk)

        def family(pk: UUID) -> list[UUID]:
            found = [pk]
            for each in found:  # grows while it is walked
                found += under.get(each, [])
            return found

        return {pk: family(pk) for pk in self.codes}


def evidence(review: Review) -> Evidence:
    """What the team holds of its included studies; four queries, whatever the review's size."""
    studies = {study.pk: study for study in included_studies(review)}
    codes = {code.pk: code for code in Code.objects.filter(review=review, removed_at=None, shared_at__isnull=False)}
    held = held_codings(review).order_by().values_list("code", "study", "version", "start", "end", "is_contrary")
    rows = [row for row in held if row[0] in codes and row[1] in studies]
    return Evidence(studies, codes, rows)
