"""What the API shows of screening. Judgements come as `ShownVote` or `Settling`, which hold what the reader may see."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reviewapp.audit.models import AuditEvent
from screening.choices import ImportState, Outcome, SettledHow, Stage, Verdict
from screening.models import (
    Adjudication,
    Bibliographic,
    Conflict,
    DuplicatePair,
    EligibilityCriterion,
    ExclusionReason,
    ImportBatch,
    ImportProblem,
    Record,
    RecordCorrection,
    Reference,
    Report,
    Search,
    StageRule,
    Study,
)
from screening.queries.file_labels import as_may_be, show_as_may_be
from screening.queries.settlement import STATES, Settling
from screening.rules import in_words
from screening.visibility import ShownVote

BIBLIOGRAPHIC = list(Bibliographic.FIELDS)


# --- Protocol ---------------------------------------------------------------------------------------------------------


class CriterionSerializer(serializers.ModelSerializer[EligibilityCriterion]):
    class Meta:
        model = EligibilityCriterion
        fields = ["id", "kind", "code", "text", "position"]
        read_only_fields = fields


class ReasonSerializer(serializers.ModelSerializer[ExclusionReason]):
    class Meta:
        model = ExclusionReason
        fields = ["id", "label", "criterion", "position"]
        read_only_fields = fields


class RuleSerializer(serializers.ModelSerializer[StageRule]):
    in_words = serializers.SerializerMethodField()

    class Meta:
        model = StageRule
        fields = [
            "stage", "votes_required", "maybe_means", "agreement", "reason_conflict", "settled_by", "settler_sees", "in_words",
        ]  # fmt: skip
        read_only_fields = fields

    def get_in_words(self, rule: StageRule) -> list[str]:
        return in_words(rule.rule, rule.stage)


# --- Searches and imports ---------------------------------------------------------------------------------------------


class SearchSerializer(serializers.ModelSerializer[Search]):
    class Meta:
        model = Search
        fields = [
            "id",
            "source",
            "kind",
            "platform",
            "strategy",
            "run_on",
            "limits",
            "hits",
            "notes",
            "rerun_of",
            "created_at",
        ]
        read_only_fields = fields


class ProblemLineSerializer(serializers.ModelSerializer[ImportProblem]):
    def to_representation(self, instance: ImportProblem) -> dict[str, Any]:
        return dict(super().to_representation(as_may_be(instance)))

    class Meta:
        model = ImportProblem
        fields = ["line", "cause", "severity", "excerpt"]
        read_only_fields = fields


class ImportSerializer(serializers.ModelSerializer[ImportBatch]):
    hits = serializers.IntegerField(source="search.hits", allow_null=True, read_only=True)
    differs_from_hits = serializers.SerializerMethodField(
        help_text="Whether entries read and hits reported differ; null while one of them is unknown."
    )

    class Meta:
        model = ImportBatch
        fields = [
            "id", "search", "filename", "size", "sha256", "format", "encoding", "state", "hits", "differs_from_hits",
            "markers", "read", "kept", "empty", "repaired", "failed", "error", "job", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_differs_from_hits(self, batch: ImportBatch) -> bool | None:
        if batch.search.hits is None or batch.state in {ImportState.UPLOADED, ImportState.FAILED}:
            return None
        return batch.read != batch.search.hits


class ImportDetailSerializer(ImportSerializer):
    problems = ProblemLineSerializer(many=True, read_only=True)

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "problems"]
        read_only_fields = fields


class StartedImportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    job = serializers.UUIDField()


class TakenSerializer(serializers.Serializer[Any]):
    """What left the review with an import; `judged_records` are those whose votes were all in."""

    references = serializers.IntegerField()
    records = serializers.IntegerField()
    judged_records = serializers.IntegerField()


class UndoneImportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ImportState.choices)
    taken = TakenSerializer()


class StartedJobSerializer(serializers.Serializer[Any]):
    job = serializers.UUIDField()


# --- References, duplicates, records ----------------------------------------------------------------------------------


class BibliographicSerializer(serializers.ModelSerializer[Any]):
    authors = serializers.ListField(child=serializers.CharField(), read_only=True)
    keywords = serializers.ListField(child=serializers.CharField(), read_only=True)


class ReferenceSerializer(BibliographicSerializer):
    source = serializers.CharField(source="batch.search.source", read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Reference
        fields = ["id", "batch", "source", "position", "line", "record", *BIBLIOGRAPHIC]
        read_only_fields = fields


class RawReferenceSerializer(ReferenceSerializer):
    raw_fields = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), read_only=True)
    details = serializers.DictField(read_only=True)
    withdrawn = serializers.SerializerMethodField()

    class Meta(ReferenceSerializer.Meta):
        fields = [*ReferenceSerializer.Meta.fields, "raw", "raw_fields", "details", "withdrawn"]
        read_only_fields = fields

    def to_representation(self, instance: Reference) -> dict[str, Any]:
        return dict(super().to_representation(show_as_may_be(instance)))

    def get_withdrawn(self, reference: Reference) -> bool:
        return reference.withdrawn_at is not None


class PairSerializer(serializers.ModelSerializer[DuplicatePair]):
    first = ReferenceSerializer(read_only=True)
    second = ReferenceSerializer(read_only=True)
    evidence = serializers.ListField(child=serializers.CharField(), read_only=True)
    ruled_by = serializers.CharField(allow_null=True, read_only=True)

    class Meta:
        model = DuplicatePair
        fields = ["id", "state", "likelihood", "evidence", "first", "second", "ruled_by", "ruled_at"]
        read_only_fields = fields


class RecordSerializer(BibliographicSerializer):
    """A record with where it stands at the stage asked for, and the reader's own verdict there."""

    outcome = serializers.ChoiceField(choices=Outcome.choices, read_only=True)
    own_verdict = serializers.ChoiceField(choices=Verdict.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Record
        fields = ["id", *BIBLIOGRAPHIC, "outcome", "own_verdict"]
        read_only_fields = fields


class ShownReasonSerializer(serializers.ModelSerializer[ExclusionReason]):
    class Meta:
        model = ExclusionReason
        fields = ["id", "label"]
        read_only_fields = fields


class ShownCriterionSerializer(serializers.ModelSerializer[EligibilityCriterion]):
    class Meta:
        model = EligibilityCriterion
        fields = ["id", "code", "text"]
        read_only_fields = fields


class VoteSerializer(serializers.Serializer[Any]):
    """A vote as the reader may see it; while its author is not named, neither its id nor its time tells who it was."""

    id = serializers.SerializerMethodField()
    reviewer = serializers.CharField()
    own = serializers.BooleanField(source="is_own")
    stage = serializers.ChoiceField(source="decision.stage", choices=Stage.choices)
    verdict = serializers.ChoiceField(source="decision.verdict", choices=Verdict.choices)
    reason = ShownReasonSerializer(source="decision.reason", allow_null=True)
    criterion = ShownCriterionSerializer(source="decision.criterion", allow_null=True)
    note = serializers.CharField()
    labels = serializers.ListField(child=serializers.CharField())
    independent = serializers.BooleanField(source="decision.independent")
    decided_at = serializers.SerializerMethodField()

    @staticmethod
    def _is_named(vote: ShownVote) -> bool:
        return vote.is_own or vote.reviewer == str(vote.decision.reviewer)

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_id(self, vote: ShownVote) -> str | None:
        return str(vote.decision.uuid) if self._is_named(vote) else None

    def get_decided_at(self, vote: ShownVote) -> datetime | None:
        return vote.decision.decided_at if self._is_named(vote) else None


class StandingSerializer(serializers.Serializer[Any]):
    """Where a record stands at one stage, the reader's own note, and the votes the reader may see."""

    stage = serializers.ChoiceField(choices=Stage.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    own_note = serializers.CharField()
    own_labels = serializers.ListField(child=serializers.CharField())
    votes = VoteSerializer(many=True)


class RecordReportSerializer(serializers.ModelSerializer[Report]):
    class Meta:
        model = Report
        fields = ["id", "retrieval", "study"]
        read_only_fields = fields


class CorrectionSerializer(serializers.ModelSerializer[RecordCorrection]):
    value = serializers.JSONField(read_only=True)
    before = serializers.JSONField(read_only=True, help_text="What was shown until then.")
    made_by = serializers.CharField(read_only=True)

    class Meta:
        model = RecordCorrection
        fields = ["field", "value", "before", "made_by", "made_at"]
        read_only_fields = fields


class RecordDetailSerializer(BibliographicSerializer):
    corrections = CorrectionSerializer(source="corrected", many=True, read_only=True)
    references = RawReferenceSerializer(many=True, read_only=True)
    report = RecordReportSerializer(source="sought", allow_null=True, read_only=True)
    stages = StandingSerializer(many=True, read_only=True)

    class Meta:
        model = Record
        fields = ["id", *BIBLIOGRAPHIC, "merged_into", "withdrawn_at", "corrections", "references", "stages", "report"]
        read_only_fields = fields


class SplitSerializer(serializers.Serializer[Any]):
    record = serializers.IntegerField(help_text="The record the reference has now.")


# --- Conflicts --------------------------------------------------------------------------------------------------------


class RecordTitleSerializer(serializers.ModelSerializer[Record]):
    class Meta:
        model = Record
        fields = ["id", "title", "year"]
        read_only_fields = fields


class ConflictSerializer(serializers.ModelSerializer[Conflict]):
    record = RecordTitleSerializer(read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)

    class Meta:
        model = Conflict
        fields = ["id", "record", "stage", "kind", "state", "opened_at", "closed_at"]
        read_only_fields = fields


class CommentSerializer(serializers.Serializer[Any]):
    author = serializers.CharField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class ProposalSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    reason = ShownReasonSerializer(allow_null=True)
    proposed_by = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    confirmed_by = serializers.ListField(child=serializers.CharField())


class SettlementSerializer(serializers.Serializer[Any]):
    how = serializers.ChoiceField(choices=SettledHow.choices)
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    reason = ShownReasonSerializer(allow_null=True)
    rationale = serializers.CharField()
    settled_by = serializers.ListField(child=serializers.CharField())
    settled_at = serializers.DateTimeField()


class ConflictDetailSerializer(ConflictSerializer):
    """A conflict with what the reader may know of it; the context holds its `Settling`."""

    votes = serializers.SerializerMethodField()
    comments = serializers.SerializerMethodField()
    proposal = serializers.SerializerMethodField()
    settlement = serializers.SerializerMethodField()

    class Meta(ConflictSerializer.Meta):
        fields = [*ConflictSerializer.Meta.fields, "votes", "comments", "proposal", "settlement"]
        read_only_fields = fields

    @property
    def _known(self) -> Settling:
        known: Settling = self.context["settling"]
        return known

    @extend_schema_field(VoteSerializer(many=True))
    def get_votes(self, conflict: Conflict) -> Any:
        return VoteSerializer(self._known.votes, many=True).data

    @extend_schema_field(CommentSerializer(many=True))
    def get_comments(self, conflict: Conflict) -> Any:
        said = [{"author": self._known.name(c.author), "text": c.text, "at": c.at} for c in self._known.comments]
        return CommentSerializer(said, many=True).data

    @extend_schema_field(ProposalSerializer(allow_null=True))
    def get_proposal(self, conflict: Conflict) -> Any:
        proposal = self._known.proposal
        if proposal is None:
            return None
        people = sorted(self._known.name(person) for person in proposal.confirmed_by.all())
        shown = {
            "verdict": proposal.verdict,
            "reason": proposal.reason,
            "proposed_by": self._known.name(proposal.proposed_by),
            "proposed_at": proposal.proposed_at,
            "confirmed_by": people,
        }
        return ProposalSerializer(shown).data

    @extend_schema_field(SettlementSerializer(allow_null=True))
    def get_settlement(self, conflict: Conflict) -> Any:
        ruling: Adjudication | None = self._known.settlement
        if ruling is None:
            return None
        shown = {
            "how": ruling.how,
            "verdict": ruling.verdict,
            "reason": ruling.reason,
            "rationale": ruling.rationale,
            "settled_by": sorted(self._known.name(person) for person in ruling.settled_by.all()),
            "settled_at": ruling.settled_at,
        }
        return SettlementSerializer(shown).data


# --- Full texts -------------------------------------------------------------------------------------------------------


class ReportSerializer(serializers.ModelSerializer[Report]):
    record = RecordTitleSerializer(read_only=True)

    class Meta:
        model = Report
        fields = [
            "id", "record", "study", "retrieval", "retrieval_note", "retrieval_on", "filename", "sha256", "pages", "document",
        ]  # fmt: skip
        read_only_fields = fields


class StudySerializer(serializers.ModelSerializer[Study]):
    reports: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Study
        fields = ["id", "label", "reports"]
        read_only_fields = fields


# --- Audit ------------------------------------------------------------------------------------------------------------

JUDGEMENTS = {"screeningdecision", "screeningnote"}


class EventSerializer(serializers.ModelSerializer[AuditEvent]):
    """An event without its place in the chain: numbers with gaps would count what is hidden."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    actor = serializers.CharField(allow_null=True, read_only=True)
    target = serializers.SerializerMethodField()
    record = serializers.SerializerMethodField()
    stage = serializers.SerializerMethodField()
    before = serializers.DictField(allow_null=True, read_only=True)
    after = serializers.DictField(allow_null=True, read_only=True)

    class Meta:
        model = AuditEvent
        fields = ["id", "at", "actor", "action", "target", "record", "stage", "before", "after", "reason"]
        read_only_fields = fields

    def get_record(self, event: AuditEvent) -> int | None:
        """The record that was judged; an event of appraisal or extraction tells of a study instead."""
        return event.judged_record if event.judged_stage in Stage.values else None

    def get_stage(self, event: AuditEvent) -> str:
        return event.judged_stage if event.judged_stage in Stage.values else ""

    def get_target(self, event: AuditEvent) -> dict[str, str] | None:
        if not event.target_type or event.target_type in JUDGEMENTS:
            return None
        return {"type": event.target_type, "id": event.target_id}
