"""What the full-text page sends."""

from django import forms

from screening.choices import Retrieval


class RetrievalForm(forms.Form):
    retrieval = forms.ChoiceField(choices=Retrieval.choices)
    source = forms.CharField(required=False, max_length=300)
    note = forms.CharField(required=False, max_length=2_000)
    on = forms.DateField(required=False)


class UploadForm(forms.Form):
    file = forms.FileField(
        label="PDF of the full text", widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"})
    )


class StudyForm(forms.Form):
    label = forms.CharField(max_length=120)


def first_error(form: forms.Form) -> str:
    """The first thing that stands against a form, in words."""
    field, messages = next(iter(form.errors.items()))
    return f"{field.capitalize()}: {messages[0]}"
