"""What the pages of synthesis send."""

from django import forms

from synthesis.choices import Direction
from synthesis.services.texts import MOST_CHARACTERS

DIRECTIONS = [("", "As its letters say"), *Direction.choices]


class TextForm(forms.Form):
    """A findings text, pasted or looked through, or a file of it."""

    title = forms.CharField(max_length=200, required=False, label="Name")
    language = forms.CharField(max_length=12, required=False, label="Language")
    direction = forms.ChoiceField(choices=DIRECTIONS, required=False, label="Runs")
    translated_by = forms.CharField(max_length=200, required=False, label="Translated by")
    content = forms.CharField(max_length=MOST_CHARACTERS + 200_000, required=False, strip=False, label="Text")
    file = forms.FileField(required=False, label="File")


class CorrectionForm(forms.Form):
    content = forms.CharField(max_length=MOST_CHARACTERS + 200_000, strip=False, label="Text")
    why = forms.CharField(max_length=2000, label="Why")
    number = forms.IntegerField(min_value=1)


class DescriptionForm(forms.Form):
    title = forms.CharField(max_length=200, label="Name")
    language = forms.CharField(max_length=12, required=False, label="Language")
    direction = forms.ChoiceField(choices=DIRECTIONS, required=False, label="Runs")


class QuotationForm(forms.Form):
    start = forms.IntegerField(min_value=0, required=False)
    end = forms.IntegerField(min_value=1, required=False)
    words = forms.CharField(max_length=20_000, required=False, strip=False, label="Their words")
    speaker = forms.CharField(max_length=200, required=False, label="Speaker")
