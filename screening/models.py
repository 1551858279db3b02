"""From the protocol to included studies. Nothing that a person or a database gave us is ever deleted or rewritten."""

import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from screening.choices import (
    Agreement,
    Allotting,
    ConflictKind,
    CriterionKind,
    ImportState,
    MaybeMeaning,
    Outcome,
    PairState,
    ReadingOrderKind,
    ReasonConflict,
    Retrieval,
    SearchKind,
    SettledBy,
    SettledHow,
    SettlerSees,
    Stage,
    TermKind,
    Verdict,
)
from screening.documents import Document
from screening.former import FormerPlace, FormerRoot  # noqa: F401  # brings their tables along
from screening.rules import Rule

# --- Protocol ---------------------------------------------------------------------------------------------------------


class EligibilityCriterion(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="criteria")
    kind = models.CharField(max_length=10, choices=CriterionKind)
    code = models.CharField(max_length=10, help_text="Short name such as I1 or E2.")
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-kind", "position", "id"]
        verbose_name_plural = "eligibility criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["review", "code"], condition=Q(retired_at=None), name="one_criterion_per_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class CriteriaVersion(models.Model):
    """The criteria as they read from one change to the next. Before the first criterion there is version 0, without a row."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="criteria_versions")
    number = models.PositiveIntegerField()
    criteria = models.JSONField(help_text="Code, kind and text of each criterion in force.")
    why = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="one_criteria_version_per_number")]

    def __str__(self) -> str:
        return f"Version {self.number} of the criteria"


class ExclusionReason(models.Model):
    """A reason the protocol names. The order is the priority: the first that applies is the primary one."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="exclusion_reasons")
    label = models.CharField(max_length=200)
    criterion = models.ForeignKey(
        EligibilityCriterion, on_delete=models.SET_NULL, null=True, blank=True, related_name="reasons"
    )
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "label"], condition=Q(retired_at=None), name="one_exclusion_reason_per_label"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class StageRule(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="stage_rules")
    stage = models.CharField(max_length=20, choices=Stage)
    votes_required = models.PositiveSmallIntegerField(default=2)
    maybe_means = models.CharField(max_length=10, choices=MaybeMeaning, default=MaybeMeaning.INCLUDE)
    agreement = models.CharField(max_length=10, choices=Agreement, default=Agreement.UNANIMOUS)
    reason_conflict = models.CharField(max_length=20, choices=ReasonConflict, default=ReasonConflict.SETTLE)
    settled_by = models.CharField(max_length=20, choices=SettledBy, default=SettledBy.EITHER)
    settler_sees = models.CharField(max_length=10, choices=SettlerSees, default=SettlerSees.ANONYMOUS)

    class Meta:
        ordering = ["-stage"]
        constraints = [
            models.UniqueConstraint(fields=["review", "stage"], name="one_rule_per_stage"),
            models.CheckConstraint(
                condition=Q(votes_required__gte=1, votes_required__lte=3), name="one_to_three_votes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.votes_required} votes"

    @property
    def rule(self) -> Rule:
        return Rule(self.votes_required, self.maybe_means, self.agreement, self.reason_conflict)


class HighlightTerm(models.Model):
    """A word or phrase that the team underlines while screening. A trailing * stands for any ending."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="highlight_terms")
    kind = models.CharField(max_length=10, choices=TermKind)
    term = models.CharField(max_length=100)

    class Meta:
        ordering = ["kind", "term"]
        constraints = [models.UniqueConstraint(fields=["review", "term"], name="one_highlight_per_term")]

    def __str__(self) -> str:
        return self.term


# --- Searches and what they found -------------------------------------------------------------------------------------


class Search(models.Model):
    """One database, register or other source as it was searched (PRISMA-S items 1, 8, 9, 13, 15)."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="searches")
    source = models.CharField(max_length=120, help_text="Name of the database or register.")
    kind = models.CharField(max_length=20, choices=SearchKind, default=SearchKind.DATABASE)
    platform = models.CharField(max_length=120, blank=True)
    strategy = models.TextField(blank=True, help_text="The strategy exactly as it was run.")
    run_on = models.DateField(null=True, blank=True)
    limits = models.TextField(blank=True)
    hits = models.PositiveIntegerField(null=True, blank=True, help_text="Number of hits the source reported.")
    notes = models.TextField(blank=True)
    rerun_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reruns",
        help_text="The search it updates.",
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "searches"

    def __str__(self) -> str:
        return self.source


class PreviousVersion(models.Model):
    """What was included before this update: figures of a version published elsewhere, a day up to which it was made here, or both."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="previous_version")
    title = models.CharField(max_length=300, blank=True, help_text="Which version, such as its citation.")
    studies = models.PositiveIntegerField(
        null=True, blank=True, help_text="Studies included in a version made elsewhere."
    )
    reports = models.PositiveIntegerField(null=True, blank=True, help_text="Reports of these studies.")
    cut_off = models.DateField(
        null=True,
        blank=True,
        help_text="What was imported up to and including this day belongs to the previous version.",
    )

    def __str__(self) -> str:
        return self.title or "Previous version"


def upload_path(batch: "ImportBatch", _filename: str) -> str:
    return f"imports/{batch.review_id}/{uuid.uuid4().hex}"


class ImportBatch(models.Model):
    """One uploaded file. The file itself is kept; counts and problems are what the reader reported."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="imports")
    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to=upload_path)
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=30, blank=True)
    encoding = models.CharField(max_length=30, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    readers_version = models.PositiveSmallIntegerField(
        default=0, help_text="Of the readers whose fields the references have; 0 is before versions were kept."
    )
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    preview = models.JSONField(default=dict, blank=True)
    markers = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    empty = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "import batches"

    def __str__(self) -> str:
        return self.filename


class ImportProblem(models.Model):
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    cause = models.TextField()
    severity = models.CharField(max_length=10, default="warning")
    excerpt = models.TextField(blank=True)

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"line {self.line}: {self.cause}"


class Bibliographic(models.Model):
    """What title pages say. Shared by a reference (as one file gave it) and a record (as the team sees it)."""

    title = models.TextField(blank=True)
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list, blank=True, help_text="Names in the order of the file.")
    year = models.IntegerField(null=True, blank=True)
    journal = models.TextField(blank=True)
    volume = models.TextField(blank=True)
    issue = models.TextField(blank=True)
    pages = models.TextField(blank=True)
    doi = models.TextField(blank=True)
    pmid = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=60, blank=True)
    type = models.CharField(max_length=40, blank=True)
    keywords = models.JSONField(default=list, blank=True)
    url = models.TextField(blank=True)

    FIELDS: ClassVar[tuple[str, ...]] = (
        "title", "abstract", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "language", "type", "keywords", "url",
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def by(self) -> str:
        """Authors in short: all up to six names, otherwise six and "et al."."""
        names = [str(name) for name in self.authors]
        return ", ".join(names[:6]) + (", et al." if len(names) > 6 else "")

    @property
    def place(self) -> str:
        """Journal 20(3):783-91 as far as it is known."""
        issue = f"({self.issue})" if self.issue else ""
        pages = f":{self.pages}" if self.pages else ""
        return f"{self.journal} {self.volume}{issue}{pages}".strip()

    @property
    def short_name(self) -> str:
        """First author and year, as a study is called: "Jolle 2022"."""
        first = str(self.authors[0]).split(",")[0] if self.authors else ""
        family = first.rsplit(" ", 1)[0] if " " in first and first.rsplit(" ", 1)[1].isupper() else first
        return f"{family or self.title[:40] or 'Untitled'} {self.year or 'n.d.'}"

    @property
    def doi_url(self) -> str:
        return f"https://doi.org/{self.doi}" if self.doi else ""


class RecordQuerySet(models.QuerySet["Record"]):
    def in_review(self, review: Review) -> Self:
        return self.filter(review=review)

    def live(self) -> Self:
        """Records that stand for themselves: not merged into another, and with at least one reference not withdrawn."""
        return self.filter(merged_into=None, withdrawn_at=None)

    def with_outcome(self, stage: str, outcome: str) -> Self:
        found = ScreeningOutcome.objects.filter(record=OuterRef("pk"), stage=stage)
        if outcome == Outcome.PENDING:
            return self.filter(~Exists(found))
        return self.filter(Exists(found.filter(outcome=outcome)))

    def at_stage(self, stage: str) -> Self:
        """Live records that reach the stage: every one at title and abstract; at full text those included before whose report
        has not been given up as not retrievable."""
        if stage == Stage.TITLE_ABSTRACT:
            return self.live()
        given_up = Report.objects.filter(record=OuterRef("pk"), retrieval=Retrieval.NOT_RETRIEVED)
        return self.live().with_outcome(Stage.TITLE_ABSTRACT, Outcome.INCLUDED).filter(~Exists(given_up))

    def matching(self, words: str) -> Self:
        """Full-text search in the syntax people know from search engines: words, "a phrase", or, -not."""
        return self.filter(search_text=SearchQuery(words, search_type="websearch", config="simple"))


LIVE = Q(merged_into=None, withdrawn_at=None)


class Record(Bibliographic):
    """Title and abstract of one report, under which duplicate references are linked."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="records")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="absorbed")
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When the import of its last reference was undone."
    )
    chosen = models.JSONField(
        default=dict,
        blank=True,
        help_text='What a person chose to show: the reference for a field, or for "all" fields.',
    )
    created_at = models.DateTimeField(auto_now_add=True)
    search_text = models.GeneratedField(
        expression=SearchVector("title", "abstract", "journal", "doi", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["review", "id"], condition=LIVE, name="live_records_of_review"),
            # Of live records only, so that linking duplicates does not sort the absorbed one's words in once more.
            GinIndex(fields=["search_text"], condition=LIVE, name="record_search_text"),
            GinIndex(fields=["title"], opclasses=["gin_trgm_ops"], condition=LIVE, name="record_title_trigrams"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(merged_into=F("id")), name="record_not_merged_into_itself")]

    def __str__(self) -> str:
        return self.title or f"Record {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.merged_into_id is None and self.withdrawn_at is None


class RecordCorrection(models.Model):
    """What a person says that a record should show in one field. References stay as they were; an earlier correction has ended."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="record_corrections")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="corrections")
    field = models.CharField(max_length=20, choices=[(name, name) for name in Bibliographic.FIELDS])
    value = models.JSONField(null=True)
    before = models.JSONField(null=True, help_text="What was shown until then.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "field"], condition=Q(ended_at=None), name="one_correction_per_field"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of record {self.record_id}"


class Reference(Bibliographic):
    """An entry exactly as it stood in an imported file. "Records identified" counts these."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="references")
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="references")
    position = models.PositiveIntegerField(help_text="Place in the file, from 1.")
    line = models.PositiveIntegerField(default=1)
    raw = models.TextField()
    raw_fields = models.JSONField(default=list)
    details = models.JSONField(default=dict, help_text="Derived fields beyond the shared ones.")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="references")
    # The record this reference was born with; splitting it out of a merged one gives it back its own votes.
    own_record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="born_with")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_reference_per_place_in_file")]
        indexes = [models.Index(fields=["review", "id"], name="references_of_review")]

    def __str__(self) -> str:
        return self.title or f"Reference {self.position} of {self.batch_id}"


class BlockKey(models.Model):
    """A block key of a reference: only references that share one are ever compared. Written by services.comparison."""

    pk = models.CompositePrimaryKey("key", "reference_id")
    key = models.BigIntegerField(help_text="Hash of the key's text, the review and the version of the normalisation.")
    # About eleven rows a reference: checking and indexing each would cost more than writing them.
    reference = models.ForeignKey(
        Reference, on_delete=models.CASCADE, related_name="block_keys", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"{self.key} of {self.reference_id}"


class ReferenceComparison(models.Model):
    """How far a reference has come in the search for duplicates: its keys are written, it was compared with all others."""

    reference = models.OneToOneField(Reference, on_delete=models.CASCADE, primary_key=True, related_name="comparison")
    version = models.PositiveIntegerField(help_text="Version of the normalisation that made its keys.")
    compared_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.reference_id} under version {self.version}"


class DuplicatePair(models.Model):
    """What is known of two references: linked, to be judged, related, or ruled on by a person."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="duplicate_pairs")
    first = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="pairs_as_first")
    second = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="pairs_as_second")
    state = models.CharField(max_length=10, choices=PairState)
    likelihood = models.FloatField(default=0)
    evidence = models.JSONField(default=list)
    found_at = models.DateTimeField(auto_now=True)
    ruled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ruled_at = models.DateTimeField(null=True, blank=True)
    state_before_ruling = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["-likelihood", "id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_row_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        ]
        indexes = [models.Index(fields=["review", "state", "-likelihood", "id"], name="pairs_by_state")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.get_state_display()}"


class DuplicateAudit(models.Model):
    """A sample of automatic links, and of nearest pairs left apart, that people judge to estimate the errors of detection."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="duplicate_audits")
    size = models.PositiveSmallIntegerField(help_text="Pairs asked for of each kind.")
    seed = models.CharField(max_length=32, help_text="With it the same sample can be drawn again.")
    links = models.PositiveIntegerField(help_text="Automatic links when the sample was drawn.")
    records = models.PositiveIntegerField(help_text="Records when the sample was drawn.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Sampled audit of {self.created_at:%d %B %Y}"


class DuplicateAuditPair(models.Model):
    """A pair of the sample. Judging it measures; it neither links nor parts."""

    audit = models.ForeignKey(DuplicateAudit, on_delete=models.CASCADE, related_name="pairs")
    position = models.PositiveSmallIntegerField(
        help_text="Both kinds are mixed, so that the judge does not know which it is."
    )
    linked = models.BooleanField()
    first = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="+")
    same = models.BooleanField(null=True, blank=True, help_text="The judgement; empty while it is awaited.")
    judged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["audit", "position"]
        constraints = [models.UniqueConstraint(fields=["audit", "position"], name="one_audit_pair_per_place")]

    def __str__(self) -> str:
        return f"Pair {self.position} of audit {self.audit_id}"

    @property
    def is_error(self) -> bool:
        """Whether the judgement says otherwise than the links."""
        return self.same is not None and self.same != self.linked


# --- Screening --------------------------------------------------------------------------------------------------------


def handover_path(handover: "Handover", _filename: str) -> str:
    return f"handovers/{handover.review_id}/{uuid.uuid4().hex}"


class Handover(models.Model):
    """A file with judgements made elsewhere, and what a lead said its names and labels stand for.

    What was found in it are judgements: only who uploaded it, and so has the file, is shown that.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="handovers")
    file = models.FileField(upload_to=handover_path)
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    program = models.CharField(max_length=40, blank=True, help_text="Where it most probably comes from.")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    found = models.JSONField(default=dict, blank=True)
    choices = models.JSONField(default=dict, blank=True)
    blind = models.BooleanField(
        default=False, help_text="A lead says that each vote was given without knowing the others."
    )
    entries = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0, help_text="Entries whose record was in the review already.")
    batch = models.ForeignKey(
        ImportBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The import that brought the entries the review did not have.",
    )
    error = models.TextField(blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.filename


class ScreeningDecision(models.Model):
    """One reviewer's verdict on one record at one stage. A changed mind supersedes; nothing is rewritten."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="decisions")
    stands_on = models.ForeignKey(
        Record,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        help_text="The record it counts for: its own, or the one that was merged into. Written by the database alone.",
    )
    stage = models.CharField(max_length=20, choices=Stage)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.ForeignKey(
        ExclusionReason, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    criterion = models.ForeignKey(
        EligibilityCriterion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        help_text="The criterion the verdict rests on, if the reviewer named one.",
    )
    revision = models.PositiveSmallIntegerField(default=1)
    independent = models.BooleanField(
        default=True, help_text="Given before the reviewer could know a colleague's verdict."
    )
    request_key = models.UUIDField(null=True, blank=True, help_text="The same key sent twice gives the same answer.")
    criteria_version = models.PositiveIntegerField(default=0, help_text="The criteria in force when it was given.")
    round = models.PositiveSmallIntegerField(default=1, help_text="Rounds before it were set aside.")
    handover = models.ForeignKey(
        Handover,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The file it was taken over from; empty for a vote given here.",
    )
    decided_at = models.DateTimeField(default=timezone.now)
    revealed_at = models.DateTimeField(
        null=True, blank=True, help_text="When all required votes were in and it ceased to be hidden."
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    set_aside_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a pilot ended or the record was queued again; such votes are never counted.",
    )
    pilot = models.ForeignKey(
        "Pilot", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Set aside with it."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(set_aside_at=None) | Q(superseded_at__isnull=False), name="what_is_set_aside_is_superseded"
            ),
            models.UniqueConstraint(
                fields=["record", "stage", "reviewer"],
                condition=Q(superseded_at=None),
                name="one_standing_decision_per_reviewer",
            ),
            models.UniqueConstraint(fields=["reviewer", "request_key"], name="one_decision_per_request_key"),
            models.CheckConstraint(
                condition=~Q(stage=Stage.FULL_TEXT, verdict=Verdict.EXCLUDE) | Q(reason__isnull=False),
                name="full_text_exclusion_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(reason=None) | Q(verdict=Verdict.EXCLUDE), name="only_exclusions_have_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["reviewer", "stage", "-id"],
                condition=Q(superseded_at=None),
                name="standing_decisions_of_reviewer",
            ),
            models.Index(
                fields=["reviewer", "stage", "stands_on"],
                condition=Q(superseded_at=None),
                name="what_a_reviewer_judged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.verdict} at {self.stage}"


class ScreeningNote(models.Model):
    """A reviewer's note and labels on a record at a stage: theirs alone until the stage is complete."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="screening_notes")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="notes")
    stage = models.CharField(max_length=20, choices=Stage)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="screening_notes")
    text = models.TextField(blank=True)
    labels = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    handover = models.ForeignKey(
        Handover,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The file it was taken over from, as long as its author has not changed it.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "stage", "reviewer"], name="one_note_per_reviewer")]
        indexes = [GinIndex(fields=["labels"], name="notes_by_label")]

    def __str__(self) -> str:
        return f"{self.reviewer}'s note on {self.record_id}"


class TeamLabel(models.Model):
    """A label that a lead put before the whole team. Who put it on a record is as hidden as every label."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="team_labels")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "name"], name="one_team_label_per_name")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """Filters of the record list under a name, for oneself or for the team. The states in it are always the reader's own."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    query = models.JSONField(default=dict, help_text="The list's filters and order, as its address has them.")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "owner", "name"], name="one_saved_view_per_name")]

    def __str__(self) -> str:
        return self.name


class ScreeningOutcome(models.Model):
    """Where a record stands at a stage once all required votes are in. One writer: services.outcomes.recompute."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="outcomes")
    stage = models.CharField(max_length=20, choices=Stage)
    outcome = models.CharField(max_length=10, choices=[c for c in Outcome.choices if c[0] != Outcome.PENDING])
    reason = models.ForeignKey(
        ExclusionReason, on_delete=models.PROTECT, null=True, blank=True, related_name="outcomes"
    )
    completed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "stage"], name="one_outcome_per_stage")]
        indexes = [models.Index(fields=["stage", "outcome", "record"], name="outcomes_by_stage")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.stage}: {self.outcome}"


class Conflict(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="conflicts")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="conflicts")
    stage = models.CharField(max_length=20, choices=Stage)
    kind = models.CharField(max_length=10, choices=ConflictKind)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was settled, or fell away because a vote was taken back."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "stage"], condition=Q(closed_at=None), name="one_open_conflict_per_stage"
            ),
        ]

    def __str__(self) -> str:
        return f"Conflict on {self.record_id} at {self.stage}"


class ConflictComment(models.Model):
    conflict = models.ForeignKey(Conflict, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class Proposal(models.Model):
    """A voter's offer to agree on an outcome; the other voters confirm it, or make another."""

    conflict = models.ForeignKey(Conflict, on_delete=models.CASCADE, related_name="proposals")
    verdict = models.CharField(max_length=10, choices=[(v.value, v.label) for v in (Verdict.INCLUDE, Verdict.EXCLUDE)])
    reason = models.ForeignKey(ExclusionReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ManyToManyField(User, related_name="+", blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conflict"], condition=Q(withdrawn_at=None), name="one_standing_proposal_per_conflict"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposed_by} proposes {self.verdict}"


class Adjudication(models.Model):
    """How a conflict was settled. The votes themselves are never touched."""

    conflict = models.OneToOneField(Conflict, on_delete=models.PROTECT, related_name="adjudication")
    how = models.CharField(max_length=20, choices=SettledHow)
    verdict = models.CharField(max_length=10, choices=[(v.value, v.label) for v in (Verdict.INCLUDE, Verdict.EXCLUDE)])
    reason = models.ForeignKey(ExclusionReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rationale = models.TextField(blank=True)
    settled_by = models.ManyToManyField(User, related_name="+")
    settled_at = models.DateTimeField(default=timezone.now)
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(how=SettledHow.THIRD_ASSESSOR) | ~Q(rationale=""), name="ruling_has_a_rationale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()}: {self.verdict}"


# --- Who judges what --------------------------------------------------------------------------------------------------


class Allocation(models.Model):
    """How the records of a stage are shared out. Without a row everybody judges everything."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="allocations")
    stage = models.CharField(max_length=20, choices=Stage)
    mode = models.CharField(max_length=10, choices=Allotting, default=Allotting.EVERYBODY)
    experienced = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="User ids, for pairs.")
    lots = models.JSONField(default=list, blank=True, help_text="User ids in the seats of each lot.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "stage"], name="one_allocation_per_stage")]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.get_mode_display()}"


class AllocationBatch(models.Model):
    """Records from one id to another, given to some people by hand."""

    allocation = models.ForeignKey(Allocation, on_delete=models.CASCADE, related_name="batches")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    people = ArrayField(models.BigIntegerField(), help_text="User ids.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["first"]
        verbose_name_plural = "allocation batches"
        constraints = [models.CheckConstraint(condition=Q(first__lte=F("last")), name="batch_in_order")]

    def __str__(self) -> str:
        return f"Records {self.first} to {self.last}"


class Pilot(models.Model):
    """A random sample that everybody judges first. Its votes are compared and set aside; screening then starts fresh."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="pilots")
    stage = models.CharField(max_length=20, choices=Stage)
    number = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField()
    seed = models.CharField(
        max_length=32, help_text="With it the same sample can be drawn again from the same records."
    )
    drawn_from = models.PositiveIntegerField(help_text="Records that waited for votes when it was drawn.")
    criteria_version = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    revealed_at = models.DateTimeField(null=True, blank=True, help_text="When all votes were in, or the lead said so.")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When screening started fresh.")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "stage", "number"], name="one_pilot_per_number"),
            models.UniqueConstraint(
                fields=["review", "stage"], condition=Q(closed_at=None), name="one_open_pilot_per_stage"
            ),
        ]

    def __str__(self) -> str:
        return f"Pilot {self.number} of {self.get_stage_display()}"


class PilotRecord(models.Model):
    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="sample")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="pilot_places")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pilot", "record"], name="record_once_in_a_pilot")]

    def __str__(self) -> str:
        return f"{self.record_id} in pilot {self.pilot_id}"


class DrawnPlace(models.Model):
    """A place among a record's votes that is kept for somebody who has the record before them. Never shown to anybody."""

    allocation = models.ForeignKey(Allocation, on_delete=models.CASCADE, related_name="drawn")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="drawn_places")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["allocation", "record", "reviewer"], name="one_drawn_place_per_reviewer")
        ]

    def __str__(self) -> str:
        return f"{self.record_id} for {self.reviewer_id}"


# --- The order of reading ---------------------------------------------------------------------------------------------


class ReadingOrder(models.Model):
    """In which order the unread records of a stage are served, and when the protocol lets the team stop. No row: order of import, 95/95."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reading_orders")
    stage = models.CharField(max_length=20, choices=Stage)
    order = models.CharField(max_length=10, choices=ReadingOrderKind, default=ReadingOrderKind.IMPORT)
    seed = models.PositiveIntegerField(default=0)
    target = models.FloatField(default=0.95, help_text="Share of the includes that must be found.")
    confidence = models.FloatField(default=0.95)
    chosen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "stage"], name="one_reading_order_per_stage"),
            models.CheckConstraint(
                condition=Q(target__gte=0.5, target__lt=1, confidence__gte=0.5, confidence__lt=1),
                name="target_and_confidence_between_half_and_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.get_order_display()}"


class RankingRun(models.Model):
    """One time that the order was laid: from what, how, and what came of it. With these the same order can be laid again."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="ranking_runs")
    stage = models.CharField(max_length=20, choices=Stage)
    order = models.CharField(max_length=10, choices=ReadingOrderKind)
    version = models.CharField(max_length=20)
    model = models.CharField(max_length=200, blank=True, help_text="Empty while the question alone ranks.")
    features = models.CharField(max_length=200, blank=True)
    seed = models.PositiveIntegerField()
    training_hash = models.CharField(max_length=64, help_text="SHA-256 of the settled records and their outcomes.")
    includes = models.PositiveIntegerField()
    excludes = models.PositiveIntegerField()
    records = models.PositiveIntegerField(help_text="At the stage, settled ones among them.")
    milliseconds = models.PositiveIntegerField(help_text="CPU time of training and ranking.")
    words = models.JSONField(default=dict, help_text="Terms with the largest weights, for and against.")
    second_look = models.JSONField(default=list, help_text="Settled exclusions that look most like includes.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["review", "stage", "-id"], name="ranking_runs_of_stage")]

    def __str__(self) -> str:
        return f"{self.get_order_display()} of {self.at:%d %B %Y %H:%M}"


class RankedRecord(models.Model):
    """The place of a record in the order of reading. Band and lot stay once the record is settled; its position becomes 0."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="+")
    stage = models.CharField(max_length=20, choices=Stage)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="places")
    run = models.ForeignKey(RankingRun, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    band = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 for the fifth with the highest scores.")
    drawn = models.BooleanField(default=False, help_text="Placed by lot.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "stage"], name="one_place_per_record_and_stage")]
        indexes = [models.Index(fields=["review", "stage", "position"], name="places_in_order")]

    def __str__(self) -> str:
        return f"{self.position}: {self.record_id}"


class RankingSimulation(models.Model):
    """What ranking would have saved: the settled records of a stage, screened once more in the order it would have given."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="ranking_simulations")
    stage = models.CharField(max_length=20, choices=Stage)
    seed = models.PositiveIntegerField()
    records = models.PositiveIntegerField()
    includes = models.PositiveIntegerField()
    figures = models.JSONField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Simulation of {self.at:%d %B %Y}"


# --- Full texts and studies -------------------------------------------------------------------------------------------


class Study(models.Model):
    """The investigation that one or more reports tell of."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="studies")
    label = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["label", "id"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.label


def report_path(report: "Report", _filename: str) -> str:
    return f"reports/{report.review_id}/{uuid.uuid4().hex}"


class Report(models.Model):
    """The document itself, one per record that goes on to full text."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="report")
    study = models.ForeignKey(Study, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    retrieval = models.CharField(max_length=20, choices=Retrieval, default=Retrieval.SOUGHT)
    retrieval_note = models.TextField(blank=True, help_text="Where it was requested, or why it cannot be had.")
    retrieval_on = models.DateField(null=True, blank=True)
    file = models.FileField(upload_to=report_path, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(default=0)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(retrieval=Retrieval.NOT_RETRIEVED) | ~Q(retrieval_note=""), name="not_retrieved_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"Report of {self.record_id}"


class ReportFile(models.Model):
    """A file that was replaced by a newer one; kept, so that nothing uploaded is lost."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="earlier_files")
    file = models.FileField()
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    replaced_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.filename
