"""The diagram's numbers and agreement, as JSON."""

from typing import Any

from rest_framework import serializers

from reviewapp.lib.endpoints import Body
from reviewapp.reporting.prisma.layout import Template
from screening.choices import Stage

COUNTS = (
    "database_results", "register_results", "duplicates", "excluded_automatic", "excluded_other", "records_screened",
    "records_excluded", "dbr_sought_reports", "dbr_notretrieved_reports", "dbr_assessed", "dbr_excluded_reports",
    "new_studies", "new_reports", "website_results", "organisation_results", "citations_results", "other_sought_reports",
    "other_notretrieved_reports", "other_assessed", "other_excluded_reports", "previous_studies", "previous_reports",
    "total_studies", "total_reports",
)  # fmt: skip
LISTS = (
    "database_specific_results",
    "register_specific_results",
    "records_excluded_reasons",
    "dbr_excluded",
    "other_excluded",
    "pending",
)


class MomentQuery(Body):
    """`on`: a day, of which the end is meant, or a moment with its time; `updates`: the last day of the version before."""

    on = serializers.CharField(max_length=40, required=False)
    updates = serializers.CharField(max_length=40, required=False)


class TemplateQuery(MomentQuery):
    template = serializers.ChoiceField(choices=[template.value for template in Template], required=False)


class RowsQuery(MomentQuery):
    key = serializers.CharField(max_length=400)


class StageQuery(Body):
    stage = serializers.ChoiceField(choices=Stage.choices)


class PreviousVersionSerializer(Body):
    """Figures of a version made elsewhere, and the last day on which a file of one made here was imported."""

    title = serializers.CharField(max_length=300, allow_blank=True, required=False)
    studies = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True, required=False)
    reports = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True, required=False)
    cut_off = serializers.DateField(allow_null=True, required=False)


class IdentitySerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    name = serializers.CharField()
    statement = serializers.CharField()
    holds = serializers.BooleanField(allow_null=True)
    level = serializers.ChoiceField(choices=["error", "warning"])
    left = serializers.IntegerField(allow_null=True)
    right = serializers.IntegerField(allow_null=True)
    hint = serializers.CharField()


class PrismaSerializer(serializers.Serializer[Any]):
    """The row keys of the PRISMA2020 package; null is "not reported". `links` lead to the rows each number counts."""

    identities = IdentitySerializer(many=True)
    links = serializers.DictField(child=serializers.URLField())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        counts = {name: serializers.IntegerField(allow_null=True) for name in COUNTS}
        lists = {name: serializers.DictField(child=serializers.IntegerField()) for name in LISTS}
        by_hand = serializers.DictField(child=serializers.CharField(), help_text="Numbers entered by hand, and why.")
        return {**counts, **lists, "by_hand": by_hand, **super().get_fields()}


class RowSerializer(serializers.Serializer[Any]):
    """A record or reference behind a number; ask `records/{id}/` or `references/{id}/` for the rest."""

    id = serializers.IntegerField()
    kind = serializers.SerializerMethodField()
    title = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    doi = serializers.CharField()

    def get_kind(self, row: Any) -> str:
        return str(row._meta.model_name)


class StatisticSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    text = serializers.CharField()
    note = serializers.CharField()


class CohenSerializer(serializers.Serializer[Any]):
    """Cohen's κ with its large-sample 95 % interval, not clipped; null is "not estimable"."""

    n = serializers.IntegerField()
    observed = serializers.FloatField(allow_null=True)
    expected = serializers.FloatField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    se = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    se_simple = serializers.FloatField(allow_null=True)
    se_null = serializers.FloatField(allow_null=True)


class PairTableSerializer(serializers.Serializer[Any]):
    """Two reviewers (positions in `reviewers`) and their verdicts against each other."""

    first = serializers.IntegerField()
    second = serializers.IntegerField()
    matrix = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    kappa = serializers.FloatField(source="kappa.value", allow_null=True)
    cohen = CohenSerializer(source="kappa")
    pabak = serializers.FloatField(allow_null=True)


class FleissSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    raters = serializers.IntegerField()
    observed = serializers.FloatField(allow_null=True)
    expected = serializers.FloatField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    se_null = serializers.FloatField(allow_null=True)


class AlphaSerializer(serializers.Serializer[Any]):
    pairable = serializers.IntegerField()
    units = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)


class AgreementTableSerializer(serializers.Serializer[Any]):
    categories = serializers.ListField(child=serializers.CharField())
    records = serializers.IntegerField(source="units")
    with_all_votes = serializers.IntegerField(source="complete")
    observed = serializers.FloatField(allow_null=True)
    all_agree = serializers.FloatField(allow_null=True)
    specific = serializers.DictField(child=serializers.FloatField(allow_null=True))
    pabak = serializers.FloatField(allow_null=True)
    ac1 = serializers.FloatField(allow_null=True)
    fleiss = FleissSerializer()
    alpha = AlphaSerializer()
    mean_pairwise = serializers.FloatField(allow_null=True)
    prevalence = serializers.FloatField(allow_null=True)
    bias = serializers.FloatField(allow_null=True)
    statistics = StatisticSerializer(many=True)
    pairs = PairTableSerializer(many=True)


class WeekSerializer(serializers.Serializer[Any]):
    """Records whose last vote came in during the week from this Monday; maybe as include."""

    monday = serializers.DateField()
    records = serializers.IntegerField()
    observed = serializers.FloatField(allow_null=True)
    alpha = serializers.FloatField(allow_null=True)


class AgreementSerializer(serializers.Serializer[Any]):
    """Independent votes of complete records, before any settlement; with maybe as include, and as given.

    `withheld` counts records in open conflict that the reader is to judge without seeing the votes, `taken_over` the votes
    that came with a file, of which a lead said that they were given blind.
    """

    stage = serializers.ChoiceField(choices=Stage.choices)
    reviewers = serializers.ListField(child=serializers.CharField(), source="raters")
    withheld = serializers.IntegerField()
    taken_over = serializers.IntegerField()
    collapsed = AgreementTableSerializer()
    raw = AgreementTableSerializer()
    weeks = WeekSerializer(many=True)
