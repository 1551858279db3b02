"""Block keys: two entries are compared only when one of these is equal, so a database can find candidates by equality too."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from screening.duplicates.entries import Fingerprint

BLOCK_LIMIT = 60  # larger blocks are split by a finer key, then walked in a sorted window
LARGEST = (
    300  # what more share than that ("…: a randomised trial") names nothing; other keys bring such entries together
)
WINDOW = 12
ABSTRACT_PIECES = (slice(0, 40), slice(160, 200))


def block_keys(print_: Fingerprint) -> tuple[int, ...]:
    """The keys as signed 64-bit numbers, sorted, without repetition."""
    return tuple(sorted({_hashed(text) for text in _texts(print_)}))


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _texts(p: Fingerprint) -> Iterator[str]:
    if p.doi:
        yield f"doi {p.doi}"
    if p.pmid:
        yield f"pmid {p.pmid}"
    for trial in p.trials:
        yield f"trial {trial}"
    yield from _title_texts(p)
    yield from _place_texts(p)
    for piece in ABSTRACT_PIECES:
        if len(p.abstract) >= piece.stop:
            yield f"abstract {piece.start} {p.abstract[piece]}"


def _title_texts(p: Fingerprint) -> Iterator[str]:
    for title in p.titles:
        if len(title) >= 8:
            yield f"start {title[:28]}"
            yield f"end {title[-28:]}"
    longest = sorted(set(p.words), key=lambda word: (-len(word), word))
    if len(longest) >= 3:
        yield "words " + " ".join(sorted(longest[:3]))
    if p.authors and longest and p.year:
        yield f"author {p.authors[0]} {p.year} {longest[0]}"
        yield f"author {p.authors[0]} {p.year} {longest[1]}" if len(longest) > 1 else f"author {p.authors[0]} {p.year}"


def _place_texts(p: Fingerprint) -> Iterator[str]:
    if not p.pages:
        if p.authors and p.volume and p.year:
            yield f"volume {p.authors[0]} {p.volume} {p.year}"
        return
    first, last = p.pages[0]
    if p.volume:
        yield f"place {p.volume} {first} {last}" if not last else f"place {p.volume} {first}"
        if p.authors:
            yield f"volume {p.authors[0]} {p.volume} {p.year}"
    if p.authors:
        yield f"page {p.authors[0]} {first}"
    if p.year:
        yield f"year {p.year} {first} {last} {p.journal[0][0][:3] if any(p.journal) else ''}"


def candidate_positions(ordered: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Positions of the pairs that share a key, sorted."""
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for position, print_ in enumerate(ordered):
        for key in print_.block_keys:
            blocks[key].append(position)
    return pairs_in(ordered, blocks.values())


def pairs_in(ordered: Sequence[Fingerprint], blocks: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Each pair of positions that stand in one of the blocks, once; of a large block only neighbours, of the largest none."""
    total = len(ordered)
    found: set[int] = set()
    for members in blocks:
        if len(members) > LARGEST:
            continue
        if len(members) > BLOCK_LIMIT:
            found.update(a * total + b for a, b in _inside_large(ordered, members))
        elif len(members) > 1:
            found.update(a * total + b for place, a in enumerate(members) for b in members[place + 1 :])
    return [divmod(code, total) for code in sorted(found)]


def _inside_large(ordered: Sequence[Fingerprint], members: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours by title and by place; a block of eighty editorials needs no 3,160 comparisons."""
    by_title = sorted(members, key=lambda position: (ordered[position].title, _place(ordered[position]), position))
    by_place = sorted(members, key=lambda position: (_place(ordered[position]), ordered[position].title, position))
    for line in (by_title, by_place):
        for place, a in enumerate(line):
            for b in line[place + 1 : place + WINDOW]:
                yield min(a, b), max(a, b)


def _place(p: Fingerprint) -> tuple[str, str, str, int]:
    return p.authors[0] if p.authors else "", p.volume, p.pages[0][0] if p.pages else "", p.year or 0
