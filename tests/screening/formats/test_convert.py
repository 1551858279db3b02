"""The command that converts export files without a database."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from screening.formats import read
from screening.formats.writers import WRITERS
from tests.screening.formats.helpers import TWO_RIS


@pytest.fixture
def ris(tmp_path: Path) -> Path:
    path = tmp_path / "two.txt"
    path.write_text(TWO_RIS, encoding="utf-8")
    return path


def test_csl_json_is_one_object_a_line(ris: Path, tmp_path: Path) -> None:
    call_command("convert", str(ris), str(ris), "--output", str(tmp_path / "out"))
    entries = [json.loads(line) for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines()]
    assert [entry["id"] for entry in entries] == ["1", "2", "3", "4"]
    assert entries[0]["DOI"] == "10.1234/jic.2019.0101"


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_format_can_be_written_and_read_again(ris: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    call_command("convert", str(ris), "--to", name, "--output", str(out))
    if name == "csl-json":
        return
    assert [r.title for r in read(out.read_bytes()).references] == [
        "Listening circles for caregivers: a qualitative study",
        "Walking groups in winter",
    ]


def test_the_report_tells_of_each_file_and_the_command_fails_when_one_was_not_read(ris: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.ris"
    cut.write_text("TY  - JOUR\nTI  - Cut\n", encoding="utf-8")
    missing = tmp_path / "missing.ris"
    report = tmp_path / "report.json"
    with pytest.raises(CommandError, match=r"1 of 3 files could not be read: .*missing\.ris"):
        call_command(
            "convert", str(ris), str(missing), str(cut), "--output", str(tmp_path / "out"), "--report", str(report)
        )
    first, second, third = json.loads(report.read_text(encoding="utf-8"))
    assert (first["format"], first["encoding"], first["markers"], first["read"]) == ("ris", "utf-8", 2, 2)
    assert second["error"].startswith("The file cannot be opened")
    assert (third["repaired"], third["problems"][0]["line"]) == (1, 1)
    assert third["problems"][0]["cause"] == "the end mark (ER) is missing"
    assert len((tmp_path / "out").read_text(encoding="utf-8").splitlines()) == 3
