"""What an author writes on an item of a checklist."""

from typing import Any

from django import forms

from reviewapp.reporting.checklists.services import LONGEST_LOCATION, LONGEST_REASON, LONGEST_TEXT
from reviewapp.reporting.choices import ItemStatus
from reviewapp.reporting.models import ChecklistEntry


class EntryForm(forms.Form):
    status = forms.ChoiceField(choices=ItemStatus.choices, label="Status")
    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label="Your text",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Stands in place of what the data say. Left empty, the words of the data are exported.",
    )
    location = forms.CharField(
        required=False, max_length=LONGEST_LOCATION, label="Page or section", help_text="Of the manuscript."
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label="Why it does not apply",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Asked for when the status is “not applicable”.",
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, instance: ChecklistEntry) -> None:
        names = ("status", "text", "location", "reason", "revision")
        super().__init__(data.copy() if data is not None else None, initial={n: getattr(instance, n) for n in names})

    def see(self, entry: ChecklistEntry) -> None:
        """The author has been shown a colleague's words: saving again is meant to replace them."""
        self.data["revision"] = str(entry.revision)  # type: ignore[index]
