"""The themes of a review from top to bottom, each with what it rests on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Level
from synthesis.models import Act, Code, Theme, ThemeCode, ThemePart, ThemeSupport
from synthesis.queries.evidence import Evidence, Tally, evidence

WORDS = ("name", "statement", "narrative")
"""The fields of a theme that say what it means."""


@dataclass(frozen=True)
class CodeLine:
    """A code with what its codings, and those of the codes under it, come to."""

    code: Code
    tally: Tally
    studies: Sequence[Study]
    under: int
    """How many codes stand under it and are counted with it."""
    themes: Sequence[Theme]
    """The descriptive themes it is in."""

    @property
    def codings(self) -> int:
        return self.tally.codings

    @property
    def quotes(self) -> int:
        """Passages: one that bears several of the codes counts once."""
        return len(self.tally.passages)

    @property
    def contrary(self) -> int:
        return self.tally.contrary


@dataclass(frozen=True)
class ThemeLine:
    """A theme with what it holds and the studies that support it: the union of its parts' studies, and what is said by hand."""

    theme: Theme
    tally: Tally
    studies: Sequence[Study]
    """Supporting studies, by name."""
    codes: Sequence[CodeLine] = ()
    """Of a descriptive theme, in order."""
    parts: Sequence["ThemeLine"] = ()
    """Of an analytical theme: its descriptive ones, in order."""
    wholes: Sequence[Theme] = ()
    """Of a descriptive theme: the analytical ones it is in."""
    by_hand: Sequence[ThemeSupport] = ()

    @property
    def codings(self) -> int:
        return self.tally.codings

    @property
    def quotes(self) -> int:
        """Passages: one that bears several of the theme's codes counts once."""
        return len(self.tally.passages)

    @property
    def contrary(self) -> int:
        return self.tally.contrary

    @property
    def members(self) -> Sequence["CodeLine | ThemeLine"]:
        return self.codes or self.parts

    def all_codes(self) -> Iterator[Code]:
        """Codes that stand in the theme or in its parts, each once."""
        lines = [line for part in self.parts for line in part.codes] or list(self.codes)
        yield from {line.code.pk: line.code for line in lines}.values()


@dataclass(frozen=True)
class ThemeTree:
    """All themes of a review. Analytical themes hold lines of descriptive ones; `loose` are in no analytical theme."""

    studies: Sequence[Study]
    """Every included study, by name."""
    analytical: Sequence[ThemeLine]
    descriptive: Sequence[ThemeLine]
    """All descriptive themes, in order."""
    loose: Sequence[ThemeLine]
    unassigned: Sequence[CodeLine]
    """Codes that are in no theme, neither themselves nor by a code above them."""
    codes: Sequence[CodeLine]
    """All codes that everybody sees, by name."""
    evidence: Evidence = field(repr=False)

    @property
    def themes(self) -> list[ThemeLine]:
        """Every theme once: each analytical one followed by its parts, then those in none."""
        found: dict[int, ThemeLine] = {}
        for whole in self.analytical:
            found.setdefault(whole.theme.pk, whole)
            for part in whole.parts:
                found.setdefault(part.theme.pk, part)
        return [*found.values(), *self.loose]

    def line(self, theme: Theme) -> ThemeLine:
        return next(line for line in (*self.analytical, *self.descriptive) if line.theme.pk == theme.pk)


def theme_tree(review: Review) -> ThemeTree:
    """Analytical themes, their descriptive ones, their codes, each with counts and studies; nine queries at any size.

    Everything rests on what the team holds (`held_codings`) of included studies, so every reader gets the same. A study supports
    a theme when a coding of one of its codes that is not contrary lies in it, or when the team said so by hand.
    """
    return tree_of(review, evidence(review))


def tree_of(review: Review, held: Evidence) -> ThemeTree:
    """The same from rows that were read already, or from some of them only."""
    themes = list(Theme.objects.filter(review=review, removed_at=None))
    by_pk = {theme.pk: theme for theme in themes}
    places: defaultdict[int, list[UUID]] = defaultdict(list)
    homes: defaultdict[UUID, list[Theme]] = defaultdict(list)
    for theme, code in ThemeCode.objects.filter(theme__in=by_pk, removed_at=None).values_list("theme", "code"):
        if code in held.codes:
            places[theme].append(code)
            homes[code].append(by_pk[theme])
    parts: defaultdict[int, list[int]] = defaultdict(list)
    wholes: defaultdict[int, list[Theme]] = defaultdict(list)
    for theme, part in ThemePart.objects.filter(theme__in=by_pk, part__in=by_pk, removed_at=None).values_list(
        "theme", "part"
    ):
        parts[theme].append(part)
        wholes[part].append(by_pk[theme])
    by_hand: defaultdict[int, list[ThemeSupport]] = defaultdict(list)
    for said in ThemeSupport.objects.filter(theme__in=by_pk, removed_at=None).select_related("study", "created_by"):
        by_hand[said.theme_id].append(said)

    families = held.families()
    tallies = held.tallies()
    codes = {pk: _code_line(held, code, families[pk], tallies, homes[pk]) for pk, code in held.codes.items()}
    descriptive = {
        theme.pk: _theme_line(
            held,
            theme,
            by_hand[theme.pk],
            # By single codes, for a code and one under it may both be in the theme.
            Tally.of(tallies[pk] for pk in {each for code in places[theme.pk] for each in families[code]}),
            codes=[codes[pk] for pk in places[theme.pk]],
            wholes=wholes[theme.pk],
        )
        for theme in themes
        if theme.level == Level.DESCRIPTIVE
    }
    analytical = [
        _analytical(held, theme, by_hand[theme.pk], [descriptive[pk] for pk in parts[theme.pk]], families, tallies)
        for theme in themes
        if theme.level == Level.ANALYTICAL
    ]
    placed = {each for found in places.values() for code in found for each in families[code]}
    return ThemeTree(
        studies=list(held.studies.values()),
        analytical=analytical,
        descriptive=list(descriptive.values()),
        loose=[line for line in descriptive.values() if not line.wholes],
        unassigned=[line for pk, line in codes.items() if pk not in placed],
        codes=list(codes.values()),
        evidence=held,
    )


def _code_line(
    held: Evidence, code: Code, family: Sequence[UUID], tallies: dict[UUID, Tally], homes: Sequence[Theme]
) -> CodeLine:
    tally = tallies[code.pk] if len(family) == 1 else Tally.of(tallies[pk] for pk in family)
    return CodeLine(code, tally, _named(held, tally.supporting), len(family) - 1, homes)


def _analytical(
    held: Evidence,
    theme: Theme,
    by_hand: Sequence[ThemeSupport],
    parts: Sequence[ThemeLine],
    families: dict[UUID, list[UUID]],
    tallies: dict[UUID, Tally],
) -> ThemeLine:
    codes = {each for part in parts for line in part.codes for each in families[line.code.pk]}
    tally = Tally.of(tallies[pk] for pk in codes)
    # What the parts hold, with what was said of them by hand.
    tally.supporting = {study.pk for part in parts for study in part.studies}
    return _theme_line(held, theme, by_hand, tally, parts=parts)


def _theme_line(
    held: Evidence,
    theme: Theme,
    by_hand: Sequence[ThemeSupport],
    tally: Tally,
    *,
    codes: Sequence[CodeLine] = (),
    parts: Sequence[ThemeLine] = (),
    wholes: Sequence[Theme] = (),
) -> ThemeLine:
    supporting = set(tally.supporting)
    supporting |= {said.study_id for said in by_hand if said.counts}
    supporting -= {said.study_id for said in by_hand if not said.counts}
    return ThemeLine(theme, tally, _named(held, supporting), codes, parts, wholes, by_hand)


def _named(held: Evidence, studies: Iterable[int]) -> list[Study]:
    wanted = set(studies)
    return [study for pk, study in held.studies.items() if pk in wanted]


def history_of(theme: Theme) -> list[tuple[Act, list[tuple[str, str, str]]]]:
    """Acts that changed a theme's own words, newest first, each with (field, before, after)."""
    acts = Act.objects.filter(review=theme.review_id, undone_at=None)
    acts = acts.filter(changes__contains=[{"model": "theme", "ids": [str(theme.pk)]}]).select_related("person")
    return [(each, changed) for each in acts.order_by("-at") if (changed := _changed(each, theme))]


def _changed(one: Act, theme: Theme) -> list[tuple[str, str, str]]:
    return [
        (word, change["before"][word], change["after"][word])
        for change in one.changes
        if change["model"] == "theme" and str(theme.pk) in change["ids"]
        for word in WORDS
        if word in change["after"]
    ]
