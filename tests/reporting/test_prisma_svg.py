"""The SVG: well-formed, accessible, linked where asked, and harmless whatever people typed."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from reviewapp.reporting.prisma.layout import Template
from reviewapp.reporting.prisma.palette import PALETTES
from reviewapp.reporting.prisma.svg import to_svg
from tests.reporting.prisma_cases import CROWDED, OTHER, SEED

SVG = "{http://www.w3.org/2000/svg}"
LINKS = {
    "records_screened": "/reviews/1/records/?stage=title_abstract&state=any",
    "database_results": "/reviews/1/references/",
    "database_specific_results/Scopus": "/reviews/1/references/?source=Scopus",
    "dbr_excluded/Not reported in English": "/reviews/1/reports/?reason=4",
    "new_studies": "/reviews/1/studies/",
}


def parsed(counts=SEED, template=Template.V1, **options):
    return ET.fromstring(to_svg(counts, template, **options))  # noqa: S314  # our own text


def words(root):
    return [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(("counts", "template"), [(SEED, Template.V1), (OTHER, Template.V2), (CROWDED, Template.V2)])
def test_well_formed_and_named(counts, template):
    root = parsed(counts, template, title="Peer support: flow")
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    assert root.get("role") == "img"
    assert ids[root.get("aria-labelledby")].text == "Peer support: flow"
    assert "Records screened (n = 945)." in ids[root.get("aria-describedby")].text


def test_numbers_are_written_as_prisma_writes_them():
    shown = words(parsed())
    for text in (
        "Databases (n = 1,956)",
        "Scopus (n = 766)",
        "Records screened (n = 945)",
        "Records excluded (n = 909)",
    ):
        assert text in shown
    assert "Insufficient data for extraction (n = 11)" in shown


def test_every_asked_number_is_a_link():
    root = parsed(links=LINKS)
    links = {link.get("href"): link for link in root.iter(f"{SVG}a")}
    assert set(links) == set(LINKS.values())
    assert words(links["/reviews/1/references/?source=Scopus"]) == ["Scopus (n = 766)"]
    assert links["/reviews/1/reports/?reason=4"].get("aria-label") == "Not reported in English (n = 5)"


def test_links_never_nest():
    root = parsed(links=LINKS)
    assert not [inner for link in root.iter(f"{SVG}a") for inner in link.iter(f"{SVG}a") if inner is not link]


def test_a_linked_figure_is_no_image():
    """An image's content is hidden from assistive technology, and its links with it."""
    assert parsed(links=LINKS).get("role") == "group"


def test_without_links_nothing_can_be_followed():
    assert not list(parsed().iter(f"{SVG}a"))


def test_no_style_and_no_script():
    text = to_svg(CROWDED, Template.V2, links=LINKS)
    assert "<style" not in text
    assert " style=" not in text
    assert "<script" not in text
    assert " on" not in text.replace(" only", "")


def test_names_cannot_break_out():
    name = '</text><script>alert("1")</script>\x00\ud800'
    counts = replace(SEED, dbr_excluded={name: 16})
    root = parsed(counts, title="<b>&", links={f"dbr_excluded/{name}": '/?q="><script>'})
    assert not list(root.iter(f"{SVG}script"))
    assert "<b>&" in [element.text for element in root.iter(f"{SVG}title")]
    assert root.find(f".//{SVG}a").get("href") == '/?q="><script>'
    to_svg(counts, Template.V1).encode()


def test_dark_theme_only_changes_colours():
    light, dark = to_svg(SEED, Template.V1), to_svg(SEED, Template.V1, theme="dark")
    assert words(ET.fromstring(light)) == words(ET.fromstring(dark))  # noqa: S314  # our own text
    assert PALETTES["dark"].background in dark
    assert PALETTES["light"].text not in dark


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", PALETTES)
def test_text_contrast_is_aaa_on_every_fill(theme):
    palette = PALETTES[theme]
    for text in (palette.text, palette.muted):
        for fill in (palette.background, *palette.fills.values()):
            if text == palette.muted and fill not in {palette.background, palette.fills["box"]}:
                continue
            low, high = sorted((luminance(text), luminance(fill)))
            assert (high + 0.05) / (low + 0.05) >= 7, (text, fill)


def test_same_counts_same_bytes():
    assert to_svg(OTHER, Template.V2) == to_svg(OTHER, Template.V2)
