"""Starting a pilot, and queueing again what was judged under older criteria."""

from typing import Any

from django import forms

from screening.choices import Outcome, Stage
from screening.models import CriteriaVersion
from screening.services.pilots import LARGEST


class PilotForm(forms.Form):
    stage = forms.ChoiceField(label="Stage", choices=Stage.choices)
    size = forms.IntegerField(
        label="Records", min_value=1, max_value=LARGEST, initial=30, help_text="25 to 50 are usual."
    )
    seed = forms.CharField(
        label="Seed",
        required=False,
        max_length=32,
        help_text="Left empty, one is made. It is kept, so that the sample can be drawn again.",
    )


class AgainForm(forms.Form):
    stage = forms.ChoiceField(label="Stage", choices=Stage.choices)
    older_than = forms.TypedChoiceField(label="Judged before", coerce=int)
    outcomes = forms.MultipleChoiceField(
        label="Which records?",
        choices=[(o.value, o.label) for o in (Outcome.INCLUDED, Outcome.EXCLUDED, Outcome.CONFLICT)],
        initial=[Outcome.EXCLUDED.value],
        widget=forms.CheckboxSelectMultiple,
    )
    why = forms.CharField(label="Why?", max_length=1000, help_text="Stands in the history of the review.")

    def __init__(self, *args: Any, versions: list[CriteriaVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["older_than"].choices = [  # type: ignore[attr-defined]
            (version.number, f"version {version.number}, {version.created_at:%-d %B %Y}") for version in versions
        ]
