"""Rating rules in words, and the rule of the demo."""

from collections.abc import Mapping
from typing import Any

from appraisal.models import Instrument

# Invented for the demo: it gives the published table, whose own rule is not stated (METHODS 2.1).
DEMO_RULE: dict[str, Any] = {
    "name": "Demo rule",
    "note": "Invented for the demo: the published review gives ratings without a rule.",
    "levels": [
        {"label": "Strong", "any_of": [{"counts": {"no": [0, 0], "cant_tell": [0, 1]}}]},
        {
            "label": "Moderate",
            "any_of": [{"counts": {"no": [0, 1]}}, {"counts": {"cant_tell": [2, 3]}}],
        },
        {"label": "Weak"},
    ],
}
DEMO_RULE_LEVELS = ("Strong", "Moderate", "Weak")


def rule_in_words(instrument: Instrument) -> list[str]:
    """The rule as sentences for the builder, the matrix and the methods section; empty without one."""
    rule = instrument.rating_rule
    if not rule:
        return []
    labels = {answer["code"]: answer["label"] for answers in instrument.answer_sets.values() for answer in answers}
    numbers = {item.key: item.number or item.text for item in instrument.items.all()}
    sentences = [f"Rule “{rule['name']}”, version {rule['version']}."]
    for level in rule["levels"]:
        ways = [_condition(condition, labels, numbers) for condition in level.get("any_of", [])]
        sentences.append(f"{level['label']}: {'; or '.join(ways) if ways else 'everything else'}.")
    return sentences + ([rule["note"]] if rule.get("note") else [])


def _condition(condition: Mapping[str, Any], labels: Mapping[str, str], numbers: Mapping[str, str]) -> str:
    counts = [f"{_range(*limits)} “{labels.get(code, code)}”" for code, limits in condition.get("counts", {}).items()]
    items = [
        f"question {numbers.get(key, key)} answered {' or '.join(f'“{labels.get(code, code)}”' for code in codes)}"
        for key, codes in condition.get("items", {}).items()
    ]
    return ", ".join([*counts, *items])


def _range(low: int, high: int) -> str:
    if high == 0:
        return "no"
    return f"at most {high}" if low == 0 else str(low) if low == high else f"{low} to {high}"
