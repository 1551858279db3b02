"""LaTeX in single values of BibTeX: accents and commands as plain text, and nothing of the text lost."""

from __future__ import annotations

import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

_ESCAPED = re.compile(r"\\([%&_#$])")
_BARE_COMMENT = re.compile(r"(?<!\\)%")
_BARE_AMPERSAND = re.compile(r"(?<!\\)&")
_ABOUT = re.compile(r"(?<![\w\\.}])~")
# A dollar sign is one of mathematics only when text stands close to it on the inside (pandoc's rule).
_MATHS = re.compile(r"(?<!\\)\$(?=\S)((?:[^$\\]|\\.)+?)(?<=\S)\$(?!\d)", re.DOTALL)
_RAISED = re.compile(r"(?<!\\)[_^](?=[{\w\\])")
_LINK = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}]*)\}")
# Programs that escape backslashes twice write \\'e for é.
_DOUBLED = re.compile(r"""\\\\(?=['`^"~=.]\{?\\?[A-Za-z])|(?<=\{)\\\\(?=[A-Za-z]+\})""")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?\s?|.)|[{}$]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
# A result much shorter than the text without its commands has lost words.
_LOSS = 0.8


def plain(value: str) -> str:
    """The value as text: paragraphs are kept, other line ends are blanks, protecting braces are gone."""
    paragraphs = (" ".join(part.split()) for part in _PARAGRAPH.split(value))
    return "\n".join(_plain(part) for part in paragraphs if part)


@lru_cache(maxsize=1 << 12)
def _plain(text: str) -> str:
    # Most values hold no more than protecting braces and escaped signs.
    simple = _ESCAPED.sub(r"\1", text)
    if not any(mark in simple for mark in ("\\", "``", "''", "--", "~")) and not _MATHS.search(text):
        return _without_braces(simple)
    return _decoded(text)


def _without_braces(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def _decoded(text: str) -> str:
    prepared = _DOUBLED.sub(r"\\", _LINK.sub(r"{\1}", text))
    prepared = _BARE_AMPERSAND.sub(r"\\&", _BARE_COMMENT.sub(r"\\%", prepared))
    prepared = _ABOUT.sub(r"\\textasciitilde{}", prepared)
    prepared = _with_maths(prepared)
    try:
        decoded = _CONVERTER.latex_to_text(prepared)
    except (ValueError, IndexError, KeyError, AttributeError, RecursionError):
        decoded = ""
    decoded = " ".join(decoded.split())
    bare = _COMMAND.sub("", text)
    return bare if len(decoded) < _LOSS * len("".join(bare.split())) else decoded


def _with_maths(text: str) -> str:
    """Formulas without marks of raised and lowered text; every other dollar sign means money."""
    parts: list[str] = []
    position = 0
    for match in _MATHS.finditer(text):
        parts += [_money(text[position : match.start()]), "{", _RAISED.sub("", match[1]), "}"]
        position = match.end()
    return "".join((*parts, _money(text[position:])))


def _money(text: str) -> str:
    return re.sub(r"(?<!\\)\$", r"\\$", text)


# Signs that the library knows to read and leaves out, or tells by another character.
_SIGNS = {
    "textless": "<", "textgreater": ">", "lt": "<", "gt": ">", "textbar": "|", "textbraceleft": "{", "textbraceright": "}",
    "textunderscore": "_", "textquotedbl": '"', "textasciicircum": "^", "textasciitilde": "~", "slash": "/", "degree": "°",
    "celsius": "°C", "textcelsius": "°C", "permil": "‰", "ndash": "–", "mdash": "—", "TeX": "TeX", "LaTeX": "LaTeX", "-": "",
}  # fmt: skip
_CONTEXT = get_default_latex_context_db()
_CONTEXT.add_context_category(
    "signs", prepend=True, macros=[MacroTextSpec(name, simplify_repl=sign) for name, sign in _SIGNS.items()]
)
_CONVERTER = LatexNodes2Text(latex_context=_CONTEXT, math_mode="text", strict_latex_spaces=False)
