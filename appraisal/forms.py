"""Reading what pages send: answers to any kind of question, and the fields of instruments and their questions."""

import re
from typing import Any

from django import forms
from django.http import QueryDict

from appraisal.choices import Attribute, ItemKind, Use
from appraisal.models import Instrument, Item
from appraisal.services.answers import Given

_CELL = re.compile(r"cell-(\d{1,3})-(\d{1,2})\Z")


def value_in(item: Item, sent: QueryDict) -> Any:
    """The answer as the form of one question sends it; whether it fits is for the rules to say."""
    if item.kind == ItemKind.MULTIPLE:
        return sent.getlist("value")
    if item.kind != ItemKind.TABLE:
        return sent.get("value", "")
    cells = {(int(m[1]), int(m[2])): sent.get(name, "") for name in sent if (m := _CELL.match(name))}
    rows = max((row for row, _ in cells), default=-1) + 1
    return [[cells.get((row, column), "") for column in range(len(item.columns))] for row in range(rows)]


def given_in(item: Item, sent: QueryDict) -> Given:
    return Given(value_in(item, sent), sent.get("comment", ""), sent.get("quotation", ""), sent.get("page", ""))


def revision_in(sent: QueryDict) -> int:
    text = sent.get("revision", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


PEOPLE = [(1, "One person"), (2, "Two people, independently"), (3, "Three people, independently")]


class NewInstrumentForm(forms.Form):
    use = forms.ChoiceField(choices=Use.choices, label="For")
    title = forms.CharField(max_length=120)
    people = forms.TypedChoiceField(choices=PEOPLE, coerce=int, initial=2, label="Filled in by")


class AdoptForm(forms.Form):
    people = forms.TypedChoiceField(choices=PEOPLE, coerce=int, initial=2, label="Filled in by")


class InstrumentForm(forms.Form):
    title = forms.CharField(max_length=120)
    people = forms.TypedChoiceField(choices=PEOPLE, coerce=int, label="Filled in by")
    note = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), label="Note for those who fill it in"
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class ItemForm(forms.Form):
    """One question. Which answers it offers is one of the instrument's sets, or a new one written a line each."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=2000, label="Question")
    kind = forms.ChoiceField(choices=ItemKind.choices, label="Kind of answer")
    options = forms.ChoiceField(required=False, label="Answers offered")
    new_options = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Or new answers",
        help_text="One a line.",
    )
    columns = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), label="Columns of the table", help_text="One a line."
    )
    number = forms.CharField(required=False, max_length=10)
    section = forms.CharField(required=False, max_length=120)
    hint = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=4000)
    depends_on = forms.ChoiceField(
        required=False, label="Asked only after", help_text="Another question whose answer decides whether it is asked."
    )
    depends_codes = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="when that is answered"
    )
    attribute = forms.ChoiceField(
        required=False,
        choices=[("", "nothing to find it by"), *Attribute.choices],
        label="Tells of the study",
        help_text="Settled answers become columns and filters wherever studies are listed.",
    )
    required = forms.BooleanField(required=False, initial=True, label="Must be answered before a study is finished")
    gate = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Gate",
        help_text="When this is the first look at a study: the answers with which it is worth going on.",
    )

    def __init__(self, *args: Any, instrument: Instrument, item: Item | None = None, **kwargs: Any) -> None:
        if item:
            kwargs["initial"] = {
                "text": item.text,
                "kind": item.kind,
                "options": item.options,
                "columns": "\n".join(item.columns),
                "number": item.number,
                "section": item.section,
                "hint": item.hint,
                "attribute": item.attribute,
                "required": item.required,
                "gate": item.passes,
                "depends_on": next(iter(item.applies_when), ""),
                "depends_codes": next(iter(item.applies_when.values()), []),
            }
        super().__init__(*args, **kwargs)
        sets = instrument.answer_sets.items()
        named = [(key, " / ".join(answer["label"] for answer in answers)) for key, answers in sets]
        self.fields["options"].choices = [("", "none"), *named]  # type: ignore[attr-defined]
        codes = {answer["code"]: answer["label"] for _, answers in sets for answer in answers}
        self.fields["gate"].choices = list(codes.items())  # type: ignore[attr-defined]
        self.fields["depends_codes"].choices = list(codes.items())  # type: ignore[attr-defined]
        others = instrument.items.filter(retired_at=None).exclude(options="").exclude(pk=item.pk if item else 0)
        self.fields["depends_on"].choices = [("", "always asked"), *((one.key, str(one)[:90]) for one in others)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The two fields about another question become what the model holds."""
        said = super().clean() or {}
        key, codes = said.pop("depends_on", ""), said.pop("depends_codes", [])
        if bool(key) != bool(codes):
            self.add_error("depends_on", "Choose the other question and the answers with which this is asked.")
        said["applies_when"] = {key: codes} if key and codes else {}
        return said

    def clean_columns(self) -> list[str]:
        return [line[:60] for line in _lines(self.cleaned_data["columns"])][:12]

    def clean_new_options(self) -> list[dict[str, str]]:
        return [{"label": line[:60]} for line in _lines(self.cleaned_data["new_options"])]


def first_error(form: forms.Form) -> str:
    """The first thing that is wrong with a form, in a sentence."""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label or name.replace("_", " ").capitalize() if name in form.fields else ""
    return f"{label}: {errors[0]}" if label else str(errors[0])
