"""How a lead shares the records of a stage out."""

from typing import Any

from django import forms

from reviewapp.reviews.models import Membership
from screening.choices import Allotting


def _names(people: list[Membership]) -> list[tuple[int, str]]:
    return [(member.user_id, str(member.user)) for member in people]


class AllocationForm(forms.Form):
    mode = forms.ChoiceField(label="Who judges what?", choices=Allotting.choices, widget=forms.RadioSelect)
    experienced = forms.TypedMultipleChoiceField(
        label="Experienced reviewers",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For pairs: every record gets one of them and one of the others.",
    )

    def __init__(self, *args: Any, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experienced"].choices = _names(people)  # type: ignore[attr-defined]


class BatchForm(forms.Form):
    size = forms.IntegerField(
        label="How many records?",
        min_value=1,
        max_value=1_000_000,
        initial=100,
        help_text="The next ones in the order of import.",
    )
    people = forms.TypedMultipleChoiceField(label="Who judges them?", coerce=int, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = _names(people)  # type: ignore[attr-defined]
