"""What a lead fills in about the version that an update builds on."""

from django import forms

from screening.models import PreviousVersion


class PreviousVersionForm(forms.ModelForm[PreviousVersion]):
    class Meta:
        model = PreviousVersion
        fields = ["title", "studies", "reports", "cut_off"]
        labels = {
            "title": "Previous version",
            "studies": "Studies included elsewhere",
            "reports": "Reports of these studies",
            "cut_off": "Made here up to",
        }
        help_texts = {
            "title": "Such as its citation.",
            "studies": "When the previous version was not made in this review here. Leave empty what is not reported.",
            "reports": "",
            "cut_off": "When it was made here: the last day on which a file of it was imported. What came later is new.",
        }
        widgets = {"cut_off": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
