"""The figure's geometry: nothing overflows, nothing overlaps, whatever the names and numbers."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewapp.lib.typeface import text_width
from reviewapp.reporting.prisma.counts import Pending, PrismaCounts
from reviewapp.reporting.prisma.layout import (
    CITATION,
    FONT_SIZE,
    LINE_HEIGHT,
    PADDING,
    RESERVE,
    Kind,
    Template,
    flow_layout,
    keys,
    wrap,
)  # fmt: skip
from tests.reporting.prisma_cases import CROWDED, OTHER, SEED, UPDATED

CASES = [
    (SEED, Template.V1),
    (OTHER, Template.V2),
    (CROWDED, Template.V1),
    (CROWDED, Template.V2),
    (PrismaCounts(), Template.V2),
    (UPDATED, Template.UPDATED_V1),
    (CROWDED, Template.UPDATED_V2),
    (PrismaCounts(), Template.UPDATED_V1),
]


def text_edges(box, placed):
    """Leftmost and rightmost point of an entry's lines in the widest typeface allowed for."""
    widest = max(text_width(line, FONT_SIZE, bold=placed.entry.bold) for line in placed.lines) * RESERVE
    left = placed.x if box.kind is Kind.BOX else placed.x - widest / 2
    return left, left + widest


@pytest.mark.parametrize(("counts", "template"), CASES)
def test_text_stays_inside_its_box(counts, template):
    for box in flow_layout(counts, template).boxes:
        if box.kind is Kind.BAR:
            continue
        for placed in box.entries:
            left, right = text_edges(box, placed)
            assert left >= box.x + PADDING - 0.01, placed
            assert right <= box.right - PADDING + 0.01, placed
            assert placed.top >= box.y
            assert placed.top + placed.height <= box.bottom


@pytest.mark.parametrize(("counts", "template"), CASES)
def test_bar_labels_fit_their_bars(counts, template):
    bars = [box for box in flow_layout(counts, template).boxes if box.kind is Kind.BAR]
    assert [bar.entries[0].entry.text for bar in bars] == ["Identification", "Screening", "Included"]
    for bar in bars:
        assert text_width(bar.entries[0].entry.text, FONT_SIZE, bold=True) * RESERVE < bar.height


@pytest.mark.parametrize(("counts", "template"), CASES)
def test_boxes_are_apart_and_on_the_page(counts, template):
    layout = flow_layout(counts, template)
    for a, b in combinations(layout.boxes, 2):
        assert a.right < b.x or b.right < a.x or a.bottom < b.y or b.bottom < a.y, (a.name, b.name)
    assert all(
        box.x > 0 and box.right < layout.width and box.y > 0 and box.bottom < layout.height for box in layout.boxes
    )


@pytest.mark.parametrize(("counts", "template"), CASES)
def test_no_arrow_crosses_a_box(counts, template):
    layout = flow_layout(counts, template)
    for arrow in layout.arrows:
        for (x0, y0), (x1, y1) in zip(arrow.points, arrow.points[1:], strict=False):
            assert x0 == x1 or y0 == y1
            low, high = (min(x0, x1), min(y0, y1)), (max(x0, x1), max(y0, y1))
            for box in layout.boxes:
                inside = low[0] < box.right and high[0] > box.x and low[1] < box.bottom and high[1] > box.y
                assert not inside, (arrow, box.name)


@pytest.mark.parametrize(("counts", "template"), CASES)
def test_side_boxes_stand_at_the_height_of_their_main_box(counts, template):
    layout = flow_layout(counts, template)
    pairs = [
        ("identified", "removed"),
        ("screened", "excluded"),
        ("dbr_sought", "dbr_missing"),
        ("dbr_assessed", "dbr_excluded"),
    ]
    for main, side in pairs:
        assert layout.box(main).middle == pytest.approx(layout.box(side).middle)
        assert layout.box(main).right < layout.box(side).x


def test_bands_cover_their_rows():
    layout = flow_layout(OTHER, Template.V2)
    bands = {box.name: box for box in layout.boxes}
    for band, names in {
        "identification-bar": ("identified", "removed", "other_identified"),
        "screening-bar": ("screened", "excluded", "dbr_sought", "dbr_excluded", "other_sought", "other_excluded"),
        "included-bar": ("included",),
    }.items():
        assert all(
            bands[band].y <= layout.box(name).y and layout.box(name).bottom <= bands[band].bottom for name in names
        )


def test_v1_has_no_other_lane():
    names = {box.name for box in flow_layout(OTHER, Template.V1).boxes}
    assert not any(name.startswith("oth") for name in names)
    assert {"newstud", "identified", "included"} <= names


def test_other_methods_end_in_the_included_box():
    layout = flow_layout(OTHER, Template.V2)
    included = layout.box("included")
    assert (included.right, included.middle) in {arrow.points[-1] for arrow in layout.arrows}


def texts(counts, template, name):
    return [placed.entry.text for placed in flow_layout(counts, template).box(name).entries]


def test_words_and_numbers_of_the_published_review():
    assert texts(SEED, Template.V1, "identified") == [
        "Records identified from:", "Databases (n = 1,956)", "Scopus (n = 766)", "PubMed (n = 220)", "Cochrane Library (n = 121)",
        "CINAHL (n = 313)", "Web of Science (n = 536)", "Registers (n = 0)",
    ]  # fmt: skip
    assert texts(SEED, Template.V1, "removed")[1] == "Duplicate records removed (n = 1,011)"
    assert texts(SEED, Template.V1, "dbr_excluded") == [
        "Reports excluded (n = 16):", "Not reported in English (n = 5)", "Insufficient data for extraction (n = 11)",
    ]  # fmt: skip
    assert texts(SEED, Template.V1, "included") == [
        "Studies included in review (n = 20)",
        "Reports of included studies (n = 20)",
    ]


def test_unknown_is_not_zero():
    assert texts(PrismaCounts(), Template.V1, "screened") == ["Records screened (n = not reported)"]
    assert texts(PrismaCounts(), Template.V1, "dbr_excluded") == ["Reports excluded (n = not reported)"]


def test_what_waits_is_shown_only_while_it_waits():
    counts = PrismaCounts(records_screened=945, pending={Pending.SCREENING: 14})
    assert texts(counts, Template.V1, "screened") == ["Records screened (n = 945)", "Awaiting screening (n = 14)"]
    assert texts(PrismaCounts(records_screened=945), Template.V1, "screened") == ["Records screened (n = 945)"]


def test_caption_names_the_source():
    assert "Page MJ, et al. BMJ 2021;372:n71" in " ".join(flow_layout(SEED, Template.V1).caption)
    assert " ".join(flow_layout(SEED, Template.V1).caption) == CITATION


def test_a_count_is_never_torn_apart():
    for placed in (placed for box in flow_layout(CROWDED, Template.V2).boxes for placed in box.entries):
        assert all(line.count("(n =") == line.count("(n = ") for line in placed.lines)
        if "(n = " in placed.entry.text:
            assert placed.lines[-1].rstrip(":").endswith(")")
            assert "(n = " in placed.lines[-1]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.floats(min_value=60, max_value=400))
def test_wrapping_loses_no_letter_and_fits(text, width):
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(text_width(line, FONT_SIZE) * RESERVE <= width + 0.01 for line in lines)


def test_keys_name_every_number_once():
    found = keys(replace(OTHER, pending={Pending.SCREENING: 3}), Template.V2)
    assert len(found) == len(set(found))
    assert {"database_specific_results/Scopus", "dbr_excluded", "dbr_excluded/Not reported in English"} <= set(found)
    assert {"pending/records_awaiting_screening", "other_excluded/Wrong design", "new_reports"} <= set(found)
    assert "other_assessed" not in keys(OTHER, Template.V1)


def test_lines_do_not_touch():
    assert LINE_HEIGHT >= 1.3 * FONT_SIZE
