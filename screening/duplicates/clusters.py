"""From links to groups: union-find, human rulings first, and no group in which two members contradict one another."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Link = tuple[int, int, float]


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
) -> Clusters:
    """Join the strongest links first; a link that would bring two contradicting entries together is refused."""
    result = Clusters()
    member_of: dict[int, list[int]] = {}
    forbidden = _neighbours(apart)
    for a, b in sorted({(min(a, b), max(a, b)) for a, b in together}):
        _join(member_of, a, b)
    for link in sorted(links, key=lambda link: (-link[2], link[0], link[1])):
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
