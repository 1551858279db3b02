"""What a lead fills in about a search, and about a file that is read."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reviewapp.reviews.models import Review
from screening.formats import FORMATS
from screening.formats.headings import IGNORED, TABLE_FIELDS
from screening.models import ImportBatch, Search

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "cp1251", "gb18030", "shift_jis", "euc-kr", "big5")
EXAMPLES = ("Scopus", "PubMed", "Web of Science", "CINAHL", "Cochrane Library", "Embase", "PsycINFO", "MEDLINE")


class EarlierSearchField(forms.ModelChoiceField[Search]):
    def label_from_instance(self, search: Any) -> str:
        return f"{search.source}, run on {search.run_on:%d %B %Y}" if search.run_on else str(search)


class SearchForm(forms.ModelForm[Search]):
    rerun_of = EarlierSearchField(
        queryset=Search.objects.none(),
        required=False,
        label="Update of",
        empty_label="no earlier search",
        help_text="The earlier search that is run again to find what was published since.",
    )

    class Meta:
        model = Search
        fields = ["source", "kind", "platform", "run_on", "hits", "rerun_of", "strategy", "limits", "notes"]
        labels = {
            "source": "Database or register",
            "kind": "Kind",
            "run_on": "Date of the search",
            "hits": "Hits reported",
            "strategy": "Strategy",
        }
        help_texts = {
            "source": "Such as Scopus or ClinicalTrials.gov.",
            "platform": "Where it was searched, such as Ovid or EBSCOhost.",
            "hits": "The number of hits the source showed. It is compared with the entries of the files.",
            "strategy": "Exactly as it was run; spaces and line breaks are kept.",
            "limits": "Years, languages, kinds of publication.",
        }
        widgets = {
            "source": forms.TextInput(attrs={"list": "sources", "autocomplete": "off"}),
            "run_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "strategy": forms.Textarea(attrs={"rows": 8, "dir": "auto", "spellcheck": "false", "class": "code"}),
            "limits": forms.Textarea(attrs={"rows": 2}),
            "notes": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        }

    examples = EXAMPLES

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(earlier := self.fields["rerun_of"], forms.ModelChoiceField):
            earlier.queryset = Search.objects.filter(review=review).exclude(pk=self.instance.pk)
        if isinstance(strategy := self.fields["strategy"], forms.CharField):
            strategy.strip = False


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        # An empty file has a message of its own in the service; the field only asks for at least one.
        if not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return list(data)


class UploadForm(forms.Form):
    exports = FilesField(
        label="Export files",
        help_text="As the database gave them: RIS, PubMed (.nbib), BibTeX, EndNote XML, CSV, Excel, a ZIP of these. Several at once are fine.",
        error_messages={"required": "Choose at least one file."},
    )


class ReadAsForm(forms.Form):
    """How to read a file when the guess was wrong; for tables also what each column stands for."""

    format = forms.ChoiceField(label="Format", required=False)
    encoding = forms.ChoiceField(
        label="Encoding", required=False, choices=[("", "as found"), *((name, name) for name in ENCODINGS)]
    )

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        formats = [("", "as found"), *((reader.name, reader.label) for reader in FORMATS.values())]
        self.fields["format"] = forms.ChoiceField(label="Format", required=False, choices=formats)
        self.columns: dict[str, str] = dict(batch.preview.get("columns") or [])
        choices = [("", "no field"), (IGNORED, "leave out"), *TABLE_FIELDS.items()]
        for number, (heading, field) in enumerate(self.columns.items()):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=heading[:60], required=False, choices=choices, initial=field
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{number}"] for number in range(len(self.columns))]

    def mapping(self) -> dict[str, str]:
        """Columns that a person gave another meaning: {heading: field}."""
        chosen = {heading: self.cleaned_data[f"column_{number}"] for number, heading in enumerate(self.columns)}
        return {heading: field or IGNORED for heading, field in chosen.items() if field != self.columns[heading]}


class ReferenceFilter(forms.Form):
    q = forms.CharField(required=False, max_length=300)
    search = forms.ModelChoiceField(queryset=Search.objects.none(), required=False)
    batch = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields["search"], forms.ModelChoiceField):
            field.queryset = Search.objects.filter(review=review)
