"""A project as a .qdpx file, a codebook as a .qdc file. The same project gives the same bytes."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import TypeVar

from lxml import etree

from synthesis.refi.model import Code, Note, Project, Set, Source

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Tandem"
Row = TypeVar("Row")
EARLIEST = (1980, 1, 1, 0, 0, 0)


def to_qdpx(project: Project) -> bytes:
    """The ZIP with project.qde and each source's text, in UTF-8 without a mark, line ends as they are."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "project.qde", to_qde(project))
        for source in project.sources:
            _add(archive, f"sources/{source.guid}.txt", source.text.encode())
    return stored.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)


def to_qde(project: Project) -> bytes:
    """The XML of a project. Containers that would be empty are left out, as the schema asks."""
    root = etree.Element(f"{{{PROJECT}}}Project", nsmap={None: PROJECT})
    root.set("name", _xml(project.name))
    root.set("origin", ORIGIN)
    _optional(root, "creationDateTime", project.at)
    for users, user in _inside(root, "Users", project.users):
        _child(users, "User", guid=user.guid, name=user.name)
    if project.codes:
        codes = _child(_child(root, "CodeBook"), "Codes")
        for code in project.codes:
            _code(codes, code, PROJECT)
    for variables, variable in _inside(root, "Variables", project.variables):
        _child(variables, "Variable", guid=variable.guid, name=variable.name, typeOfVariable="Text")
    guids = {variable.name: variable.guid for variable in project.variables}
    for cases, case in _inside(root, "Cases", project.cases):
        element = _child(cases, "Case", guid=case.guid, name=case.name)
        for name, value in case.values:
            told = _child(element, "VariableValue")
            _child(told, "VariableRef", targetGUID=guids[name])
            _text(told, "TextValue", value)
        for guid in case.sources:
            _child(element, "SourceRef", targetGUID=guid)
    for sources, source in _inside(root, "Sources", project.sources):
        _source(sources, source)
    for notes, note in _inside(root, "Notes", project.notes):
        _note(notes, note)
    for sets, group in _inside(root, "Sets", project.sets):
        _set(sets, group, "targetGUID")
    if project.description:
        _text(root, "Description", project.description)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def to_qdc(codes: tuple[Code, ...], sets: Iterable[Set] = ()) -> bytes:
    """A codebook: codes have no notes here, and sets name their members by another attribute."""
    root = etree.Element(f"{{{CODEBOOK}}}CodeBook", nsmap={None: CODEBOOK})
    root.set("origin", ORIGIN)
    book = etree.SubElement(root, f"{{{CODEBOOK}}}Codes")
    for code in codes:
        _code(book, code, CODEBOOK)
    groups = list(sets)
    if groups:
        container = etree.SubElement(root, f"{{{CODEBOOK}}}Sets")
        for group in groups:
            _set(container, group, "guid", CODEBOOK)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _inside(root: etree._Element, name: str, rows: Iterable[Row]) -> Iterator[tuple[etree._Element, Row]]:
    container = None
    for row in rows:
        container = _child(root, name) if container is None else container
        yield container, row


def _code(parent: etree._Element, code: Code, space: str) -> None:
    element = etree.SubElement(parent, f"{{{space}}}Code")
    element.set("guid", code.guid)
    element.set("name", _xml(code.name))
    element.set("isCodable", "true" if code.is_codable else "false")
    _optional(element, "color", code.colour)
    if code.description:
        etree.SubElement(element, f"{{{space}}}Description").text = _xml(code.description)
    if space == PROJECT:
        for guid in code.notes:
            _child(element, "NoteRef", targetGUID=guid)
    for under in code.codes:
        _code(element, under, space)


def _source(sources: etree._Element, source: Source) -> None:
    element = _child(
        sources, "TextSource", guid=source.guid, name=source.name, plainTextPath=f"internal://{source.guid}.txt"
    )
    _made(element, source.user, source.at)
    for selection in source.selections:
        found = _child(
            element,
            "PlainTextSelection",
            guid=selection.guid,
            name=selection.name,
            startPosition=str(selection.start),
            endPosition=str(selection.end),
        )
        _made(found, selection.user, selection.at)
        for coding in selection.codings:
            one = _child(found, "Coding", guid=coding.guid)
            _made(one, coding.user, coding.at)
            _child(one, "CodeRef", targetGUID=coding.code)
        for guid in selection.notes:
            _child(found, "NoteRef", targetGUID=guid)
    for guid in source.notes:
        _child(element, "NoteRef", targetGUID=guid)


def _note(notes: etree._Element, note: Note) -> None:
    element = _child(notes, "Note", guid=note.guid, name=note.name)
    _made(element, note.user, note.at)
    _text(element, "PlainTextContent", note.text)


def _set(sets: etree._Element, group: Set, attribute: str, space: str = PROJECT) -> None:
    element = etree.SubElement(sets, f"{{{space}}}Set")
    element.set("guid", group.guid)
    element.set("name", _xml(group.name))
    if group.description:
        etree.SubElement(element, f"{{{space}}}Description").text = _xml(group.description)
    for guid in group.codes:
        etree.SubElement(element, f"{{{space}}}MemberCode").set(attribute, guid)
    if space == PROJECT:
        for guid in group.sources:
            _child(element, "MemberSource", targetGUID=guid)


def _child(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{PROJECT}}}{tag}")
    for key, value in attributes.items():
        element.set(key, _xml(value))
    return element


def _text(parent: etree._Element, name: str, text: str) -> None:
    _child(parent, name).text = _xml(text)


def _made(element: etree._Element, user: str, at: str) -> None:
    _optional(element, "creatingUser", user)
    _optional(element, "creationDateTime", at)


def _optional(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)


def _xml(text: str) -> str:
    """Without the control characters that XML cannot hold; a name's line ends become spaces by XML's own rule anyway."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
