"""Correcting a record."""

from typing import Any

from django import forms

from screening.models import Record

LINES = {"rows": 4, "dir": "auto"}


class CorrectionForm(forms.Form):
    title = forms.CharField(
        required=False, max_length=5000, strip=True, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    abstract = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 14, "dir": "auto"})
    )
    authors = forms.CharField(
        required=False, max_length=100_000, widget=forms.Textarea(attrs=LINES), help_text="One name a line."
    )
    year = forms.IntegerField(required=False, min_value=1000, max_value=2100)
    journal = forms.CharField(required=False, max_length=5000, widget=forms.TextInput(attrs={"dir": "auto"}))
    volume = forms.CharField(required=False, max_length=5000)
    issue = forms.CharField(required=False, max_length=5000)
    pages = forms.CharField(required=False, max_length=5000)
    doi = forms.CharField(label="DOI", required=False, max_length=5000)
    pmid = forms.CharField(label="PubMed number", required=False, max_length=20)
    language = forms.CharField(required=False, max_length=60)
    type = forms.CharField(required=False, max_length=40)
    keywords = forms.CharField(
        required=False, max_length=100_000, widget=forms.Textarea(attrs=LINES), help_text="One a line."
    )
    url = forms.CharField(label="Address", required=False, max_length=5000)
    reason = forms.CharField(
        label="Where is this from?",
        required=False,
        max_length=1000,
        help_text="Such as the publisher's page. It stands in the history.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def of(cls, record: Record, seen: int) -> "CorrectionForm":
        shown: dict[str, Any] = {name: getattr(record, name) for name in record.FIELDS}
        return cls(
            initial=shown
            | {name: "\n".join(map(str, shown[name])) for name in ("authors", "keywords")}
            | {"seen": seen}
        )

    def changes(self) -> dict[str, Any]:
        """Values by field as a record keeps them."""
        found = {name: self.cleaned_data[name] for name in Record.FIELDS}
        return found | {name: str(found[name]).splitlines() for name in ("authors", "keywords")}
