"""The command line: tables and exports in, groups and pairs out, no database."""

import csv
import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

TABLE = (
    "record_id,author,title,year,journal,volume,number,pages,doi\n"
    'a,"Brandvold, I and Okonjo, P",Short naps of nurses on night shift,2014,Annals of Sleep,3,2,10-19,\n'
    'b,"Brandvold, I and Okonjo, P",Short naps of nurses on night shift.,2014,Ann Sleep,3,2,10-9,\n'
    'c,"Haldane, M",What gardeners eat,2001,Gardens and Health,5,1,1-8,\n'
)
EXPORT = "TY  - JOUR\nTI  - Short naps of nurses on night shift\nAU  - Brandvold, I\nAU  - Okonjo, P\nPY  - 2014\nJO  - Ann Sleep\nVL  - 3\nSP  - 10\nEP  - 19\nER  - \n"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_table_is_grouped(tmp_path: Path) -> None:
    table = tmp_path / "references.csv"
    table.write_text(TABLE, encoding="utf-8")
    out = StringIO()
    call_command(
        "deduplicate", str(table), output=tmp_path / "groups.csv", uncertain=tmp_path / "pairs.csv", stdout=out
    )
    found = {row["record_id"]: row for row in rows(tmp_path / "groups.csv")}
    assert found["a"]["group_id"] == found["b"]["group_id"] != ""
    assert found["c"]["group_id"] == ""
    assert [found[key]["kept"] for key in "ab"].count("1") == 1
    assert "pages agree" in found["a"]["evidence"]
    assert rows(tmp_path / "pairs.csv") == []
    assert "1 duplicates" in out.getvalue()


def test_gzipped_tables_and_exports_go_together(tmp_path: Path) -> None:
    table, export = tmp_path / "references.csv.gz", tmp_path / "search.ris"
    table.write_bytes(gzip.compress(TABLE.encode()))
    export.write_text(EXPORT, encoding="utf-8")
    call_command(
        "deduplicate",
        str(table),
        str(export),
        output=tmp_path / "groups.csv",
        related=tmp_path / "related.csv",
        stdout=StringIO(),
    )
    found = {row["record_id"]: row["group_id"] for row in rows(tmp_path / "groups.csv")}
    assert found["a"] == found["b"] == found["search.ris:1"] != ""


def test_a_folder_of_exports_is_read_whole(tmp_path: Path) -> None:
    """Also gzipped ones, and two of one name in two folders; what is hidden is left out."""
    inner = tmp_path / "exports" / "later"
    inner.mkdir(parents=True)
    (tmp_path / "exports" / "search.ris").write_text(EXPORT, encoding="utf-8")
    (inner / "search.ris").write_text(EXPORT, encoding="utf-8")
    (inner / "other.ris.gz").write_bytes(gzip.compress(EXPORT.encode()))
    (inner / ".notes").write_text("nothing", encoding="utf-8")
    call_command("deduplicate", str(tmp_path / "exports"), output=tmp_path / "groups.csv", stdout=StringIO())
    found = {row["record_id"]: row["group_id"] for row in rows(tmp_path / "groups.csv")}
    assert len(found) == 3
    assert set(found.values()) == {"1"}
    assert "other.ris.gz:1" in found


def test_what_is_wrong_with_folders_and_rows_is_said(tmp_path: Path) -> None:
    table, nameless = tmp_path / "references.csv", tmp_path / "nameless.csv"
    table.write_text(TABLE, encoding="utf-8")
    nameless.write_text("record_id,title\n,Naps\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for file, output, words in (
        (table, tmp_path / "none" / "groups.csv", "No such folder"),
        (tmp_path / "empty", tmp_path / "groups.csv", "folder is empty"),
        (nameless, tmp_path / "groups.csv", "no record_id"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("deduplicate", str(file), output=output, stdout=StringIO())
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(TABLE.encode())[:-6])
    with pytest.raises(CommandError, match=r"broken\.csv\.gz"):
        call_command("deduplicate", str(broken), output=tmp_path / "groups.csv", stdout=StringIO())


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    picture = tmp_path / "scan.ris"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(CommandError, match=r"scan\.ris"):
        call_command("deduplicate", str(picture), output=tmp_path / "groups.csv")
    with pytest.raises(CommandError, match="No such file"):
        call_command("deduplicate", str(tmp_path / "none.csv"), output=tmp_path / "groups.csv")


def test_a_record_id_must_be_unique(tmp_path: Path) -> None:
    table = tmp_path / "references.csv"
    table.write_text(TABLE + TABLE.splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(CommandError, match="more than once"):
        call_command("deduplicate", str(table), output=tmp_path / "groups.csv")
