"""The review as a pipeline: its stages in order, each with the reader's own honest progress."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, ResolverMatch, reverse

from appraisal.choices import Use
from appraisal.queries.work import work_progress
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, can
from screening.choices import Stage
from screening.queries.allocation import STAGE_TASK
from screening.queries.frame import OwnStage, ReviewCounts, own_conflicts, own_stage, review_counts
from synthesis.queries.work import coding_progress

# Which pages belong to which stage, by the beginning of the address's name.
PAGES: dict[str, tuple[str, ...]] = {
    "protocol": (
        "screening:protocol",
        "screening:criterion",
        "screening:reason",
        "screening:rule",
        "screening:term",
        "screening:pilot",
        "screening:label",
    ),
    "import": ("screening:search", "screening:import", "screening:reference-list", "screening:reference-detail"),
    "duplicates": ("screening:duplicate", "screening:pair", "screening:reference-split"),
    "conflicts": ("screening:conflict",),
    "studies": ("screening:study", "appraisal:study-list"),
    "full_text": ("screening:report", "screening:document", "screening:drop"),
    "appraisal": ("appraisal:",),
    "themes": ("synthesis:theme", "synthesis:board", "synthesis:matrix", "synthesis:snapshot", "synthesis:confidence"),
    "coding": ("synthesis:",),
    "report": ("reporting:",),
}


@dataclass(frozen=True)
class Line:
    """One line of the pipeline."""

    key: str
    label: str
    url: str
    icon: str
    note: str = ""
    percent: int | None = None
    current: bool = False


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    icon: str
    current: bool


def plural(count: int, one: str, many: str = "") -> str:
    """1 criterion, 1,956 references."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def address(name: str, review: Review, **kwargs: str) -> str:
    """The page of this review by that name; empty where the installation has no such page."""
    try:
        return reverse(name, kwargs={"review_id": review.pk, **kwargs})
    except NoReverseMatch:
        return ""


def stage_of_page(match: ResolverMatch | None) -> str:
    """The key of the stage that a page belongs to; empty for pages outside the pipeline."""
    if match is None:
        return ""
    if match.view_name == "appraisal:work":
        return str(match.kwargs.get("use", ""))
    if match.view_name == "screening:desk-list":
        return str(Stage.TITLE_ABSTRACT)
    if match.view_name == "screening:desk":
        return str(match.kwargs.get("stage", ""))
    return next((key for key, names in PAGES.items() if match.view_name.startswith(names)), "")


def pipeline(membership: Membership, match: ResolverMatch | None) -> list[Line]:
    """All stages that this installation has pages for, in a fixed number of queries."""
    here = stage_of_page(match)
    return [
        Line(key, label, url, icon, note, percent, key == here)
        for key, label, url, icon, note, percent in _lines(membership)
        if url
    ]


Parts = tuple[str, str, str, str, str, int | None]


def _lines(membership: Membership) -> Iterator[Parts]:
    review, reader = membership.review, membership.user
    counts = review_counts(review)
    stages = {stage: own_stage(reader, review, stage) for stage in Stage}
    mine = own_conflicts(reader, review, membership.tasks)
    yield "protocol", "Protocol", address("screening:protocol", review), "protocol", protocol_note(counts), None
    yield (
        "import", "Search & import", address("screening:search-list", review), "import", import_note(counts),
        100 * counts.searches_done // counts.searches if counts.searches else None,
    )  # fmt: skip
    yield (
        "duplicates", "Duplicates", address("screening:duplicate-list", review), "duplicates", duplicate_note(counts),
        100 if counts.detected and not counts.uncertain_pairs else None,
    )  # fmt: skip
    yield _stage_line(membership, Stage.TITLE_ABSTRACT, "abstract", stages[Stage.TITLE_ABSTRACT])
    conflicts = stages[Stage.TITLE_ABSTRACT].conflicts + stages[Stage.FULL_TEXT].conflicts
    yield (
        "conflicts", "Conflicts", address("screening:conflict-list", review), "settle",
        conflict_note(conflicts, mine), None,
    )  # fmt: skip
    yield _stage_line(membership, Stage.FULL_TEXT, "fulltext", stages[Stage.FULL_TEXT], counts.to_retrieve)
    studies = plural(counts.studies, "study", "studies") if counts.studies else ""
    yield "studies", "Studies", address("appraisal:study-list", review), "records", studies, None
    yield from _work_lines(membership)
    yield _coding_line(membership)
    yield "themes", "Themes", address("synthesis:board", review), "themes", "", None
    yield "report", "Report", address("reporting:prisma", review), "report", "", None


def _work_lines(membership: Membership) -> Iterator[Parts]:
    progress = work_progress(membership.user, membership.review)
    for use, label, icon in ((Use.APPRAISAL, "Appraisal", "appraisal"), (Use.EXTRACTION, "Extraction", "extraction")):
        mine = progress[use]
        note = f"{mine.finished:,} of {mine.assigned:,} by you" if mine.assigned else ""
        if mine.open:
            note = " · ".join(part for part in (note, f"{mine.open:,} to settle") if part)
        percent = 100 * mine.finished // mine.assigned if mine.assigned else None
        yield use.value, label, address("appraisal:work", membership.review, use=use.value), icon, note, percent


def _coding_line(membership: Membership) -> Parts:
    mine = coding_progress(membership.user, membership.review)
    note = f"{mine.finished:,} of {mine.assigned:,} by you" if mine.assigned else ""
    if mine.to_settle:
        note = " · ".join(part for part in (note, f"{mine.to_settle:,} to settle") if part)
    percent = 100 * mine.finished // mine.assigned if mine.assigned else None
    return "coding", "Coding", address("synthesis:work", membership.review), "coding", note, percent


def _stage_line(membership: Membership, stage: Stage, icon: str, numbers: OwnStage, to_find: int = 0) -> Parts:
    screens = STAGE_TASK[stage] in membership.tasks
    review = membership.review
    if stage == Stage.FULL_TEXT:
        url = address("screening:report-list", review)
    else:
        url = address(
            "screening:desk" if screens else "screening:record-list", review, **({"stage": stage} if screens else {})
        )
        url = url if screens or not url else f"{url}?stage={stage}"
    percent = numbers.own_percent if screens else numbers.percent
    return stage.value, stage.label, url, icon, stage_note(numbers, screens=screens, to_find=to_find), percent


def protocol_note(counts: ReviewCounts) -> str:
    if not counts.criteria and not counts.reasons:
        return "not written yet"
    return f"{plural(counts.criteria, 'criterion', 'criteria')} · {plural(counts.reasons, 'reason')}"


def import_note(counts: ReviewCounts) -> str:
    if not counts.searches:
        return "no search yet"
    return f"{plural(counts.references, 'reference')} · {plural(counts.searches, 'search', 'searches')}"


def duplicate_note(counts: ReviewCounts) -> str:
    if not counts.references:
        return ""
    found = plural(counts.duplicates, "duplicate") if counts.detected or counts.duplicates else "not looked for yet"
    return found + (f" · {counts.uncertain_pairs:,} to judge" if counts.uncertain_pairs else "")


def stage_note(numbers: OwnStage, *, screens: bool, to_find: int = 0) -> str:
    """ "312 of 945 by you · 41 conflicts"; people who do not screen see how many are settled."""
    if not numbers.records:
        return ""
    done = f"{numbers.settled:,} of {numbers.records:,} settled"
    if screens:
        done = f"{numbers.judged:,} of {numbers.own_total:,} by you"
    conflicts = f" · {plural(numbers.conflicts, 'conflict')}" if numbers.conflicts else ""
    return done + conflicts + (f" · {to_find:,} to find" if to_find else "")


def conflict_note(conflicts: int, mine: int) -> str:
    if not conflicts:
        return "none open"
    return f"{conflicts:,} open" + (f" · {mine:,} for you" if mine else "")


def review_links(membership: Membership, match: ResolverMatch | None) -> list[Link]:
    """Pages about the review as a whole."""
    here, review = match.view_name if match else "", membership.review
    rows = [
        ("Overview", "review-detail", "home", ("review-detail",)),
        ("Records", "screening:record-list", "records", ("screening:record",)),
        ("Team", "team:member-list", "people", ("team:member", "team:invitation", "screening:allocation")),
        ("History", "audit-list", "audit", ("audit-list",)),
    ]
    if any(task in membership.tasks for task in STAGE_TASK.values()):
        rows.insert(2, ("My desk", "screening:own-desk", "desk", ("screening:own-desk",)))
    links = [Link(label, address(name, review), icon, here.startswith(names)) for label, name, icon, names in rows]
    if can(membership, Can.LEAD):
        ranking = address("screening:ranking", review, stage=Stage.TITLE_ABSTRACT)
        links.append(Link("Ranking", ranking, "sort", here.startswith("screening:ranking")))
        links.append(Link("Settings", address("team:review-edit", review), "gear", here == "team:review-edit"))
    return [link for link in links if link.url]
