"""What a lead fills in on the protocol page."""

from typing import Any

from django import forms

from reviewapp.reviews.models import Review
from screening.choices import CriterionKind, Stage
from screening.models import EligibilityCriterion, HighlightTerm, StageRule
from screening.rules import Rule

LONG = {"rows": 2, "dir": "auto"}


class NewCriterionForm(forms.Form):
    kind = forms.ChoiceField(label="Kind", choices=CriterionKind.choices, initial=CriterionKind.INCLUSION)
    code = forms.CharField(
        label="Code", required=False, max_length=10, help_text="Such as I1 or E2; left empty, the next free one."
    )
    text = forms.CharField(label="Criterion", max_length=5000, widget=forms.Textarea(attrs=LONG))


class CriterionForm(forms.Form):
    text = forms.CharField(label="Criterion", max_length=5000, widget=forms.Textarea(attrs=LONG))
    reason = forms.CharField(
        label="Why is it changed?", required=False, max_length=1000, help_text="Stands in the history of the review."
    )


class ReasonForm(forms.Form):
    """An exclusion reason; its criterion is one of the review's own."""

    label = forms.CharField(label="Reason", max_length=200, widget=forms.TextInput(attrs={"dir": "auto"}))
    criterion = forms.ModelChoiceField(
        label="Stands for the criterion",
        queryset=EligibilityCriterion.objects.none(),
        required=False,
        empty_label="none of them",
    )

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["criterion"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = EligibilityCriterion.objects.filter(review=review, retired_at=None)


class RuleForm(forms.ModelForm[StageRule]):
    """How votes are counted at one stage; only the questions that this stage asks."""

    class Meta:
        model = StageRule
        fields = ["votes_required", "maybe_means", "agreement", "reason_conflict", "settled_by", "settler_sees"]
        labels = {
            "votes_required": "Independent votes on each record",
            "maybe_means": "What does maybe mean?",
            "agreement": "When do the votes decide?",
            "reason_conflict": "When all exclude for different reasons",
            "settled_by": "Who settles a conflict?",
            "settler_sees": "What does somebody who settles see?",
        }
        widgets = {
            "maybe_means": forms.RadioSelect,
            "agreement": forms.RadioSelect,
            "reason_conflict": forms.RadioSelect,
            "settled_by": forms.RadioSelect,
            "settler_sees": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["votes_required"] = forms.TypedChoiceField(
            label=self.fields["votes_required"].label,
            choices=[(1, "One"), (2, "Two"), (3, "Three")],
            coerce=int,
            widget=forms.RadioSelect,
        )
        self.order_fields(["votes_required"])
        del self.fields["reason_conflict" if self.instance.stage == Stage.TITLE_ABSTRACT else "maybe_means"]

    @property
    def rule(self) -> Rule:
        """The rule as filled in; call it on a valid form."""
        data = self.cleaned_data
        row = self.instance
        return Rule(
            data["votes_required"],
            data.get("maybe_means", row.maybe_means),
            data["agreement"],
            data.get("reason_conflict", row.reason_conflict),
        )


class LabelsForm(forms.Form):
    labels = forms.CharField(
        label="Labels of the team",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text="One a line. Everybody is offered them at the desk; who put which on a record stays hidden like a vote.",
    )


class TermsForm(forms.Form):
    for_terms = forms.CharField(
        label="Speak for inclusion",
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text='One word or phrase a line. Plurals and regular endings are found as well; a * at the end stands for any ending (nurs*), "AIDS" in quotation marks for exactly this form.',
    )
    against_terms = forms.CharField(
        label="Speak against inclusion",
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text="They are underlined in another way.",
    )

    @classmethod
    def of(cls, review: Review) -> "TermsForm":
        rows = HighlightTerm.objects.filter(review=review)
        terms: dict[str, list[str]] = {"for": [], "against": []}
        for row in rows:
            terms[row.kind].append(row.term)
        return cls(initial={"for_terms": "\n".join(terms["for"]), "against_terms": "\n".join(terms["against"])})

    def lines(self, name: str) -> list[str]:
        return str(self.cleaned_data[name]).split("\n")
