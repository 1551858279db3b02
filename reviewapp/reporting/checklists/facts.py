"""What the data can say to an item by themselves, in sentences, worked out anew each time.

Like the report, only from what every member may see; no reader is asked here.
"""

from collections.abc import Callable, Iterable
from functools import cached_property

from django.conf import settings

from appraisal.choices import Use
from appraisal.models import Instrument, Item
from appraisal.queries.matrix import Matrix, matrix
from appraisal.services.ratings import rule_in_words
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reporting.report.sections.methods import day
from reviewapp.reporting.report.source import plural
from reviewapp.reviews.models import Review
from screening.choices import CriterionKind, SearchKind, SettledBy, Stage
from screening.models import CriteriaVersion, EligibilityCriterion, StageRule
from screening.queries.duplicates import figures
from screening.queries.included import included_studies
from screening.queries.searches import SearchRow, search_rows
from screening.queries.yields import deduplication_words, removed
from synthesis.choices import Origin
from synthesis.queries.themes import ThemeTree, theme_tree
from synthesis.visibility import plan_of as coding_plan

PEOPLE = {1: "one person", 2: "two people", 3: "three people"}
SETTLED = {
    SettledBy.EITHER: "by agreement of those who differed or by a third assessor",
    SettledBy.AGREEMENT: "by agreement of those who differed",
    SettledBy.THIRD_ASSESSOR: "by a third assessor",
}


class Facts:
    """The sentences of one review; whatever several items need is asked of the database once."""

    def __init__(self, review: Review) -> None:
        self.review = review

    def say(self, names: Iterable[str]) -> str:
        """The sentences of these facts; empty when the data say nothing yet."""
        return " ".join(filter(None, (FACTS[name](self) for name in names)))

    @cached_property
    def counts(self) -> PrismaCounts:
        return prisma_counts(self.review)

    @cached_property
    def searches(self) -> list[SearchRow]:
        return search_rows(self.review)

    @cached_property
    def instruments(self) -> list[Instrument]:
        return list(Instrument.objects.filter(review=self.review, retired_at=None))

    @cached_property
    def matrices(self) -> list[Matrix]:
        return [matrix(one) for one in self.instruments if one.use == Use.APPRAISAL]

    @cached_property
    def themes(self) -> ThemeTree:
        return theme_tree(self.review)

    @cached_property
    def studies(self) -> int:
        return included_studies(self.review).count()

    def of_use(self, use: str) -> list[Instrument]:
        return [one for one in self.instruments if one.use == use]


def _joined(parts: Iterable[str]) -> str:
    """One, two and three."""
    found = list(parts)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".?!" else f"{text}."


# --- Question and protocol --------------------------------------------------------------------------------------------


def title(facts: Facts) -> str:
    return f"The review is titled “{facts.review.title}”."


def question(facts: Facts) -> str:
    review = facts.review
    fields = [f"{field.label}: {text.rstrip('. ')}" for field, text in review.framework_rows if text]
    framed = f"By {review.get_framework_display()}: {'; '.join(fields)}." if fields else ""
    return " ".join(filter(None, (_sentence(review.question), framed)))


def criteria(facts: Facts) -> str:
    found = EligibilityCriterion.objects.filter(review=facts.review, retired_at=None)
    kinds = ((CriterionKind.INCLUSION, "Included when"), (CriterionKind.EXCLUSION, "Excluded when"))
    sentences = []
    for kind, word in kinds:
        texts = [f"{one.code} {one.text.rstrip('. ')}" for one in found if one.kind == kind]
        if texts:
            sentences.append(f"{word}: {'; '.join(texts)}.")
    return " ".join(sentences)


def selection(facts: Facts) -> str:
    sentences = []
    for rule in StageRule.objects.filter(review=facts.review):
        what = "titles and abstracts" if rule.stage == Stage.TITLE_ABSTRACT else "full texts"
        alone = rule.votes_required == 1
        how = "" if alone else ", independently and without seeing each other's decisions; differences were settled "
        who = f"{what.capitalize()} were each judged by {PEOPLE[rule.votes_required]}{how}"
        sentences.append(f"{who}{'' if alone else SETTLED[SettledBy(rule.settled_by)]}.")
    return " ".join(sentences)


def registration(facts: Facts) -> str:
    return f"Registered as {facts.review.registration}." if facts.review.registration else ""


def amendments(facts: Facts) -> str:
    """Changes of the criteria after the first set stood, with the reasons given."""
    found = CriteriaVersion.objects.filter(review=facts.review).exclude(why="")
    told = [
        f"version {one.number} of {one.created_at.day} {one.created_at:%B %Y}: {one.why.rstrip('. ')}" for one in found
    ]
    return f"Changes of the eligibility criteria: {'; '.join(told)}." if told else ""


# --- Searches ---------------------------------------------------------------------------------------------------------


def _sources(facts: Facts, *kinds: str) -> str:
    rows = [row.search for row in facts.searches if row.search.kind in kinds]
    told = [f"{one.source} ({one.platform})" if one.platform else one.source for one in rows]
    return _joined(dict.fromkeys(told))


def sources(facts: Facts) -> str:
    told = []
    for row in facts.searches:
        run = f"last searched on {day(row.search)}" if row.search.run_on else "day of the search not stated"
        told.append(f"{row.search.source} ({run})")
    return f"Sources: {'; '.join(told)}." if told else ""


def databases(facts: Facts) -> str:
    found = _sources(facts, SearchKind.DATABASE)
    silent = [
        row.search.source
        for row in facts.searches
        if row.search.kind == SearchKind.DATABASE and not row.search.platform
    ]
    missing = f" The platform is not stated for {_joined(silent)}." if silent else ""
    return f"Databases searched: {found}.{missing}" if found else ""


def registers(facts: Facts) -> str:
    found = _sources(facts, SearchKind.REGISTER)
    return f"Registers searched: {found}." if found else ""


def websites(facts: Facts) -> str:
    found = _sources(facts, SearchKind.WEBSITE, SearchKind.ORGANISATION)
    return f"Websites and organisations searched: {found}." if found else ""


def citation_searching(facts: Facts) -> str:
    found = _sources(facts, SearchKind.CITATION_SEARCHING)
    return f"Citation searching: {found}." if found else ""


def other_sources(facts: Facts) -> str:
    found = _sources(facts, SearchKind.OTHER)
    return f"Other ways: {found}." if found else ""


def strategies(facts: Facts) -> str:
    if not facts.searches:
        return ""
    written = [row.search.source for row in facts.searches if row.search.strategy]
    silent = [row.search.source for row in facts.searches if not row.search.strategy]
    told = f"The strategies for {_joined(written)} are given word for word in the appendix." if written else ""
    missing = f"No strategy is recorded for {_joined(silent)}." if silent else ""
    return " ".join(filter(None, (told, missing)))


def limits(facts: Facts) -> str:
    told = [f"{row.search.source}: {row.search.limits.rstrip('. ')}" for row in facts.searches if row.search.limits]
    return f"Limits: {'; '.join(told)}." if told else ""


def dates(facts: Facts) -> str:
    told = [f"{row.search.source}: {day(row.search)}" for row in facts.searches]
    return f"Last run: {'; '.join(told)}." if told else ""


def updates(facts: Facts) -> str:
    told = [f"{row.search.source} on {day(row.search)}" for row in facts.searches if row.search.rerun_of_id]
    return f"Searches run again: {_joined(told)}." if told else ""


def totals(facts: Facts) -> str:
    told = [f"{row.search.source} {row.entries:,}" for row in facts.searches if row.files]
    return f"Records by source: {'; '.join(told)}." if told else ""


def deduplication(facts: Facts) -> str:
    found = figures(facts.review)
    return deduplication_words(facts.review, found, removed(facts.review, found)) if found.references else ""


# --- What came of it --------------------------------------------------------------------------------------------------


def flow(facts: Facts) -> str:
    counts = facts.counts
    if not counts.records_screened:
        return ""
    found = (counts.database_results or 0) + (counts.register_results or 0)
    waiting = sum(counts.pending.values())
    sentences = [
        f"{plural(found, 'record')} from databases and registers; {plural(counts.duplicates or 0, 'duplicate')} removed; "
        f"{counts.records_screened:,} screened, {counts.records_excluded or 0:,} excluded; "
        f"{plural(counts.dbr_sought_reports or 0, 'report')} sought, {counts.dbr_notretrieved_reports or 0:,} not retrieved; "
        f"{counts.dbr_assessed or 0:,} assessed in full text, {counts.dbr_excluded_total:,} excluded; "
        f"{plural(counts.new_studies or 0, 'study', 'studies')} in {plural(counts.new_reports or 0, 'report')} included.",
        f"{plural(waiting, 'decision')} still to be made." if waiting else "",
    ]
    return " ".join(filter(None, sentences))


def exclusions(facts: Facts) -> str:
    reasons = [*facts.counts.dbr_excluded.items(), *facts.counts.other_excluded.items()]
    told = "; ".join(f"{reason} ({n:,})" for reason, n in reasons)
    return f"Reports excluded in full text: {told}." if told else ""


def included(facts: Facts) -> str:
    return f"{plural(facts.studies, 'study', 'studies')} included." if facts.studies else ""


# --- Appraisal and extraction -----------------------------------------------------------------------------------------


def extraction(facts: Facts) -> str:
    return " ".join(_process(one, "Data were taken") for one in facts.of_use(Use.EXTRACTION))


def _process(instrument: Instrument, what: str) -> str:
    alone = instrument.people == 1
    how = "" if alone else " independently of each other; differences were settled and the answers signed"
    return f"{what} with the form “{instrument.title}” by {PEOPLE[instrument.people]} for each study{how}."


def items(facts: Facts) -> str:
    forms = facts.of_use(Use.EXTRACTION)
    found = Item.objects.filter(instrument__in=forms, retired_at=None).order_by("instrument", "position", "id")
    told = "; ".join(found.values_list("text", flat=True))
    return f"Data sought from each study: {told}." if told else ""


def characteristics(facts: Facts) -> str:
    if not facts.studies or not facts.of_use(Use.EXTRACTION):
        return ""
    return f"The table of characteristics tells of {plural(facts.studies, 'included study', 'included studies')}, each cited."


def findings(facts: Facts) -> str:
    has_findings = any("key_findings" in one.table_columns or one.origin for one in facts.of_use(Use.EXTRACTION))
    return "Key findings of each study are in the table of characteristics." if has_findings and facts.studies else ""


def appraisal_tool(facts: Facts) -> str:
    told = []
    for one in facts.of_use(Use.APPRAISAL):
        edition = f", {one.edition}" if one.edition else ""
        told.append(f"Studies were appraised with {one.title}{edition}.")
        told += rule_in_words(one)
    return " ".join(told)


def appraisal_process(facts: Facts) -> str:
    return " ".join(_process(one, "Studies were appraised") for one in facts.of_use(Use.APPRAISAL))


def appraisal_results(facts: Facts) -> str:
    told = []
    for found in facts.matrices:
        settled = [cell for row in found.rows for cell in row.cells if cell.label and not cell.is_open]
        if not settled:
            continue
        labels = dict.fromkeys(cell.label for cell in settled)
        answers = _joined(f"{sum(cell.label == label for cell in settled):,} {label}" for label in labels)
        ratings = [row.rating for row in found.rows if row.rating]
        rated = _joined(f"{ratings.count(label):,} {label}" for label in dict.fromkeys(ratings))
        told.append(f"{found.instrument.title}: {answers} over {plural(len(found.rows), 'study', 'studies')}.")
        told.append(f"Ratings: {rated}." if rated else "")
    return " ".join(filter(None, told))


# --- Synthesis --------------------------------------------------------------------------------------------------------


def coders(facts: Facts) -> str:
    if not facts.themes.evidence.rows:
        return ""
    plan = coding_plan(facts.review)
    how = "seeing each other's codings" if plan.is_open else "independently of each other"
    return f"Each study was coded by {PEOPLE[plan.people]}{'' if plan.people == 1 else f', {how}'}."


def coding(facts: Facts) -> str:
    held = facts.themes.evidence.rows
    if not held:
        return ""
    studies = len({row[1] for row in held})
    return (
        f"{plural(len(held), 'coding')} with {plural(len(facts.themes.codes), 'code')} in "
        f"{plural(studies, 'study', 'studies')}."
    )


def themes(facts: Facts) -> str:
    tree = facts.themes
    if not tree.themes:
        return ""
    told = "; ".join(f"{line.theme.name} ({plural(len(line.studies), 'study', 'studies')})" for line in tree.themes)
    return f"{plural(len(tree.descriptive), 'descriptive theme')}, {plural(len(tree.analytical), 'analytical theme')}: {told}."


def derivation(facts: Facts) -> str:
    if not facts.themes.evidence.rows:
        return ""
    brought = sum(line.code.origin == Origin.DEDUCTIVE for line in facts.themes.codes)
    drawn = len(facts.themes.codes) - brought
    return f"Of {plural(drawn + brought, 'code')}, {drawn:,} were drawn from the data and {brought:,} brought to them."


def displays(facts: Facts) -> str:
    told = ["a flow diagram"] if facts.counts.records_screened else []
    told += ["a table of characteristics"] if characteristics(facts) else []
    told += ["a table and a figure of the appraisal"] if appraisal_results(facts) else []
    return f"Results are shown in {_joined(told)}." if told else ""


def software(facts: Facts) -> str:
    return f"Screening, appraisal and extraction were done in Tandem (version {settings.VERSION})."


def availability(facts: Facts) -> str:
    return (
        "From Tandem can be exported: the references of every search, all settled decisions with their reasons, the appraisal "
        "and extraction of every study with independent answers, and the history of the review."
    )


FACTS: dict[str, Callable[[Facts], str]] = {
    say.__name__: say
    for say in (
        title, question, criteria, selection, registration, amendments, sources, databases, registers, websites,
        citation_searching, other_sources, strategies, limits, dates, updates, totals, deduplication, flow, exclusions,
        included, extraction, items, characteristics, findings, appraisal_tool, appraisal_process, appraisal_results,
        coders, coding, themes, derivation, displays, software, availability,
    )
}  # fmt: skip
