"""ZIP files and spreadsheets made on the spot."""

import io
import zipfile

import pytest
from xlsxwriter import Workbook

from screening.formats import UnreadableFile, read, sniff
from screening.formats.archives import SMALL
from screening.formats.writers import to_bibtex, to_xlsx
from tests.screening.formats.helpers import TWO_RIS, causes, parsed


def zipped(**files: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    buffer = io.BytesIO()
    with Workbook(buffer) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def test_every_file_of_an_archive_is_read_and_told_by_name() -> None:
    references, _ = parsed(TWO_RIS)
    data = zipped(
        one__ris=TWO_RIS,
        two__bib="".join(to_bibtex(references)),
        three__xlsx=b"".join(to_xlsx(references)),
        cut__ris="TY  - JOUR\nTI  - Cut\n",
        readme__txt="Nothing to see.",
    )
    found, report = parsed(data)
    assert report.format == "zip"
    assert [r.title for r in found] == [r.title for r in references] * 3 + ["Cut"]
    assert [r.position for r in found] == [1, 2, 3, 4, 5, 6, 7]
    assert (report.read, report.repaired, report.markers) == (6, 1, 7)
    assert [(file.name, file.format, file.kept) for file in report.files] == [
        ("one.ris", "ris", 2),
        ("two.bib", "bibtex", 2),
        ("three.xlsx", "spreadsheet", 2),
        ("cut.ris", "ris", 1),
        ("readme.txt", "", 0),
    ]
    assert causes(report)[0] == "cut.ris, line 1: the end mark (ER) is missing"
    assert causes(report)[1].startswith("readme.txt: The format was not recognised")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped(readme__txt="Nothing."), "No file in the archive holds references. readme.txt: The format"),
        (zipped(inner__zip=zipped(one__ris=TWO_RIS)), "An archive inside an archive"),
        (zipped(**{f"f{n}": b"x" for n in range(1001)}), "holds 1001 files"),
        (zipped(bomb__ris=b"\x20" * (SMALL + 1)), "compressed far more"),
        (zipped(one__ris=TWO_RIS)[:-30], "damaged or incomplete"),
    ],
)
def test_archives_that_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        list(read(data).references)


def test_a_damaged_member_does_not_take_the_others_along() -> None:
    data = zipped(one__ris=TWO_RIS, two__ris=TWO_RIS)
    broken = data.replace(data[40:60], b"\xff" * 20, 1)
    references, report = parsed(broken)
    assert len(references) == 2
    assert causes(report) == ["one.ris: The file is damaged inside the archive."]


def test_a_locked_member_is_told() -> None:
    data = bytearray(zipped(one__ris=TWO_RIS))
    data[6] |= 1
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    with pytest.raises(UnreadableFile, match="locked with a password"):
        list(read(bytes(data)).references)


def test_a_spreadsheet_with_a_title_row_numbers_dates_and_a_second_sheet() -> None:
    data = workbook(
        {
            "Results": [
                ["Search of the invented base"],
                [],
                ["Title", "Author(s)", "Year", "Volume", "PMID", "DOI", "Weight"],
                ["Listening circles", "Aaltonen M; Brede JO", 2019, 12, 31234567, "10.1234/jic.1", 0.5],
                [],
                ["Walking groups", "Okafor N", 2021.0, "", "", "", ""],
            ],
            "More": [["Title", "Abstract"], ["Third", "Seen."]],
            "Notes": [["nothing of interest"]],
        }
    )
    references, report = parsed(data)
    assert report.format == sniff(data) == "spreadsheet"
    assert [r.title for r in references] == ["Listening circles", "Walking groups", "Third"]
    assert (report.read, report.markers) == (3, 3)
    first = references[0]
    assert (first.year, first.volume, first.pmid, first.doi, first.line) == (2019, "12", "31234567", "10.1234/jic.1", 4)
    assert [p.display for p in first.people] == ["Aaltonen M", "Brede JO"]
    assert ("Weight", "0.5") in first.raw_fields
    assert report.columns["Author(s)"] == "authors"
    assert causes(report) == [
        "headings that stand for no known field: Weight",
        "the sheet “Notes” holds no row of headings and was left out",
    ]


def test_a_person_may_map_the_columns_of_a_spreadsheet() -> None:
    data = workbook({"One": [["Name", "Who"], ["Listening", "Aaltonen M"]]})
    references = list(read(data, format="spreadsheet", mapping={"Name": "title", "Who": "authors"}).references)
    assert references[0].title == "Listening"
    assert references[0].people[0].family == "Aaltonen"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (workbook({"One": [["nothing"], ["here"]]}), "No sheet has a row of headings"),
        (workbook({"One": []}), "No sheet has a row of headings"),
        (workbook({"One": [["Title", "Year"], ["A", 1]]})[:-40], "damaged"),
        (zipped(**{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "Office document"),
    ],
)
def test_spreadsheets_that_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        list(read(data).references)
