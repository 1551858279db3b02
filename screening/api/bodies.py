"""What requests may say. Unknown names, nulls and over-long texts are refused with 422, unknown query parameters with 400."""

from rest_framework import serializers

from reviewapp.lib.endpoints import Body
from screening.choices import (
    Agreement,
    Allotting,
    ConflictKind,
    CriterionKind,
    ImportState,
    MaybeMeaning,
    PairState,
    ReasonConflict,
    Retrieval,
    SearchKind,
    SettledBy,
    SettlerSees,
    Stage,
    Verdict,
)
from screening.formats import FORMATS
from screening.formats.headings import IGNORED, TABLE_FIELDS
from screening.formats.writers import WRITERS
from screening.models import Bibliographic
from screening.queries.conflict_filters import PATTERNS
from screening.queries.merging import MOST
from screening.queries.records import STATES
from screening.services.duplicate_audits import LARGEST, SMALLEST
from screening.services.records import ALL

LARGEST_ID = 2**63 - 1
LONG, SHORT = 20_000, 200
RULINGS = [(v.value, v.label) for v in (Verdict.INCLUDE, Verdict.EXCLUDE)]


def id_field(**options: object) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, **options)  # type: ignore[arg-type]


# --- Bodies -----------------------------------------------------------------------------------------------------------


class NewCriterion(Body):
    kind = serializers.ChoiceField(choices=CriterionKind.choices)
    text = serializers.CharField(max_length=5000)
    code = serializers.CharField(max_length=10, required=False)


class CriterionChange(Body):
    text = serializers.CharField(max_length=5000)
    reason = serializers.CharField(max_length=LONG, required=False)


class NewAllocation(Body):
    mode = serializers.ChoiceField(choices=Allotting.choices)
    experienced = serializers.ListField(child=id_field(), required=False, max_length=1000)


class AllocationPreview(Body):
    mode = serializers.ChoiceField(choices=Allotting.choices)
    experienced = serializers.RegexField(r"^\d{1,18}(,\d{1,18})*$", required=False, help_text="User ids, with commas.")


class NewBatch(Body):
    size = serializers.IntegerField(min_value=1, max_value=1_000_000)
    people = serializers.ListField(child=id_field(), min_length=1, max_length=1000)


class NewReason(Body):
    label = serializers.CharField(max_length=SHORT)  # type: ignore[assignment]
    criterion = id_field(required=False, allow_null=True)


class ReasonChange(NewReason):
    pass


class RuleChange(Body):
    votes_required = serializers.IntegerField(min_value=1, max_value=3, required=False)
    maybe_means = serializers.ChoiceField(choices=MaybeMeaning.choices, required=False)
    agreement = serializers.ChoiceField(choices=Agreement.choices, required=False)
    reason_conflict = serializers.ChoiceField(choices=ReasonConflict.choices, required=False)
    settled_by = serializers.ChoiceField(choices=SettledBy.choices, required=False)
    settler_sees = serializers.ChoiceField(choices=SettlerSees.choices, required=False)


class NewSearch(Body):
    source = serializers.CharField(max_length=120)  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=SearchKind.choices, required=False)
    platform = serializers.CharField(max_length=120, allow_blank=True, required=False)
    strategy = serializers.CharField(max_length=500_000, allow_blank=True, required=False, trim_whitespace=False)
    run_on = serializers.DateField(allow_null=True, required=False)
    limits = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    hits = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, required=False)
    notes = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    rerun_of = id_field(required=False, allow_null=True, help_text="The earlier search that this one updates.")


class NewImport(Body):
    search = id_field()
    file = serializers.FileField(max_length=1000, allow_empty_file=True)
    format = serializers.ChoiceField(choices=sorted(FORMATS), required=False)
    encoding = serializers.CharField(max_length=30, required=False)
    again = serializers.BooleanField(required=False, help_text="Import a file that was imported before once more.")
    look = serializers.BooleanField(required=False, help_text="Only look into the file; it is confirmed later.")


class ReadAs(Body):
    format = serializers.ChoiceField(choices=sorted(FORMATS), required=False)
    encoding = serializers.CharField(max_length=30, required=False)
    columns = serializers.DictField(
        child=serializers.ChoiceField(choices=[*TABLE_FIELDS, IGNORED]),
        required=False,
        help_text="What columns of a table stand for: {heading: field}.",
    )


class Confirmation(Body):
    again = serializers.BooleanField(required=False, help_text="Import a file that was imported before once more.")


class NewAudit(Body):
    size = serializers.IntegerField(min_value=SMALLEST, max_value=LARGEST, help_text="Pairs of each kind.")
    seed = serializers.CharField(max_length=32, required=False, help_text="The same seed draws the same sample.")


class PairRuling(Body):
    same = serializers.BooleanField()


class Split(Body):
    reference = id_field(help_text="The reference that does not belong to this record.")


class RecordLink(Body):
    records = serializers.ListField(child=id_field(), min_length=2, max_length=MOST)
    overrule = serializers.BooleanField(required=False, help_text="Take back rulings that some of them are different.")


class RecordUnlink(Body):
    pairs = serializers.ListField(child=id_field(), min_length=1, max_length=MOST)


class Shown(Body):
    reference = id_field(allow_null=True, help_text="Null leaves the field to completeness again.")
    field = serializers.ChoiceField(choices=[ALL, *Bibliographic.FIELDS], required=False)


class NewDecision(Body):
    stage = serializers.ChoiceField(choices=Stage.choices)
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    reason = id_field(required=False, allow_null=True)
    criterion = id_field(required=False, allow_null=True, help_text="The criterion the verdict rests on.")
    note = serializers.CharField(max_length=LONG, allow_blank=True, required=False, trim_whitespace=False)
    labels = serializers.ListField(child=serializers.CharField(max_length=60), max_length=50, required=False)


class RecordChange(Body):
    title = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    abstract = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    authors = serializers.ListField(child=serializers.CharField(max_length=5000), max_length=2000, required=False)
    year = serializers.IntegerField(min_value=1000, max_value=2100, allow_null=True, required=False)
    journal = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    volume = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    issue = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    pages = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    doi = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    pmid = serializers.CharField(max_length=20, allow_blank=True, required=False)
    language = serializers.CharField(max_length=60, allow_blank=True, required=False)
    type = serializers.CharField(max_length=40, allow_blank=True, required=False)
    keywords = serializers.ListField(child=serializers.CharField(max_length=5000), max_length=2000, required=False)
    url = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    reason = serializers.CharField(max_length=1000, allow_blank=True, required=False)


class Undo(Body):
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)


class TeamLabels(Body):
    labels = serializers.ListField(child=serializers.CharField(max_length=60), max_length=200)


class NewView(Body):
    name = serializers.CharField(max_length=80)
    query = serializers.DictField(
        child=serializers.CharField(max_length=500), help_text="stage, state, q, label, source, sort."
    )
    shared = serializers.BooleanField(required=False)


class OwnDeskChange(Body):
    keys = serializers.DictField(child=serializers.CharField(max_length=1), required=False, help_text="Key by act.")
    timer = serializers.BooleanField(required=False)


class AgreedOutcome(Body):
    verdict = serializers.ChoiceField(choices=RULINGS)
    reason = id_field(required=False, allow_null=True)


class Ruling(AgreedOutcome):
    rationale = serializers.CharField(max_length=LONG)


class RulingOnMany(Ruling):
    conflicts = serializers.ListField(child=id_field(), min_length=1, max_length=200)


class Reopening(Body):
    why = serializers.CharField(max_length=LONG)


class NewComment(Body):
    text = serializers.CharField(max_length=LONG)


class RetrievalChange(Body):
    retrieval = serializers.ChoiceField(choices=Retrieval.choices, required=False)
    retrieval_note = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    source = serializers.CharField(max_length=300, allow_blank=True, required=False)  # type: ignore[assignment]
    retrieval_on = serializers.DateField(required=False)


class NewFile(Body):
    file = serializers.FileField(max_length=1000, allow_empty_file=True)


class LinkedReport(Body):
    report = id_field()


class StudyChange(Body):
    label = serializers.CharField(max_length=120)  # type: ignore[assignment]


# --- Queries ----------------------------------------------------------------------------------------------------------


class ReferenceQuery(Body):
    search = id_field(required=False)
    record = id_field(required=False)


class ImportQuery(Body):
    search = id_field(required=False)
    state = serializers.ChoiceField(choices=ImportState.choices, required=False)


class PairQuery(Body):
    record = id_field(required=False, help_text="Pairs with a reference of this record.")
    state = serializers.ChoiceField(choices=PairState.choices, required=False)


class RecordQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    state = serializers.ChoiceField(choices=list(STATES), required=False)
    q = serializers.CharField(max_length=500, required=False)
    label = serializers.CharField(max_length=60, required=False)  # type: ignore[assignment]
    source = serializers.CharField(max_length=120, required=False)  # type: ignore[assignment]


class ExportQuery(RecordQuery):
    kind = serializers.ChoiceField(choices=list(WRITERS))


class QueueQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices)
    q = serializers.CharField(max_length=500, required=False)
    label = serializers.CharField(max_length=60, required=False)  # type: ignore[assignment]
    source = serializers.CharField(max_length=120, required=False)  # type: ignore[assignment]
    skip = serializers.RegexField(
        r"\A[0-9]{1,18}(,[0-9]{1,18}){0,199}\Z", required=False, help_text="Records to leave out: ids between commas."
    )


class StageQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices)


class ConflictQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    state = serializers.ChoiceField(choices=["open", "settled"], required=False)
    kind = serializers.ChoiceField(choices=ConflictKind.choices, required=False)
    votes = serializers.ChoiceField(choices=list(PATTERNS), required=False)
    criterion = id_field(required=False)
    label = serializers.CharField(max_length=60, required=False)  # type: ignore[assignment]
    voter = id_field(required=False)


class DecisionQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)


class ReportQuery(Body):
    retrieval = serializers.ChoiceField(choices=Retrieval.choices, required=False)


class EventQuery(Body):
    action = serializers.CharField(max_length=80, required=False)
    actor = id_field(required=False)
