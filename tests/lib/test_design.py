"""The design's promises that can be counted: contrast in both themes, icons that exist, nothing the CSP would refuse."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", (ROOT / "static/css/tokens.css").read_text()
    )
}
MEANINGS = ["include", "exclude", "maybe", "conflict"]
TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-soft") for ground in ("paper", "sheet", "well")],
    *[(meaning, ground) for meaning in ["accent", *MEANINGS] for ground in (f"{meaning}-wash", "paper", "sheet")],
    *[("ink", f"{meaning}-wash") for meaning in ["accent", *MEANINGS]],
    *[("paper", meaning) for meaning in MEANINGS],
    ("ink-soft", "accent-wash"),
    ("accent-ink", "accent"),
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2: 1 to 21."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_reads_in_both_themes(text, ground, theme):
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_edges_of_controls_are_seen(theme):
    assert contrast(TOKENS["rule-strong"][theme], TOKENS["sheet"][theme]) >= 3


def test_every_icon_that_a_template_names_is_drawn():
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([a-z-]+)"', path.read_text())}
    assert named
    assert named <= drawn


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_nothing_the_content_security_policy_refuses(path):
    text = path.read_text()
    assert not re.search(r"<[a-z][^>]*\sstyle=", text)
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", text)
    # The report as a file of its own is opened from a disk, where no policy and no style sheet of ours is.
    assert "<style" not in text or path.name == "report_file.html"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "javascript:" not in text


def test_colours_are_named_in_one_place():
    for path in (ROOT / "static/css").glob("*.css"):
        if path.name not in {"tokens.css", "print.css"}:
            colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text())) - {"#fff"}  # a page of a PDF is white
            assert not colours, f"{path.name}: {colours}"
