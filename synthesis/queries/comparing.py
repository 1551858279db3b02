"""A study's independent codings side by side, and what became of each difference."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Layer
from synthesis.models import Code, Coding, CodingAssignment, CodingComparison, CodingSettlement, TextVersion
from synthesis.rules.overlap import Group, Segment, groups_of


@dataclass(frozen=True)
class Case:
    """Codings that stand beside one another, at most one of each coder, and their settlement if there is one."""

    group: Group
    codings: tuple[Coding, ...]
    code: Code
    version_id: int
    settlement: CodingSettlement | None

    @property
    def key(self) -> str:
        """What names the case in addresses: its first coding."""
        return str(self.codings[0].pk)

    @property
    def kind(self) -> str:
        return self.group.kind

    @property
    def start(self) -> int:
        return self.group.span[0]

    @property
    def end(self) -> int:
        return self.group.span[1]

    @property
    def matches(self) -> bool:
        """Whether all coders agree and nothing was settled: agreed at the comparison, or since codes were merged."""
        return self.group.is_agreed and self.settlement is None

    @property
    def state(self) -> str:
        """settled, proposed or open."""
        if self.settlement is None:
            return "open"
        return "settled" if self.settlement.settled_at else "proposed"

    @property
    def is_open(self) -> bool:
        return self.state != "settled"

    @property
    def codes(self) -> list[Code]:
        """The different codes given, in the order of the codings."""
        return list({coding.code_id: coding.code for coding in self.codings}.values())


@dataclass(frozen=True)
class SideBySide:
    """All cases of one compared study, in the order of its texts."""

    comparison: CodingComparison
    people: list[User]
    cases: list[Case]
    versions: dict[int, TextVersion] = field(default_factory=dict)

    @property
    def open_cases(self) -> list[Case]:
        return [case for case in self.cases if case.is_open]

    def case(self, key: str) -> Case | None:
        return next((case for case in self.cases if case.key == key), None)


def coders_of(study: Study) -> list[User]:
    """Who coded the study independently, in the order in which it was given to them."""
    standing = CodingAssignment.objects.filter(study=study, withdrawn_at=None).select_related("person")
    return [assignment.person for assignment in standing.order_by("pk")]


def side_by_side(comparison: CodingComparison) -> SideBySide:
    """The comparison of a study, in a fixed number of queries. Codes count as what they were merged into since."""
    study = comparison.study
    people = coders_of(study)
    codings = list(
        Coding.objects.filter(study=study, layer=Layer.OWN, removed_at=None, coder__in=people).select_related("coder")
    )
    roots = roots_of(study.review)
    for coding in codings:
        coding.code = roots[coding.code_id]
    settled = _settlements(comparison)
    by_text: defaultdict[int, list[Coding]] = defaultdict(list)
    for coding in codings:
        by_text[coding.version_id].append(coding)
    versions = TextVersion.objects.filter(pk__in=by_text).select_related("text").in_bulk()
    order = sorted(by_text, key=lambda pk: (versions[pk].text_id, versions[pk].number))
    cases = [case for pk in order for case in _cases(by_text[pk], len(people), comparison.overlap, settled)]
    return SideBySide(comparison, people, cases, versions)


def _cases(codings: Sequence[Coding], people: int, overlap: float, settled: dict[UUID, CodingSettlement]) -> list[Case]:
    """Settled ones as they were settled, whatever the codes were merged into since; the others as they stand now."""
    cases = []
    done: defaultdict[int, list[Coding]] = defaultdict(list)
    for coding in codings:
        if coding.pk in settled:
            done[settled[coding.pk].pk].append(coding)
    for members in done.values():
        group = Group(tuple(sorted(map(segment_of, members), key=lambda s: (s.start, s.end, s.coder))), people, overlap)
        cases.append(_case(group, {coding.pk: coding for coding in members}, settled[members[0].pk]))
    left = {coding.pk: coding for coding in codings if coding.pk not in settled}
    found = groups_of([segment_of(coding) for coding in left.values()], people, overlap)
    cases += [_case(group, left, None) for group in found]
    return sorted(cases, key=lambda case: (case.start, case.end, case.key))


def _case(group: Group, codings: dict[UUID, Coding], settlement: CodingSettlement | None) -> Case:
    members = tuple(codings[segment.key] for segment in group.segments)  # type: ignore[index]
    return Case(group, members, members[0].code, members[0].version_id, settlement)


def segment_of(coding: Coding) -> Segment:
    return Segment(coding.pk, coding.coder_id or 0, coding.code_id, coding.start, coding.end)


def roots_of(review: Review) -> dict[UUID, Code]:
    """Every code of the review by id, as what it was merged into."""
    codes = Code.objects.filter(review=review).in_bulk()

    def root(code: Code) -> Code:
        while code.merged_into_id:
            code = codes[code.merged_into_id]
        return code

    return {pk: root(code) for pk, code in codes.items()}


def _settlements(comparison: CodingComparison) -> dict[UUID, CodingSettlement]:
    """The standing settlement of each coding that has one."""
    standing = (
        CodingSettlement.objects.filter(comparison=comparison, set_aside_at=None)
        .select_related("proposed_by")
        .prefetch_related("confirmed_by")
        .in_bulk()
    )
    link = Coding.settles.through
    found = link.objects.filter(codingsettlement_id__in=standing).values_list("coding_id", "codingsettlement_id")
    return {coding: standing[settlement] for coding, settlement in found}
