"""From links to groups: union-find, human rulings first, and no group in which two members contradict one another."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Link = tuple[int, int, float]

EQUALLY = 0.005  # of likelihood


@dataclass(slots=True)
class Clusters:
    """Positions in groups; `refused` are the links that a veto inside the group kept out."""

    groups: list[list[int]] = field(default_factory=list)
    accepted: list[Link] = field(default_factory=list)
    refused: list[Link] = field(default_factory=list)


def cluster(
    links: Iterable[Link],
    contradicts: Callable[[int, int], bool],
    *,
    together: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
    is_loose: Callable[[Link], bool] = lambda link: False,
) -> Clusters:
    """Join the strongest links first; a link that would bring two contradicting entries together is refused.

    `is_loose`: whether a link rests on no place or number, so that an entry may fit two reports.
    """
    standing = sorted(links, key=lambda link: (-link[2], link[0], link[1]))
    together, apart = list(together), list(apart)
    result = _joined(standing, contradicts, together, apart)
    if torn := _torn(result, contradicts, is_loose):
        kept = [link for link in standing if link not in torn]
        result = _joined(kept, contradicts, together, apart)
        result.refused += sorted(torn)
    return result


def _torn(result: Clusters, contradicts: Callable[[int, int], bool], is_loose: Callable[[Link], bool]) -> set[Link]:
    """Loose links of an entry that fits two contradicting ones equally well: chance must not choose between them."""
    partners: defaultdict[int, list[Link]] = defaultdict(list)
    for link in filter(is_loose, result.accepted):
        partners[link[0]].append(link)
        partners[link[1]].append(link)
    torn: set[Link] = set()
    for refused in filter(is_loose, result.refused):
        for middle, other in (refused[:2], refused[1::-1]):
            for rival in partners[middle]:
                third = rival[0] + rival[1] - middle
                if rival[2] - refused[2] < EQUALLY and contradicts(min(other, third), max(other, third)):
                    torn.update((refused, rival))
    return torn


def _joined(
    links: Iterable[Link],
    contradicts: Callable[[int, int], bool],
    together: Iterable[tuple[int, int]],
    apart: Iterable[tuple[int, int]],
) -> Clusters:
    result = Clusters()
    member_of: dict[int, list[int]] = {}
    forbidden = _neighbours(apart)
    for a, b in sorted({(min(a, b), max(a, b)) for a, b in together}):
        _join(member_of, a, b)
    for link in links:
        a, b, _ = link
        group_a, group_b = member_of.get(a, [a]), member_of.get(b, [b])
        if group_a is group_b:
            result.accepted.append(link)
        elif any(y in forbidden[x] or _clash(x, y, a, b, contradicts) for x in group_a for y in group_b):
            result.refused.append(link)
        else:
            _join(member_of, a, b)
            result.accepted.append(link)
    result.groups = _groups(member_of)
    return result


def _neighbours(pairs: Iterable[tuple[int, int]]) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        found[a].add(b)
        found[b].add(a)
    return found


def _clash(x: int, y: int, a: int, b: int, contradicts: Callable[[int, int], bool]) -> bool:
    return (x, y) != (a, b) and contradicts(min(x, y), max(x, y))


def _join(member_of: dict[int, list[int]], a: int, b: int) -> None:
    group, other = member_of.setdefault(a, [a]), member_of.setdefault(b, [b])
    if group is other:
        return
    group.extend(other)
    for member in other:
        member_of[member] = group


def _groups(member_of: dict[int, list[int]]) -> list[list[int]]:
    unique = {id(group): group for group in member_of.values()}
    return sorted(sorted(group) for group in unique.values() if len(group) > 1)
