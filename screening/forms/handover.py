"""What a lead says of a file with judgements: which fields to look at, whose the names are, what the values mean."""

from typing import Any

from django import forms

from reviewapp.reviews.models import Membership
from screening.choices import Stage, Verdict
from screening.handover.columns import LABEL, REASON, VOTE
from screening.handover.marks import Plan
from screening.models import ExclusionReason, Handover, Search
from screening.services.handover_choices import FORMER, LEAVE_OUT, NEW_REASON, Chosen

VERDICTS = [(verdict.value, f"means {verdict.label.lower()}") for verdict in Verdict]


class HandoverUploadForm(forms.Form):
    export = forms.FileField(
        label="File with judgements",
        help_text=(
            "Our own export (CSV, Excel, JSON), Rayyan, ASReview, Covidence, or any RIS or table with labels or a column of verdicts."
        ),
        error_messages={"required": "Choose a file."},
        allow_empty_file=True,  # the service has a better message
    )


class FieldsForm(forms.Form):
    """Which fields hold labels, when the file does not say so itself."""

    labels = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, handover: Handover, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handover = handover
        fields = handover.found.get("fields", [])
        self.fields["labels"] = forms.MultipleChoiceField(
            label="Fields that hold labels",
            required=False,
            choices=[(tag, f"{tag} ({n:,})") for tag, n in fields],
            initial=handover.found.get("label_fields", []),
            widget=forms.CheckboxSelectMultiple,
        )

    def plan(self) -> Plan:
        votes = self.handover.found.get("vote_fields", [])
        return Plan(tuple(votes), tuple(self.cleaned_data["labels"]))


class ChoicesForm(forms.Form):
    """One question for each name and value found; the answers stand in their order."""

    def __init__(self, *args: Any, handover: Handover, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Chosen.of(handover)
        found = handover.found
        self.own = bool(found.get("own"))
        reasons = ExclusionReason.objects.filter(review=handover.review_id, retired_at=None)
        listed = [(f"reason-{reason.pk}", f"reason: {reason.label}") for reason in reasons]
        self.fields["stage"] = forms.ChoiceField(
            label="These judgements belong to", choices=Stage.choices, initial=chosen.stage, required=not self.own
        )
        for number, (name, n) in enumerate(found.get("people", [])):
            self.fields[f"person_{number}"] = forms.ChoiceField(
                label=name or "nobody by name",
                help_text=f"{n:,} vote{'' if n == 1 else 's'}",
                required=False,
                choices=_people(handover),
                initial=_at(chosen.people, number),
            )
        for number, (kind, place, value, n) in enumerate(found.get("values", [])):
            self.fields[f"value_{number}"] = forms.ChoiceField(
                label=value,
                help_text=f"{n:,} in {place}" if place != REASON else f"{n:,} times",
                required=False,
                choices=_meanings(kind, listed, own=self.own),
                initial=_at(chosen.values, number),
            )
        self.fields["default_reason"] = forms.ChoiceField(
            label="Exclusions at full text without a reason get",
            required=False,
            choices=[("", "no reason; they are left out"), *((reason.pk, reason.label) for reason in reasons)],
            initial=chosen.default_reason or "",
        )
        missing = found.get("entries", 0) - found.get("matched", 0)
        searches = Search.objects.filter(review=handover.review_id)
        self.fields["search"] = forms.ChoiceField(
            label=f"Entries that the review does not have ({missing:,})",
            required=False,
            choices=[("", "are left out"), *((search.pk, f"are added as found by {search}") for search in searches)],
            initial=chosen.search or "",
        )
        self.fields["blind"] = forms.BooleanField(
            label="Each vote was given without knowing the others",
            required=False,
            initial=chosen.blind,
            help_text="Then votes of people named in the file count in the agreement statistics, which say where they come from.",
        )

    @property
    def people(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("person_")]

    @property
    def values(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("value_")]

    @property
    def rest(self) -> list[forms.BoundField]:
        names = ["default_reason", "search", "blind"]
        return [self[name] for name in (names if self.own else ["stage", *names])]

    def chosen(self) -> Chosen:
        data = self.cleaned_data
        return Chosen(
            stage=data["stage"] or Stage.TITLE_ABSTRACT,
            people=[data[name] for name in self.fields if name.startswith("person_")],
            values=[data[name] for name in self.fields if name.startswith("value_")],
            default_reason=int(data["default_reason"]) if data["default_reason"] else None,
            blind=data["blind"],
            search=int(data["search"]) if data["search"] else None,
        )


def _at(answers: list[str], number: int) -> str:
    return answers[number] if number < len(answers) else ""


def _people(handover: Handover) -> list[tuple[str, str]]:
    members = Membership.objects.filter(review=handover.review_id).select_related("user")
    return [
        (LEAVE_OUT, "leave out"),
        *((f"member-{member.user_id}", str(member.user)) for member in members),
        (FORMER, "a former reviewer, who cannot log in"),
    ]


def _meanings(kind: str, reasons: list[tuple[str, str]], *, own: bool) -> list[tuple[str, str]]:
    if own or kind == REASON:
        return [(LEAVE_OUT, "leave out"), *reasons, (NEW_REASON, "a new exclusion reason of this name")]
    if kind == VOTE:
        return [(LEAVE_OUT, "no vote"), *VERDICTS]
    new = (NEW_REASON, "a new exclusion reason of this name")
    return [(LEAVE_OUT, "leave out"), (LABEL, "stays a label"), *VERDICTS, *reasons, new]
