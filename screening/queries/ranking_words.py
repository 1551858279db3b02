"""What may be said of ranking and recall, in sentences that a methods section can quote."""

from datetime import date

from django.conf import settings
from django.utils.formats import date_format

from screening.choices import ReadingOrderKind, Stage
from screening.models import RankingRun, ReadingOrder
from screening.ranking import FEWEST_INCLUDES, Statement

RULE = "Callaghan and Müller-Hansen (2020, doi:10.1186/s13643-020-01521-4)"
ORDER_WORDS = {
    ReadingOrderKind.IMPORT: "in the order of import",
    ReadingOrderKind.RANDOM: "in random order (seed {seed})",
    ReadingOrderKind.NEWEST: "with the newest first",
    ReadingOrderKind.RANKED: "in an order that ranked likely includes first",
}


def percent(share: float) -> str:
    """95 %, 97.5 %."""
    text = f"{100 * share:.1f}"
    return f"{text.removesuffix('.0')} %"


def floor_percent(share: float) -> str:
    """Rounded down, so that no more is claimed than holds."""
    return percent(int(1000 * share + 1e-9) / 1000)


def p_in_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def plural(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def statement_in_words(said: Statement) -> list[str]:
    """The statement, honest about what is not known."""
    read = f"{said.read:,} of {plural(said.total, 'record')} are settled, {said.found:,} of them included; {said.unread:,} are not settled."
    if said.p is None or said.recall is None:
        return [
            read,
            f"Whether enough was found cannot be told yet: the test needs at least {FEWEST_INCLUDES} included records.",
        ]
    if not said.unread:
        return [read, "Everything was read, so nothing was missed by stopping early."]
    sure = percent(said.confidence)
    interval = f"Between {floor_percent(said.recall)} and 100 % of the includes are found, with {sure} confidence."
    target = f"missing the target of {percent(said.target)} would give so few late includes with {p_in_words(said.p)}"
    if said.is_met:
        return [read, interval, f"The target is met: {target}."]
    more = plural(said.more_reads or 0, "more record")
    return [
        read,
        interval,
        f"The target is not met: {target}.",
        f"It would be met after {more}, if none of them is included.",
    ]


def methods_paragraph(
    chosen: ReadingOrder, run: RankingRun | None, first: date | None, said: Statement, drawn_every: int
) -> str:
    """What a methods section needs to tell: tool, version, model, order, dates, target, p and what stayed unread."""
    parts = [
        f"Records were screened at the stage “{Stage(chosen.stage).label.lower()}” in Tandem {settings.VERSION}, "
        f"{ORDER_WORDS[ReadingOrderKind(chosen.order)].format(seed=chosen.seed)}."
    ]
    if run and chosen.order == ReadingOrderKind.RANKED:
        parts.append(_of_model(run, first, drawn_every))
    parts.append(
        f"The target was fixed at {percent(chosen.target)} recall with {percent(chosen.confidence)} confidence; it was tested by the rule of {RULE}."
    )
    if said.p is not None and said.recall is not None and said.unread:
        parts.append(
            f"With {said.read:,} of {said.total:,} records settled and {said.found:,} included, the test gave {p_in_words(said.p)}; "
            f"at that confidence at least {floor_percent(said.recall)} of the includes were found. {plural(said.unread, 'record')} stayed unread."
        )
    elif said.unread:
        parts.append(
            f"{said.read:,} of {said.total:,} records are settled, {said.found:,} included; the test cannot tell yet."
        )
    else:
        parts.append(f"All {said.total:,} records were read; {said.found:,} were included.")
    return " ".join(parts)


def _of_model(run: RankingRun, first: date | None, drawn_every: int) -> str:
    by = (
        f"The model ({run.model}; features: {run.features}; seed {run.seed})"
        if run.model
        else "Likeness to the question"
    )
    since = f" between {date_format(first, 'j F Y')} and {date_format(run.at, 'j F Y')}" if first else ""
    return (
        f"{by} learnt only from records on which all votes were in ({run.includes:,} included and {run.excludes:,} excluded at the last run), was "
        f"trained anew whenever these had grown by 5 %{since}, and every {drawn_every}th place was drawn at random. It excluded nothing by itself."
    )
