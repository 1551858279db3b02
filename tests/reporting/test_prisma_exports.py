"""PNG, PDF and CSV are read back by other programs."""

import csv
import re
from dataclasses import replace
from io import BytesIO, StringIO

import pypdfium2
import pytest
from PIL import Image, ImageChops

from reviewapp.lib.figures import to_png
from reviewapp.lib.typeface import BOLD, REGULAR, font_files, register
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.prisma.csv_export import COLUMNS, guarded, to_prisma2020_csv
from reviewapp.reporting.prisma.layout import Template, flow_layout
from reviewapp.reporting.prisma.raster import POINTS_PER_PIXEL, to_pdf
from reviewapp.reporting.prisma.svg import to_svg
from tests.reporting.prisma_cases import CROWDED, OTHER, REASONS, SEED


def image(svg, scale=1.0):
    return Image.open(BytesIO(to_png(svg, scale))).convert("RGB")


@pytest.mark.parametrize("scale", [1, 2])
def test_png_has_the_figures_size(scale):
    layout = flow_layout(SEED, Template.V1)
    assert image(to_svg(SEED, Template.V1), scale).size == (layout.width * scale, layout.height * scale)


def test_png_shows_the_letters():
    """The same figure with other letters differs, also where only Cyrillic or ≥ is written: no font, no difference."""
    for one, two in (("Scopus", "Socpus"), ("Ж", "Я"), ("≥", "ø"), ("–", "é")):
        pictures = [
            image(to_svg(PrismaCounts(database_specific_results={name: 1}), Template.V1)) for name in (one, two)
        ]
        assert ImageChops.difference(*pictures).getbbox() is not None, (one, two)


def test_png_does_not_need_the_links():
    plain, linked = (image(to_svg(SEED, Template.V1, links=links)) for links in (None, {"new_studies": "/studies/"}))
    assert ImageChops.difference(plain, linked).getbbox() is None


def test_damaged_svg_is_refused():
    with pytest.raises(ValueError, match=r".+"):
        to_png("<svg")


def pdf_text(counts, template, **options):
    document = pypdfium2.PdfDocument(to_pdf(counts, template, **options))
    try:
        assert len(document) == 1
        return document[0].get_textpage().get_text_bounded(), document[0].get_size(), document.get_metadata_dict()
    finally:
        document.close()


def test_pdf_is_text_and_one_page_of_the_figures_size():
    text, size, metadata = pdf_text(SEED, Template.V1, title="Peer support: flow")
    for words in (
        "Records screened (n = 945)",
        "(n = 1,956)",
        "(n = 1,011)",
        "(n = 909)",
        "BMJ 2021;372:n71",
        "Identification",
    ):
        assert words in text
    layout = flow_layout(SEED, Template.V1)
    assert size == pytest.approx((layout.width * POINTS_PER_PIXEL, layout.height * POINTS_PER_PIXEL), abs=0.01)
    assert metadata["Title"] == "Peer support: flow"


def test_pdf_holds_other_alphabets():
    text = " ".join(pdf_text(CROWDED, Template.V2)[0].split())
    assert "Кохрановская библиотека" in text
    assert "Øst ≥ 2010" in text
    assert "Saúde –" in text


def test_pdf_same_counts_same_bytes():
    assert to_pdf(OTHER, Template.V2) == to_pdf(OTHER, Template.V2)


def test_typeface_comes_with_a_package():
    assert all("site-packages" in path for path in font_files())
    register()
    assert {REGULAR, BOLD} == {"TandemRoboto", "TandemRoboto-Bold"}


def rows(counts, template, **options):
    return list(csv.DictReader(StringIO(to_prisma2020_csv(counts, template, **options), newline="")))


def numbers(counts, template):
    return {row["data"]: row["n"] for row in rows(counts, template) if row["data"] != "NA"}


def as_the_package_parses(cell):
    """The package's reading of a list: names end at the first comma, numbers begin there."""
    parts = re.split("; ?", cell)
    return {part.partition(",")[0]: int(re.sub("[^0-9]", "", part.partition(",")[2])) for part in parts}


def test_csv_columns_and_rows_are_the_packages():
    found = rows(SEED, Template.V1)
    assert tuple(found[0]) == COLUMNS == ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n")
    assert {row["box"] for row in found if row["data"] == "NA"} == {"prevstud", "newstud", "othstud"}
    assert sorted(row["node"] for row in found if row["node"] != "NA") == sorted(f"node{n}" for n in range(1, 24))
    assert len(found) == 34


def test_csv_numbers_read_back():
    read = numbers(SEED, Template.V1)
    assert [read[key] for key in ("database_results", "duplicates", "records_screened", "records_excluded")] == [
        "1956",
        "1011",
        "945",
        "909",
    ]
    assert [read[key] for key in ("dbr_sought_reports", "dbr_assessed", "new_studies", "new_reports")] == [
        "36",
        "36",
        "20",
        "20",
    ]
    assert as_the_package_parses(read["database_specific_results"]) == SEED.database_specific_results
    assert as_the_package_parses(read["dbr_excluded"]) == SEED.dbr_excluded


def test_csv_keeps_unknown_apart_from_zero():
    read = numbers(replace(SEED, excluded_other=None), Template.V1)
    assert (read["excluded_other"], read["excluded_automatic"], read["previous_studies"]) == ("NA", "0", "NA")


def test_csv_v1_leaves_other_methods_out():
    assert numbers(OTHER, Template.V1)["website_results"] == "NA"
    assert numbers(OTHER, Template.V1)["other_excluded"] == "NA"
    assert numbers(OTHER, Template.V2)["website_results"] == "12"
    assert as_the_package_parses(numbers(OTHER, Template.V2)["other_excluded"]) == OTHER.other_excluded


def test_csv_names_with_commas_and_semicolons_stay_one_reason():
    read = as_the_package_parses(numbers(CROWDED, Template.V1)["dbr_excluded"])
    assert list(read.values()) == list(REASONS.values())
    assert read["Insufficient data – or methods"] == 8


@pytest.mark.parametrize(
    ("cell", "safe"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("+4, 4", "'+4, 4"), ("-3", "-3"), ("Scopus, 4", "Scopus, 4")]
)
def test_cells_are_no_formulas(cell, safe):
    assert guarded(cell) == safe


def test_a_database_called_like_a_formula_is_guarded():
    counts = replace(SEED, database_specific_results={"=HYPERLINK(1)": 1956})
    assert numbers(counts, Template.V1)["database_specific_results"] == "'=HYPERLINK(1), 1956"


def test_csv_carries_links():
    read = {
        row["data"]: row["url"]
        for row in rows(SEED, Template.V1, links={"records_screened": "https://tandem.example/records/"})
    }
    assert read["records_screened"] == "https://tandem.example/records/"
    assert read["duplicates"] == "NA"
