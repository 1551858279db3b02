"""REFI-QDA projects and codebooks: valid by the public schema, equal after a round trip, hostile files refused."""

import io
import uuid
import zipfile

import pytest

from synthesis.refi.checking import faults_of, faults_of_xml
from synthesis.refi.model import (
    Case,
    Code,
    Coding,
    Note,
    Project,
    Selection,
    Set,
    Source,
    Unreadable,
    User,
    Variable,
)
from synthesis.refi.reading import read_qdc, read_qdpx
from synthesis.refi.writing import to_qdc, to_qde, to_qdpx

TEXT = "First line.\nPeers gave me hope 😀 and information.\n"
AT = "2026-11-25T08:00:00Z"


def guid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


HOPE = Code(guid("hope"), "hope & <ease>", colour="#2f6f8f", description="Line one\nline two", notes=(guid("memo"),))
TREE = (Code(guid("support"), "support", is_codable=False, codes=(HOPE, Code(guid("know-how"), "know-how"))),)
PROJECT = Project(
    name="Peer support “2026”",
    users=(User(guid("Bob"), "Bob"), User(guid("Carol"), "Carol")),
    codes=TREE,
    variables=(Variable(guid("country"), "country"),),
    cases=(Case(guid("case"), "Okello 2021", (("country", "Kenya"),), (guid("text"),)),),
    sources=(
        Source(
            guid("text"), "Findings of Okello 2021", TEXT, guid("Bob"), AT,
            (
                Selection(
                    guid("selection"), 12, 32, "Peers gave me hope 😀", guid("Bob"), AT,
                    (Coding(guid("c1"), HOPE.guid, guid("Bob"), AT), Coding(guid("c2"), HOPE.guid, guid("Carol"), AT)),
                    (guid("memo"),),
                ),
            ),
        ),
    ),
    notes=(Note(guid("memo"), "Memo", "Ease before information?", guid("Carol"), AT),),
    sets=(Set(guid("theme"), "Theme", "What it says", (HOPE.guid,), ()), Set(guid("all"), "Included", "", (), (guid("text"),))),
    description="About",
    at=AT,
)  # fmt: skip


def test_a_project_is_valid_and_comes_back_equal() -> None:
    assert TEXT[12:32] == "Peers gave me hope 😀"
    assert faults_of_xml(to_qde(PROJECT)) == []
    assert faults_of(PROJECT) == []
    stored = to_qdpx(PROJECT)
    project, problems = read_qdpx(stored)
    assert project == PROJECT
    assert problems.said == []
    assert to_qdpx(project) == stored
    names = zipfile.ZipFile(io.BytesIO(stored)).namelist()
    assert names == ["project.qde", f"sources/{guid('text')}.txt"]


def test_an_empty_project_is_valid_too() -> None:
    assert faults_of_xml(to_qde(Project("Empty"))) == []
    assert read_qdpx(to_qdpx(Project("Empty")))[0] == Project("Empty")


def test_a_codebook_comes_back_equal() -> None:
    bare = (Code(guid("support"), "support", is_codable=False, codes=(Code(guid("hope"), "hope", description="x"),)),)
    sets = (Set(guid("theme"), "Theme", "", (guid("hope"),)),)
    assert read_qdc(to_qdc(bare, sets)) == (bare, sets)


def test_what_the_schema_lets_pass_is_found() -> None:
    source = PROJECT.sources[0]
    wrong = Selection(guid("s2"), 40, 400, codings=(Coding(guid("c3"), guid("nothing")),))
    broken = Project("x", codes=TREE, sources=(Source(source.guid, "t", TEXT, selections=(wrong,)),))
    assert faults_of_xml(to_qde(broken)) == []
    assert len(faults_of(broken)) == 2
    project, problems = read_qdpx(to_qdpx(broken))
    assert project.sources[0].selections == ()
    assert len(problems.said) == 1


def zipped(**files: bytes) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_qde", ".qde"), content)
    return stored.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e "x">]><Project xmlns="urn:QDA-XML:project:1.0" name="&e;"/>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 broken",
        zipped(other=b"x"),
        zipped(project_qde=b"<Project"),
        to_qdpx(Project("x" * 400)).replace(b"PK\x03\x04", b"PK\x03\x04", 1)[:60]
        + b"broken"
        + to_qdpx(Project("x" * 400))[66:],
        zipped(project_qde=b"<Other/>"),
        zipped(project_qde=ENTITY),
        zipped(**{"..__evil": b"x", "project_qde": to_qde(Project("x"))}),
        zipped(project_qde=to_qde(Project("x")), bomb=b"0" * (9 << 20)),
    ],
)
def test_hostile_files_are_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_qdpx(content)


def test_paths_outside_the_file_are_not_followed() -> None:
    qde = to_qde(PROJECT).replace(f"internal://{guid('text')}.txt".encode(), b"absolute:///etc/hostname")
    project, problems = read_qdpx(zipped(project_qde=qde))
    assert project.sources == ()
    assert "not in the file" in problems.said[0]
