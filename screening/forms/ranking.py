"""What the page about the order of reading sends."""

from django import forms

from screening.choices import ReadingOrderKind, TermKind


class OrderForm(forms.Form):
    order = forms.ChoiceField(
        choices=ReadingOrderKind.choices, widget=forms.RadioSelect, label="Unread records are served"
    )
    seed = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The same seed and the same decisions give the same order. Empty: the present one, or one drawn now.",
    )


class TargetForm(forms.Form):
    target = forms.DecimalField(
        min_value=50, max_value=99.9, max_digits=4, decimal_places=1, label="Share of the includes to find, %"
    )
    confidence = forms.DecimalField(min_value=50, max_value=99.9, max_digits=4, decimal_places=1, label="Confidence, %")
    reason = forms.CharField(
        required=False, max_length=1000, label="Why it changes", help_text="Needed once records are settled."
    )


class TermForm(forms.Form):
    term = forms.CharField(max_length=100)
    kind = forms.ChoiceField(choices=TermKind.choices)
