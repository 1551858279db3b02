"""Line coverage: how many lines of a text were coded or set aside, by one person and by the team."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from synthesis.choices import Layer
from synthesis.models import CodingComparison, FindingsText, TextVersion
from synthesis.rules.lines import Line, Span, lines_of, touched
from synthesis.visibility import codings_visible_to, plan_of, set_aside_visible_to

MOST_TEXTS = 400
_lines: OrderedDict[str, list[Line]] = OrderedDict()
"""Lines by the hash of the text: they depend on it alone, and a text never changes."""


@dataclass(frozen=True)
class Coverage:
    """Of so many lines so many are coded or set aside."""

    lines: int = 0
    touched: int = 0

    @property
    def percent(self) -> int:
        """Whole percent, 100 only when every line is touched."""
        return 100 * self.touched // self.lines if self.lines else 0

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(self.lines + other.lines, self.touched + other.touched)


def lines_of_version(version: TextVersion) -> list[Line]:
    if version.sha256 not in _lines:
        _keep(version.sha256, version.content)
    return _lines[version.sha256]


def _keep(sha256: str, content: str) -> None:
    _lines[sha256] = lines_of(content)
    while len(_lines) > MOST_TEXTS:
        _lines.popitem(last=False)


def lines_by_version(versions: Collection[int]) -> dict[int, list[Line]]:
    hashes = dict(TextVersion.objects.filter(pk__in=versions).values_list("pk", "sha256"))
    known = {pk: _lines[sha256] for pk, sha256 in hashes.items() if sha256 in _lines}
    for version in TextVersion.objects.filter(pk__in=set(hashes) - set(known)):
        known[version.pk] = lines_of_version(version)
    return known


def coverage_of(lines: Collection[Line], spans: Iterable[Span]) -> Coverage:
    return Coverage(len(lines), sum(touched(list(lines), spans)))


@dataclass(frozen=True)
class StudyCoverage:
    own: Coverage
    team: Coverage | None
    """None while the reader must not know what others coded."""


def coverage_by_study(reader: User, review: Review) -> dict[int, StudyCoverage]:
    """Every study that has a text, in a fixed number of queries once its lines are known."""
    study_of = _studies_of_current(review)
    lines = lines_by_version(study_of)
    own, team = defaultdict[int, list[Span]](list), defaultdict[int, list[Span]](list)
    codings = codings_visible_to(reader, review).filter(version__in=study_of).order_by()
    for version, coder, layer, start, end in codings.values_list("version", "coder", "layer", "start", "end"):
        team[version].append((start, end))
        if coder == reader.pk and layer == Layer.OWN:
            own[version].append((start, end))
    aside = set_aside_visible_to(reader, review).filter(version__in=study_of).order_by()
    for version, coder, start, end in aside.values_list("version", "coder", "start", "end"):
        team[version].append((start, end))
        if coder == reader.pk:
            own[version].append((start, end))
    is_open = plan_of(review).is_open
    revealed = set(CodingComparison.objects.filter(study__review=review).values_list("study", flat=True))
    found: dict[int, StudyCoverage] = {}
    for version, study in study_of.items():
        before = found.get(study, StudyCoverage(Coverage(), Coverage()))
        mine = before.own + coverage_of(lines[version], own[version])
        all_of_us = (before.team or Coverage()) + coverage_of(lines[version], team[version])
        found[study] = StudyCoverage(mine, all_of_us if is_open or study in revealed else None)
    return found


def _studies_of_current(review: Review) -> dict[int, int]:
    """The study of every version that is current."""
    texts = FindingsText.objects.originals().filter(review=review)
    return dict(texts.order_by("pk").values_list("current", "study"))
