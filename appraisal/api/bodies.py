"""What requests may say. Unknown names, nulls and over-long texts are refused with 422, unknown query parameters with 400."""

from rest_framework import serializers

from appraisal.choices import Attribute, ItemKind, Use
from reviewapp.lib.endpoints import Body
from screening.api.bodies import LONG, id_field


class InstrumentQuery(Body):
    use = serializers.ChoiceField(choices=Use.choices, required=False)


class StudyQuery(Body):
    """Narrow by words, years, rating, or the value of one attribute; `sort` is study, year, rating or an attribute's key,
    with a minus in front the other way round."""

    q = serializers.CharField(max_length=200, required=False, allow_blank=True)
    year_from = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    year_to = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    rating = serializers.CharField(max_length=60, required=False)
    attribute = serializers.CharField(max_length=40, required=False)
    value = serializers.CharField(max_length=2000, required=False)
    sort = serializers.CharField(max_length=60, required=False)
    dropped = serializers.ChoiceField(choices=["yes", "no"], required=False)


class NewInstrument(Body):
    """Either `origin` (one that is shipped), or `use` and `title` of an empty one."""

    origin = serializers.SlugField(max_length=60, required=False)
    use = serializers.ChoiceField(choices=Use.choices, required=False)
    title = serializers.CharField(max_length=120, required=False)
    people = serializers.IntegerField(min_value=1, max_value=3, required=False, default=2)


class InstrumentChange(Body):
    title = serializers.CharField(max_length=120, required=False)
    people = serializers.IntegerField(min_value=1, max_value=3, required=False)
    note = serializers.CharField(max_length=LONG, required=False, allow_blank=True)


class RatingRule(Body):
    """`levels` from the best to the last, each `{label, any_of: [{counts: {code: [low, high]}, items: {key: [codes]}}]}`;
    without a name the rule is taken away."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    note = serializers.CharField(max_length=LONG, required=False, allow_blank=True)
    levels = serializers.ListField(child=serializers.DictField(), required=False, max_length=10)


class MeantCondition(Body):
    attribute = serializers.CharField(max_length=40)
    words = serializers.ListField(child=serializers.CharField(max_length=100), max_length=20)


class MeantFor(Body):
    """The attribute of each of the `conditions` must say one of its words. All must hold; none: for every study."""

    conditions = serializers.ListField(child=MeantCondition(), max_length=10)


class MeantStudy(Body):
    """`meant` true, false, or null to leave it to the conditions again."""

    meant = serializers.BooleanField(allow_null=True)


class DropRule(Body):
    ratings = serializers.ListField(child=serializers.CharField(max_length=60), max_length=10)
    gates = serializers.BooleanField()


class StudyMark(Body):
    """`drop` true (left out), false (kept), or null (as the rules say)."""

    drop = serializers.BooleanField(allow_null=True)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class ItemFields(Body):
    text = serializers.CharField(max_length=2000)
    kind = serializers.ChoiceField(choices=ItemKind.choices)
    options = serializers.CharField(max_length=40, required=False, allow_blank=True)
    columns = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=12)
    number = serializers.CharField(max_length=10, required=False, allow_blank=True)
    section = serializers.CharField(max_length=120, required=False, allow_blank=True)
    hint = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    attribute = serializers.ChoiceField(choices=Attribute.choices, required=False, allow_blank=True)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    passes = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=40)
    applies_when = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=40), max_length=40), required=False
    )


class NewAnswerSet(Body):
    """`answers`, each `{label, symbol?, tone?}`; tones are good, unsure, bad and none."""

    name = serializers.CharField(max_length=40)
    answers = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(max_length=60)), max_length=40
    )


class AnswerLabels(Body):
    labels = serializers.DictField(child=serializers.CharField(max_length=60))


class ItemMove(Body):
    up = serializers.BooleanField()


class TableSettings(Body):
    columns = serializers.ListField(child=serializers.SlugField(max_length=40), max_length=200)
    abbreviations = serializers.DictField(child=serializers.CharField(max_length=300))


class NewAssignment(Body):
    """Who fills in a study: the whole list, so that leaving somebody out takes the study from them."""

    study = id_field()
    people = serializers.ListField(child=id_field(), max_length=3)


class Spread(Body):
    people = serializers.ListField(child=id_field(), max_length=100)


class NewAnswer(Body):
    """`revision` is that of the answer it is written over, 0 for none."""

    value = serializers.JSONField(required=False, allow_null=True)
    comment = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    quotation = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    page = serializers.CharField(max_length=20, required=False, allow_blank=True)
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=0)


class Finish(Body):
    gate_reason = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class ComparisonQuery(Body):
    instrument = id_field(required=False)
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class Proposed(Body):
    item = serializers.SlugField(max_length=40)
    value = serializers.JSONField(allow_null=True)
    rationale = serializers.CharField(max_length=LONG, required=False, allow_blank=True)


class Ruled(Body):
    item = serializers.SlugField(max_length=40)
    value = serializers.JSONField(allow_null=True)
    rationale = serializers.CharField(max_length=LONG)


class OfItem(Body):
    item = serializers.SlugField(max_length=40)


class Reopened(Body):
    item = serializers.SlugField(max_length=40)
    why = serializers.CharField(max_length=2000)


class NewRating(Body):
    rating = serializers.CharField(max_length=60, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=LONG, required=False, allow_blank=True)
