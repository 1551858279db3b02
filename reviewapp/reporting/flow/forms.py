from typing import Any

from django import forms

from reviewapp.reporting.flow.shown import BY_HAND
from reviewapp.reporting.prisma.layout import Template

TEMPLATES = {
    "": "As the data ask for",
    Template.V1.value: "New review, databases and registers",
    Template.V2.value: "New review, with other methods",
    Template.UPDATED_V1.value: "Updated review, databases and registers",
    Template.UPDATED_V2.value: "Updated review, with other methods",
}
LAYERS = {
    "removed": "Records removed before screening",
    "screening": "Screening of titles and abstracts",
    "retrieval": "Retrieval of reports",
}


class PlanForm(forms.Form):
    template = forms.ChoiceField(choices=list(TEMPLATES.items()), required=False)
    each_source = forms.BooleanField(required=False, label="A line for each database and register")
    title_reasons = forms.BooleanField(required=False, label="Reasons of exclusion at title and abstract")
    without = forms.MultipleChoiceField(
        choices=list(LAYERS.items()), required=False, widget=forms.CheckboxSelectMultiple, label="Leave out"
    )


class CountForm(forms.Form):
    key = forms.ChoiceField(choices=list(BY_HAND.items()), label="Number")
    value = forms.IntegerField(
        required=False, min_value=0, max_value=100_000_000, label="Count", help_text="Empty if it is not reported."
    )
    reason = forms.CharField(
        max_length=300,
        label="Where it comes from",
        help_text="Such as: deduplicated in another program before import. The figure says so below.",
    )

    def clean_reason(self) -> Any:
        return self.cleaned_data["reason"].strip()
