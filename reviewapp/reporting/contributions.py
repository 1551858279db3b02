"""Who did what, from the rows and the log and not from intentions; CRediT roles and the sentences of a methods section.

Only what everybody may know is counted: votes on settled records, sheets of settled studies, acts that tell of no judgement.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from appraisal.choices import SettledHow as SettledStudyHow
from appraisal.choices import Use
from appraisal.exports import Table
from appraisal.queries.contributions import differences_settled, studies_filled_in
from reviewapp.accounts.models import User
from reviewapp.audit.services import acts_open_to_all
from reviewapp.reviews.models import Review
from screening.choices import SettledHow, Stage
from screening.queries.contributions import Share, conflicts_settled, share_of, votes_given


@dataclass(frozen=True)
class Work:
    """One line of the ledger: what was done, counted in what, and which CRediT role it is."""

    key: str
    label: str
    unit: str
    units: str
    role: str
    share: Share


# --- What is counted: a source gives lines of the ledger, in order. Coding adds its own here. ---------------------------

Source = Callable[[Review], Iterable[Work]]


def logged_work(review: Review) -> Iterator[Work]:
    """From the log: acts that tell of no judgement."""
    for key, label, unit, role, actions in LOGGED:
        acts = acts_open_to_all(review, actions)
        yield Work(key, label, unit, f"{unit}s", role, share_of(acts))


LOGGED = (
    ("question", "Question of the review", "act", "Conceptualization", ("reviews.review.",)),
    (
        "protocol",
        "Criteria, exclusion reasons and rules",
        "act",
        "Methodology",
        ("screening.criterion.", "screening.reason.", "screening.rule."),
    ),
    ("search", "Searches and imports", "act", "Data curation", ("screening.search.", "screening.import.confirmed")),
    (
        "duplicates",
        "Uncertain duplicates",
        "ruling",
        "Data curation",
        ("screening.duplicates.ruled", "screening.duplicates.records_linked", "screening.duplicates.split"),
    ),
    ("retrieval", "Full texts sought", "act", "Data curation", ("screening.report.retrieval", "screening.report.file_attached")),
    ("instruments", "Instruments of appraisal and extraction", "act", "Methodology", ("appraisal.instrument.", "appraisal.item.")),
    (
        "team",
        "Invitations, tasks and sharing out",
        "act",
        "Project administration",
        ("reviews.invitation.sent", "reviews.member.tasks_changed", "screening.allocation.", "appraisal.study.assigned", "appraisal.studies."),
    ),
)  # fmt: skip


def screening_work(review: Review) -> Iterator[Work]:
    for stage, label, unit in (
        (Stage.TITLE_ABSTRACT, "titles and abstracts", "record"),
        (Stage.FULL_TEXT, "full texts", "report"),
    ):
        yield Work(stage, f"Screening {label}", unit, f"{unit}s", "Investigation", votes_given(review, stage))
        yield Work(
            f"{stage}-agreed", f"Conflicts over {label} settled by discussion", "conflict", "conflicts", "Validation",
            conflicts_settled(review, stage, SettledHow.AGREEMENT),
        )  # fmt: skip
        yield Work(
            f"{stage}-ruled", f"Conflicts over {label} ruled on by a third assessor", "conflict", "conflicts", "Validation",
            conflicts_settled(review, stage, SettledHow.THIRD_ASSESSOR),
        )  # fmt: skip


def appraisal_work(review: Review) -> Iterator[Work]:
    for use, label in ((Use.APPRAISAL, "Appraisal"), (Use.EXTRACTION, "Extraction")):
        yield Work(use, label, "study", "studies", "Investigation", studies_filled_in(review, use))
        yield Work(
            f"{use}-agreed", f"Differences in {use} settled by discussion", "difference", "differences", "Validation",
            differences_settled(review, use, SettledStudyHow.DISCUSSION),
        )  # fmt: skip
        yield Work(
            f"{use}-ruled", f"Differences in {use} ruled on by a third assessor", "difference", "differences", "Validation",
            differences_settled(review, use, SettledStudyHow.THIRD_ASSESSOR),
        )  # fmt: skip


SOURCES: tuple[Source, ...] = (logged_work, screening_work, appraisal_work)

# CRediT (ANSI/NISO Z39.104-2022). Those that no row of the review tells of are for the authors to say.
ROLES = ("Conceptualization", "Methodology", "Investigation", "Data curation", "Formal analysis", "Validation", "Project administration")  # fmt: skip
UNSAID = ("Funding acquisition", "Resources", "Software", "Supervision", "Visualization", "Writing – original draft", "Writing – review & editing")  # fmt: skip


# --- The ledger ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contributor:
    person: User
    mark: str
    """Their initials; the whole name where two people share the initials."""


@dataclass(frozen=True)
class Line:
    """One piece of work with those who did it, the one who did most first."""

    work: Work
    people: list[tuple[Contributor, int]]

    @property
    def marks(self) -> list[str]:
        return [who.mark for who, _ in self.people]

    @property
    def counted(self) -> str:
        return f"{self.work.share.units:,} {self.work.unit if self.work.share.units == 1 else self.work.units}"


@dataclass(frozen=True)
class Ledger:
    lines: list[Line]
    roles: list[tuple[str, list[Contributor]]]

    @property
    def credit(self) -> str:
        """“Investigation: SBS, AS. Validation: RAP.”"""
        return " ".join(f"{role}: {', '.join(who.mark for who in people)}." for role, people in self.roles)

    @property
    def sentences(self) -> list[str]:
        found = {line.work.key: line for line in self.lines}
        return [
            sentence
            for key, words in SENTENCES
            if (line := found.get(key))
            if (sentence := _sentence(line, words, found.get(f"{key}-agreed"), found.get(f"{key}-ruled")))
        ]

    @property
    def methods(self) -> str:
        return " ".join(self.sentences)


def contributions(review: Review) -> Ledger:
    """The ledger of a review, the same for every reader. Work that nobody did is left out."""
    done = [work for source in SOURCES for work in source(review) if work.share.people]
    ids = {person for work in done for person in work.share.people}
    people = _marked(User.objects.filter(pk__in=ids).order_by("pk"))
    lines = [
        Line(work, sorted(((people[pk], n) for pk, n in work.share.people.items()), key=lambda one: (-one[1], one[0].person.pk)))
        for work in done
    ]  # fmt: skip
    return Ledger(lines, list(_roles(lines)))


def _marked(people: Iterable[User]) -> dict[int, Contributor]:
    people = list(people)
    shared = Counter(person.initials.casefold() for person in people)
    return {
        person.pk: Contributor(person, person.initials if shared[person.initials.casefold()] == 1 else str(person))
        for person in people
    }


def _roles(lines: Sequence[Line]) -> Iterator[tuple[str, list[Contributor]]]:
    for role in ROLES:
        amounts: defaultdict[int, int] = defaultdict(int)
        people = {}
        for line in lines:
            if line.work.role == role:
                for who, amount in line.people:
                    amounts[who.person.pk] += amount
                    people[who.person.pk] = who
        if people:
            yield role, [people[pk] for pk in sorted(people, key=lambda pk: (-amounts[pk], pk))]


# --- In words -----------------------------------------------------------------------------------------------------------

SENTENCES = (
    (Stage.TITLE_ABSTRACT, "screened the titles and abstracts of"),
    (Stage.FULL_TEXT, "screened the full texts of"),
    (Use.APPRAISAL, "appraised"),
    (Use.EXTRACTION, "extracted data from"),
    ("coding", "coded the findings of"),
)


def and_list(words: Sequence[str]) -> str:
    """“SBS, AS and RW”."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sentence(line: Line, words: str, agreed: Line | None, ruled: Line | None) -> str:
    share = line.work.share
    how = ""
    if share.apart == share.units:
        how = " independently" if len(line.people) == 2 else ", each by at least two of them independently"
    elif share.apart:
        how = f", {share.apart:,} of them at least two people independently"
    settled = [f"{_were(agreed)} settled by discussion"] if agreed else []
    settled += [f"{_were(ruled)} settled by {and_list(ruled.marks)} as third assessor"] if ruled else []
    behind = f"; {and_list(settled)}" if settled else ""
    return f"{and_list(line.marks)} {words} {line.counted}{how}{behind}."


def _were(line: Line) -> str:
    return f"{line.counted} {'was' if line.work.share.units == 1 else 'were'}"


# --- As a table ---------------------------------------------------------------------------------------------------------


def contributions_table(ledger: Ledger) -> Table:
    """A row for each person's part in each piece of work; roles and sentences as notes."""
    rows: list[list[str | list[str] | None]] = [
        [
            line.work.label,
            line.work.role,
            who.mark,
            str(who.person),
            str(amount),
            str(line.work.share.units),
            line.work.units,
        ]
        for line in ledger.lines
        for who, amount in line.people
    ]
    headings = ["Work", "CRediT role", "Initials", "Name", "Theirs", "Of", "Counted in"]
    return Table(
        "Contributions, from the rows of the review", headings, rows, [f"CRediT. {ledger.credit}", ledger.methods]
    )
