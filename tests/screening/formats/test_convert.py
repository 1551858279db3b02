"""The command that converts export files without a database."""

import json
import subprocess
import sys
import zipfile
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


def test_json_lines_tell_where_an_entry_stood_and_all_its_fields(ris: Path, tmp_path: Path) -> None:
    call_command("convert", str(ris), "--output", str(tmp_path / "out"))
    first, second = map(json.loads, (tmp_path / "out").read_text(encoding="utf-8").splitlines())
    assert (first["custom"]["file"], first["custom"]["line"], second["custom"]["line"]) == (str(ris), 1, 19)
    assert ["KW", "listening"] in first["custom"]["fields"]


def test_folders_and_archives_stand_for_their_files(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "more").mkdir(parents=True)
    (folder / "a.ris").write_text(TWO_RIS, encoding="utf-8")
    (folder / ".hidden").write_text("nothing", encoding="utf-8")
    with zipfile.ZipFile(folder / "more" / "b.zip", "w") as archive:
        archive.writestr("one.nbib", "PMID- 30000001\nTI  - One.\n")
        archive.writestr("two.csv", "Title,Authors\nTwo,Quux A\n")
    call_command("convert", str(folder), "--output", str(tmp_path / "out"), "--report", str(tmp_path / "report"))
    entries = [json.loads(line) for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines()]
    assert [entry["title"] for entry in entries][2:] == ["One", "Two"]
    plain, zipped = json.loads((tmp_path / "report").read_text(encoding="utf-8"))
    assert (plain["file"], plain["format"], plain["markers"], plain["read"]) == (str(folder / "a.ris"), "ris", 2, 2)
    assert [(file["file"], file["format"], file["read"]) for file in zipped["files"]] == [
        ("one.nbib", "medline", 1), ("two.csv", "csv", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.ris"], "could not be read: nowhere.ris"),
        (["{ris}", "--output", "{ris}/deeper/out"], "The result cannot be written"),
        (["{empty}"], "There is no file in the folder"),
        (["{ris}", "--to", "docx"], "invalid choice"),
    ],
)
def test_what_goes_wrong_is_said(arguments: list[str], words: str, ris: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    given = [argument.format(ris=ris, empty=tmp_path / "empty") for argument in arguments]
    with pytest.raises(CommandError, match=words):
        call_command("convert", *given)


def test_the_command_needs_no_database_and_ends_with_1_when_a_file_was_not_read(ris: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.bin"
    bad.write_bytes(b"\x00\x01\x02nothing")
    root = Path(__file__).resolve().parents[3]
    environment = {
        "PATH": "/nowhere",
        "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
        "SECRET_KEY": "x" * 50,
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "convert", str(ris), str(bad)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert "1 of 2 files could not be read" in done.stderr
