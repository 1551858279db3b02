"""Reading in a limited child: results come through, limits and crashes become words."""

from pathlib import Path

import pytest

from screening.formats import UnreadableFile, read
from screening.formats.child import ChildReading, read_in_child
from tests.screening.formats.helpers import TWO_RIS, parsed
from tests.screening.formats.test_archives import zipped


@pytest.fixture
def ris_file(tmp_path: Path) -> Path:
    path = tmp_path / "export.ris"
    path.write_text(TWO_RIS)
    return path


def test_references_and_report_come_through(ris_file: Path) -> None:
    reading = read_in_child(ris_file)
    expected, report = parsed(TWO_RIS)
    assert list(reading) == expected
    assert reading.report == report


def test_options_come_through(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes("Titel;Jahr\nGehen für alle;2020\n".encode("cp1252"))
    reading = read_in_child(path, format="csv", encoding="cp1252", mapping={"Titel": "title", "Jahr": "year"})
    assert [(r.title, r.year) for r in reading] == [("Gehen für alle", 2020)]


def test_many_references_come_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "many.ris"
    path.write_text("".join(f"TY  - JOUR\nTI  - Walk {number}\nER  - \n" for number in range(450)))
    assert [r.position for r in read_in_child(path)] == list(range(1, 451))


def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    path = tmp_path / "full.pdf"
    path.write_bytes(b"%PDF-1.4")
    with pytest.raises(UnreadableFile, match="PDF"):
        list(read_in_child(path))


def test_the_memory_limit_ends_the_child_with_words(ris_file: Path) -> None:
    ris_file.write_text(TWO_RIS * 40_000)
    with pytest.raises(UnreadableFile, match="memory"):
        list(ChildReading(ris_file, None, None, None, memory=34 << 20))


def test_the_time_limit_ends_the_child_with_words(ris_file: Path) -> None:
    with pytest.raises(UnreadableFile, match="too long"):
        list(ChildReading(ris_file, None, None, None, wall=0.0))


def test_the_computing_limit_ends_the_child_with_words(ris_file: Path) -> None:
    ris_file.write_text(TWO_RIS * 60_000)
    with pytest.raises(UnreadableFile, match="computing time"):
        list(ChildReading(ris_file, None, None, None, cpu=1))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="stopped unexpectedly"):
        list(read_in_child(tmp_path / "gone.ris"))


def test_a_reader_that_stops_early_leaves_no_child(ris_file: Path) -> None:
    references = iter(read_in_child(ris_file))
    assert next(references).position == 1
    references.close()  # type: ignore[attr-defined]


def test_an_archives_report_comes_through_with_those_of_its_files(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zipped(one__ris=TWO_RIS, cut__ris=TWO_RIS[:40], readme__txt="Nothing to see."))
    reading = read_in_child(path)
    expected = read(path.read_bytes())
    assert list(reading) == list(expected.references)
    assert reading.report == expected.report
    assert [file.name for file in expected.report.files] == ["one.ris", "cut.ris", "readme.txt"]


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    path.write_text(r'[{"type": "article-journal", "title": "Walking \ud83d home"}]')
    (reference,) = read_in_child(path)
    assert reference.title == "Walking ? home"
