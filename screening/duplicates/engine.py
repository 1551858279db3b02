"""Finding duplicates among many entries: prepare, pair, judge, cluster."""

from collections.abc import Callable, Iterable, Sequence

from screening.duplicates.clusters import Link, cluster
from screening.duplicates.entries import Entry, Fingerprint, Key, Outcome, Result, Verdict, describe
from screening.duplicates.keys import block_keys, candidate_positions
from screening.duplicates.rules import compare

Progress = Callable[[int, int], None]
Verdicts = dict[tuple[Key, Key], Verdict]  # of pairs in the order of `in_order`; what is "different" is left out
Placed = dict[tuple[int, int], Verdict]

PROGRESS_STEP = 5000
FIRM = frozenset(("same DOI", "same PubMed number", "pages agree"))


def fingerprint(entry: Entry) -> Fingerprint:
    """The comparable form of an entry, with its block keys."""
    prepared = describe(entry)
    prepared.block_keys = block_keys(prepared)
    return prepared


def find_duplicates(
    entries: Iterable[Entry],
    *,
    same: Iterable[tuple[Key, Key]] = (),
    different: Iterable[tuple[Key, Key]] = (),
    on_progress: Progress | None = None,
) -> Result:
    """Groups among the entries; people's rulings (`same`, `different`) are never overridden. The order of entries does not matter."""
    return group(map(fingerprint, entries), same=same, different=different, on_progress=on_progress)


def group(
    prepared: Iterable[Fingerprint],
    *,
    same: Iterable[tuple[Key, Key]] = (),
    different: Iterable[tuple[Key, Key]] = (),
    on_progress: Progress | None = None,
) -> Result:
    """As `find_duplicates`, from fingerprints made earlier."""
    ordered = in_order(prepared)
    verdicts = judge(ordered, candidate_positions(ordered), on_progress)
    return assemble(ordered, verdicts, same=same, different=different)


def in_order(prepared: Iterable[Fingerprint]) -> list[Fingerprint]:
    """The one order in which all steps take the entries: by what they say, so that neither files nor numbers matter."""
    return sorted(prepared, key=_rank)


def _rank(p: Fingerprint) -> tuple[object, ...]:
    return (p.titles, p.abstract, p.authors, p.journal, p.year or 0, p.volume, sorted(p.issue), p.pages, p.doi, p.pmid,
            sorted(p.isbns), isinstance(p.key, str), p.key)  # fmt: skip


def judge(
    ordered: Sequence[Fingerprint], pairs: Sequence[tuple[int, int]], on_progress: Progress | None = None
) -> Verdicts:
    """The verdicts on pairs of positions."""
    verdicts: Verdicts = {}
    for done, (a, b) in enumerate(pairs, 1):
        verdict = compare(ordered[a], ordered[b])
        if verdict.outcome is not Outcome.DIFFERENT:
            verdicts[ordered[a].key, ordered[b].key] = verdict
        if on_progress and (done % PROGRESS_STEP == 0 or done == len(pairs)):
            on_progress(done, len(pairs))
    return verdicts


def assemble(
    ordered: Sequence[Fingerprint],
    verdicts: Verdicts,
    *,
    same: Iterable[tuple[Key, Key]] = (),
    different: Iterable[tuple[Key, Key]] = (),
) -> Result:
    """From verdicts on pairs to groups and the pairs left to people."""
    position = {p.key: place for place, p in enumerate(ordered)}
    together, apart = _positions(same, position), _positions(different, position)
    placed = {(position[a], position[b]): verdict for (a, b), verdict in verdicts.items()}
    ruled = together | apart
    links = [
        (a, b, v.likelihood) for (a, b), v in placed.items() if v.outcome is Outcome.DUPLICATE and (a, b) not in ruled
    ]
    clusters = cluster(
        links,
        _Contradictions(ordered, placed),
        together=together,
        apart=apart,
        is_loose=lambda link: FIRM.isdisjoint(placed[link[:2]].evidence),
    )
    return _result(ordered, placed, clusters.groups, clusters.accepted, ruled)


class _Contradictions:
    """Whether two entries may not share a group, though no direct link was proposed between them."""

    def __init__(self, ordered: Sequence[Fingerprint], verdicts: Placed) -> None:
        self.ordered = ordered
        self.verdicts = verdicts

    def __call__(self, a: int, b: int) -> bool:
        verdict = self.verdicts.get((a, b)) or compare(self.ordered[a], self.ordered[b])
        return bool(verdict.vetoes)


def _positions(pairs: Iterable[tuple[Key, Key]], position: dict[Key, int]) -> set[tuple[int, int]]:
    known = ((position[a], position[b]) for a, b in pairs if a in position and b in position and a != b)
    return {(min(a, b), max(a, b)) for a, b in known}


def _result(
    ordered: Sequence[Fingerprint],
    verdicts: Placed,
    groups: list[list[int]],
    accepted: list[Link],
    ruled: set[tuple[int, int]],
) -> Result:
    group_of = {member: number for number, members in enumerate(groups) for member in members}
    result = Result(groups=[_fullest_first(ordered, members) for members in groups])
    result.links = [
        (ordered[a].key, ordered[b].key, verdicts[a, b]) for a, b, _ in sorted(accepted, key=lambda link: link[:2])
    ]
    for (a, b), verdict in verdicts.items():
        if (a, b) in ruled or (a in group_of and group_of[a] == group_of.get(b)):
            continue
        target = result.related if verdict.outcome is Outcome.RELATED else result.uncertain
        target.append((ordered[a].key, ordered[b].key, verdict))
    for listed in (result.uncertain, result.related):
        listed.sort(key=lambda pair: (-pair[2].likelihood, str(pair[0]), str(pair[1])))
    return result


def _fullest_first(ordered: Sequence[Fingerprint], members: list[int]) -> list[Key]:
    return [ordered[member].key for member in sorted(members, key=lambda m: (-ordered[m].completeness, m))]
