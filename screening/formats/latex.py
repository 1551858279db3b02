"""LaTeX in single values of BibTeX: accents and commands as plain text, and nothing of the text lost."""

from __future__ import annotations

import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

_ESCAPED = re.compile(r"\\([%&_#$])")
_BARE_COMMENT = re.compile(r"(?<!\\)%")
_BARE_AMPERSAND = re.compile(r"(?<!\\)&")
# A tilde before a number that stands alone means "about"; elsewhere it ties two words.
_TIE = re.compile(r"(?<=[\w.,)}])~")
_ARGUMENT = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
# An accent with its letter, or a command with what stands in braces behind it.
_APPLIED = re.compile(
    rf"""\\(?:['`^"~=.]\s*(?:{_ARGUMENT}|\\[ij](?![A-Za-z])|[A-Za-z])|[vcukrHdbt](?:\s*{_ARGUMENT}|\s+[A-Za-z])|"""
    rf"(?:[dt]frac|frac|href)\s*{_ARGUMENT}\s*{_ARGUMENT}|[A-Za-z]++\*?(?:\s*{_ARGUMENT}|[ \t]*)|.)",
    re.DOTALL,
)
_LIGATURES = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("?`", "¿"), ("!`", "¡"))
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


def _plain(text: str) -> str:
    # Most values hold no more than protecting braces and escaped signs.
    simple = _ESCAPED.sub(r"\1", text)
    if not any(mark in simple for mark in ("\\", "``", "''", "--", "~", "`")) and not _MATHS.search(text):
        return _without_braces(simple)
    return _decoded(text)


def _without_braces(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def _decoded(text: str) -> str:
    prepared = _DOUBLED.sub(r"\\", _LINK.sub(r"{\1}", text))
    parts: list[str] = []
    position = 0
    for formula in _MATHS.finditer(prepared):
        parts += [_commands(prepared[position : formula.start()]), _commands(_RAISED.sub("", formula[1]))]
        position = formula.end()
    decoded = " ".join("".join((*parts, _commands(prepared[position:]))).split())
    bare = " ".join(_COMMAND.sub("", text).split())
    return bare if len(decoded) < _LOSS * len(bare) else decoded


def _commands(text: str) -> str:
    """The text with each command, and what it is applied to, replaced; the rest needs no parser of LaTeX."""
    parts: list[str] = []
    position = 0
    for command in _APPLIED.finditer(text):
        parts += [_between(text[position : command.start()]), _converted(command[0])]
        position = command.end()
    return "".join((*parts, _between(text[position:])))


def _between(text: str) -> str:
    for pattern, sign in _LIGATURES:
        if pattern in text:
            text = text.replace(pattern, sign)
    return _without_braces(_TIE.sub(" ", text) if "~" in text else text)


@lru_cache(maxsize=1 << 13)
def _converted(command: str) -> str:
    # A bare % would hide the rest of the line.
    prepared = _BARE_AMPERSAND.sub(r"\&", _BARE_COMMENT.sub(r"\%", command))
    try:
        return str(_CONVERTER.latex_to_text(prepared))
    except (ValueError, IndexError, KeyError, AttributeError, RecursionError):
        return _COMMAND.sub("", command)


# Signs that the library knows to read and leaves out, or tells by another character.
_SIGNS = {
    "textless": "<", "textgreater": ">", "lt": "<", "gt": ">", "textbar": "|", "textbraceleft": "{", "textbraceright": "}",
    "textunderscore": "_", "textquotedbl": '"', "textasciicircum": "^", "textasciitilde": "~", "slash": "/", "degree": "°",
    "celsius": "°C", "copyright": "©", "textcelsius": "°C", "permil": "‰", "ndash": "–", "mdash": "—", "TeX": "TeX", "LaTeX": "LaTeX", "-": "",
}  # fmt: skip
_CONTEXT = get_default_latex_context_db()
_CONTEXT.add_context_category(
    "signs", prepend=True, macros=[MacroTextSpec(name, simplify_repl=sign) for name, sign in _SIGNS.items()]
)
_CONVERTER = LatexNodes2Text(latex_context=_CONTEXT, math_mode="text", strict_latex_spaces=False)
