"""What the settling table sends."""

from typing import Any
from uuid import UUID

from django import forms

from screening.choices import Verdict
from screening.models import ExclusionReason


class RulingForm(forms.Form):
    verdict = forms.ChoiceField(choices=[(v.value, v.label) for v in (Verdict.INCLUDE, Verdict.EXCLUDE)])
    reason = forms.ModelChoiceField(ExclusionReason.objects.none(), required=False)
    rationale = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea)

    def __init__(self, *args: Any, review: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons: forms.ModelChoiceField = self.fields["reason"]  # type: ignore[type-arg,assignment]
        reasons.queryset = ExclusionReason.objects.filter(review=review, retired_at=None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") != Verdict.EXCLUDE:
            cleaned["reason"] = None
        return cleaned


class CommentForm(forms.Form):
    text = forms.CharField(
        max_length=10_000, widget=forms.Textarea, error_messages={"required": "Write something first."}
    )


class ReopenForm(forms.Form):
    why = forms.CharField(
        max_length=2_000, widget=forms.Textarea, error_messages={"required": "Say why it has to be looked at again."}
    )
