"""What the screening desk sends."""

from typing import Any

from django import forms

from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import EligibilityCriterion, ExclusionReason


class NoteForm(forms.Form):
    stage = forms.ChoiceField(choices=Stage.choices)
    note = forms.CharField(required=False, strip=False, max_length=20_000)
    labels = forms.CharField(required=False, max_length=2_000)

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).replace("\r\n", "\n")

    def clean_labels(self) -> list[str]:
        return [label.strip() for label in self.cleaned_data["labels"].split(",") if label.strip()]

    def first_error(self) -> str:
        field, messages = next(iter(self.errors.items()))
        return f"{field.capitalize()}: {messages[0]}"


class DecisionForm(NoteForm):
    verdict = forms.ChoiceField(choices=Verdict.choices)
    reason = forms.ModelChoiceField(ExclusionReason.objects.none(), required=False)
    criterion = forms.ModelChoiceField(EligibilityCriterion.objects.none(), required=False)
    request_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons: forms.ModelChoiceField = self.fields["reason"]  # type: ignore[type-arg,assignment]
        reasons.queryset = ExclusionReason.objects.filter(review=review, retired_at=None)
        criteria: forms.ModelChoiceField = self.fields["criterion"]  # type: ignore[type-arg,assignment]
        criteria.queryset = EligibilityCriterion.objects.filter(review=review, retired_at=None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") != Verdict.EXCLUDE:
            cleaned["reason"] = None  # a reason chosen before the mind changed says nothing
        return cleaned
