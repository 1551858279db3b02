"""What must hold between rows after any act: nothing that is there hangs on something that was taken away."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from synthesis.choices import Layer
from synthesis.models import Code, Coding, Theme, ThemeCode, ThemePart, ThemeSupport


def torn(changes: Iterable[dict[str, Any]]) -> str:
    """Why the rows touched cannot stay so, in words for a person; empty when all holds."""
    ids: dict[str, set[str]] = {}
    for change in changes:
        ids.setdefault(change["model"], set()).update(change["ids"])
    codes = (
        set(ids.get("code", ()))
        | _of(Coding, ids.get("coding"), "code_id")
        | _of(ThemeCode, ids.get("themecode"), "code_id")
    )
    codes |= _of(Code, ids.get("code"), "parent_id")
    gone = Q(pk__in=codes - {"None"}) & Q(removed_at__isnull=False)
    for code in Code.objects.filter(gone):
        # Codings still hidden keep their code; what the team holds must not hang on one that is gone.
        if Coding.objects.filter(code=code, removed_at=None, layer=Layer.AGREED).exists():
            return f"The code “{code}” is in use by now."
        if Code.objects.filter(parent=code, removed_at=None).exists():
            return f"The code “{code}” has other codes under it by now."
        if ThemeCode.objects.filter(code=code, removed_at=None).exists():
            return f"The code “{code}” is in a theme by now."
    themes = set(ids.get("theme", ())) | _of(ThemeCode, ids.get("themecode"), "theme_id")
    themes |= _of(ThemePart, ids.get("themepart"), "theme_id") | _of(ThemePart, ids.get("themepart"), "part_id")
    themes |= _of(ThemeSupport, ids.get("themesupport"), "theme_id")
    for theme in Theme.objects.filter(pk__in=themes, removed_at__isnull=False):
        if theme.members.filter(removed_at=None).exists():
            return f"The theme “{theme}” holds codes by now."
        if theme.parts.filter(removed_at=None).exists() or theme.wholes.filter(removed_at=None).exists():
            return f"The theme “{theme}” is joined to another one by now."
        if theme.support_by_hand.filter(removed_at=None).exists():
            return f"The theme “{theme}” has a study counted by hand by now."
    return ""


def _of(model: Any, ids: set[str] | None, column: str) -> set[str]:
    return {str(value) for value in model.objects.filter(pk__in=ids).values_list(column, flat=True)} if ids else set()
