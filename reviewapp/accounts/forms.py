"""What a person tells about themselves when they sign up."""

from django import forms
from django.http import HttpRequest

from reviewapp.accounts.models import User


class SignupForm(forms.Form):
    """allauth adds e-mail address and password; the name and initials are ours."""

    name = forms.CharField(
        label="Name",
        max_length=150,
        help_text="As your colleagues know you.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    initials = forms.CharField(
        label="Initials",
        max_length=6,
        required=False,
        help_text="As they stand in a methods section. Left empty, they are taken from your name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short", "size": 8}),
    )
    field_order = ["name", "initials", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account exists."""
        user.name = self.cleaned_data["name"]
        user.initials = self.cleaned_data["initials"]
        user.save()
