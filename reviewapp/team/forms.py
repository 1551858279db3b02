"""What a person fills in about a review and the people in it."""

from typing import Any

from django import forms

from reviewapp.reviews.choices import Framework, Task
from reviewapp.reviews.frameworks import FRAMEWORKS
from reviewapp.reviews.models import Review

OWN_TASKS = [(task.value, task.label) for task in Task if task not in {Task.LEAD, Task.OBSERVE}]


class ReviewForm(forms.Form):
    """Title, question, registration id, and a text for each field of the chosen question framework."""

    title = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}))
    question = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text="The review's question in a sentence.",
    )
    registration = forms.CharField(
        label="Registration id", required=False, max_length=100, help_text="PROSPERO or OSF id, once there is one."
    )
    framework = forms.ChoiceField(label="Question framework", choices=Framework.choices, initial=Framework.SPIDER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get("framework") if self.is_bound else self.initial.get("framework")
        self.chosen = chosen if chosen in FRAMEWORKS else Framework.SPIDER
        kept: dict[str, str] = self.initial.get("framework_fields", {})
        for field in FRAMEWORKS[self.chosen]:
            self.fields[f"part_{field.key}"] = forms.CharField(
                label=field.label,
                help_text=field.help,
                required=False,
                max_length=2000,
                initial=kept.get(field.key, ""),
                widget=forms.Textarea(attrs={"rows": 1, "dir": "auto"}),
            )

    @classmethod
    def of(cls, review: Review) -> "ReviewForm":
        names = ("title", "question", "registration", "framework", "framework_fields")
        return cls(initial={name: getattr(review, name) for name in names})

    @property
    def parts(self) -> list[forms.BoundField]:
        """The framework's fields."""
        return [self[name] for name in self.fields if name.startswith("part_")]

    def content(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        parts = {name.removeprefix("part_"): text for name, text in data.items() if name.startswith("part_")}
        plain = {name: data[name] for name in ("title", "question", "registration", "framework")}
        return plain | {"framework_fields": parts}


class NewReviewForm(ReviewForm):
    tasks = forms.MultipleChoiceField(
        label="What will you do yourself?",
        choices=OWN_TASKS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=[Task.SCREEN_TITLE_ABSTRACT, Task.SCREEN_FULL_TEXT],
        help_text="You lead the review in any case. All of this can be changed later.",
    )


class TasksForm(forms.Form):
    tasks = forms.MultipleChoiceField(
        label="Tasks",
        choices=Task.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one task."},
    )


class InvitationForm(TasksForm):
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="The invitation is sent there and only that person can use it. Leave it empty for a link that works once, for whoever has it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["email", "tasks"]
