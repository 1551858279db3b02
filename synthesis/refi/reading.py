"""A .qdpx or .qdc file as plain values, within limits: no entities, no path outside the file, no bombs."""

import re
import zipfile
from typing import Any

from lxml import etree

from screening.formats import archives
from screening.formats.base import UnreadableFile
from synthesis.refi.model import (
    Case,
    Code,
    Coding,
    Note,
    Problems,
    Project,
    Selection,
    Set,
    Source,
    Unreadable,
    User,
    Variable,
)
from synthesis.refi.writing import CODEBOOK, PROJECT

MOST_FILES = 20_000
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?\Z")
KNOWN = {"Users", "CodeBook", "Variables", "Cases", "Sources", "Notes", "Sets", "Description"}


def read_qdpx(content: bytes) -> tuple[Project, Problems]:
    """The project of a file, and what of it was not taken over. Raises Unreadable."""
    archive = _opened(content)
    names = {name.lower(): name for name in archive.namelist()}
    if "project.qde" not in names:
        raise Unreadable("There is no project.qde in this file, so it is no REFI-QDA project.")
    problems = Problems()
    root = _parsed(_content(archive, names["project.qde"]))
    if root.tag != _tag("Project"):
        raise Unreadable("project.qde holds no REFI-QDA project.")
    return _Reader(root, archive, names, problems).project(), problems


def read_qdc(content: bytes) -> tuple[tuple[Code, ...], tuple[Set, ...]]:
    """The codes and sets of a codebook. Raises Unreadable."""
    root = _parsed(content)
    if root.tag != f"{{{CODEBOOK}}}CodeBook":
        raise Unreadable("This is no REFI-QDA codebook.")
    codes = tuple(_code(element, CODEBOOK) for element in root.iterfind(f"{{{CODEBOOK}}}Codes/{{{CODEBOOK}}}Code"))
    sets = tuple(
        Set(
            _guid(element.get("guid")),
            element.get("name", ""),
            _words(element, "Description", CODEBOOK),
            tuple(_guid(one.get("guid")) for one in element.iterfind(f"{{{CODEBOOK}}}MemberCode")),
        )
        for element in root.iterfind(f"{{{CODEBOOK}}}Sets/{{{CODEBOOK}}}Set")
    )
    return codes, sets


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        archive = archives.opened(content, MOST_FILES)
    except UnreadableFile as error:
        raise Unreadable(str(error)) from None
    for name in archive.namelist():
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise Unreadable("The file holds paths that lead outside it; it was not opened.")
    return archive


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archives.member_bytes(archive, archive.getinfo(name))
    except UnreadableFile as error:
        raise Unreadable(str(error)) from None


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable("The XML in this file is broken.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("The file declares a document type, which no project does; it was not read.")
    return root


class _Reader:
    def __init__(self, root: Any, archive: zipfile.ZipFile, names: dict[str, str], problems: Problems) -> None:
        self.root, self.archive, self.names, self.problems = root, archive, names, problems

    def project(self) -> Project:
        for element in self.root:
            name = etree.QName(element).localname
            if name not in KNOWN:
                self.problems.say(f"{name} is not taken over.")
        codes = tuple(_code(one) for one in self.root.iterfind(_path("CodeBook", "Codes", "Code")))
        variables = tuple(
            Variable(_guid(one.get("guid")), one.get("name", ""))
            for one in self.root.iterfind(_path("Variables", "Variable"))
        )
        known = {code.guid for tree in codes for code in _flat(tree)}
        return Project(
            name=self.root.get("name", ""),
            users=tuple(
                User(_guid(one.get("guid")), one.get("name", "")) for one in self.root.iterfind(_path("Users", "User"))
            ),
            codes=codes,
            variables=variables,
            cases=tuple(self._cases({variable.guid: variable.name for variable in variables})),
            sources=tuple(self._sources(known)),
            notes=tuple(self._notes()),
            sets=tuple(self._sets()),
            description=_words(self.root, "Description"),
            at=self.root.get("creationDateTime", ""),
        )

    def _cases(self, variables: dict[str, str]) -> list[Case]:
        found = []
        for element in self.root.iterfind(_path("Cases", "Case")):
            values = []
            for told in element.iterfind(_tag("VariableValue")):
                name = variables.get(_target(told.find(_tag("VariableRef"))), "")
                value = next((one.text or "" for one in told if etree.QName(one).localname != "VariableRef"), "")
                if name:
                    values.append((name, value))
            sources = tuple(_target(one) for one in element.iterfind(_tag("SourceRef")))
            found.append(Case(_guid(element.get("guid")), element.get("name", ""), tuple(values), sources))
        return found

    def _sources(self, known: set[str]) -> list[Source]:
        found = []
        container = self.root.find(_tag("Sources"))
        for element in container if container is not None else ():
            kind = etree.QName(element).localname
            if kind != "TextSource":
                self.problems.say(f"A {kind} (“{element.get('name', '')}”) is not taken over: only texts are.")
                continue
            text = self._plain(element)
            if text is None:
                continue
            found.append(
                Source(
                    guid=_guid(element.get("guid")),
                    name=element.get("name", ""),
                    text=text,
                    user=_guid(element.get("creatingUser")),
                    at=element.get("creationDateTime", ""),
                    selections=tuple(self._selections(element, text, known)),
                    notes=tuple(_target(one) for one in element.iterfind(_tag("NoteRef"))),
                )
            )
        return found

    def _plain(self, element: Any) -> str | None:
        inline = element.find(_tag("PlainTextContent"))
        if inline is not None:
            return inline.text or ""
        path = element.get("plainTextPath", "")
        name = self.names.get(f"sources/{path.removeprefix('internal://')}".lower())
        if not path.startswith("internal://") or name is None:
            self.problems.say(f"The text of “{element.get('name', '')}” is not in the file.")
            return None
        try:
            return _content(self.archive, name).decode("utf-8").removeprefix("\ufeff")
        except (UnicodeDecodeError, Unreadable):
            self.problems.say(f"The text of “{element.get('name', '')}” cannot be read.")
            return None

    def _selections(self, element: Any, text: str, known: set[str]) -> list[Selection]:
        found = []
        for one in element.iterfind(_tag("PlainTextSelection")):
            start, end = _whole(one.get("startPosition")), _whole(one.get("endPosition"))
            name = one.get("name", "")
            if not 0 <= start < end <= len(text):
                self.problems.say(f"A selection of “{element.get('name', '')}” lies outside its text.")
                continue
            codings = []
            for coding in one.iterfind(_tag("Coding")):
                code = _target(coding.find(_tag("CodeRef")))
                if code not in known:
                    self.problems.say("A coding names a code that is not in the file.")
                    continue
                codings.append(
                    Coding(
                        _guid(coding.get("guid")),
                        code,
                        _guid(coding.get("creatingUser")),
                        coding.get("creationDateTime", ""),
                    )
                )
            found.append(
                Selection(
                    guid=_guid(one.get("guid")),
                    start=start,
                    end=end,
                    name=name,
                    user=_guid(one.get("creatingUser")),
                    at=one.get("creationDateTime", ""),
                    codings=tuple(codings),
                    notes=tuple(_target(note) for note in one.iterfind(_tag("NoteRef"))),
                )
            )
        return found

    def _notes(self) -> list[Note]:
        found = []
        for element in self.root.iterfind(_path("Notes", "Note")):
            text = self._plain(element)
            if text is not None:
                found.append(
                    Note(
                        _guid(element.get("guid")),
                        element.get("name", ""),
                        text,
                        _guid(element.get("creatingUser")),
                        element.get("creationDateTime", ""),
                    )
                )
        return found

    def _sets(self) -> list[Set]:
        return [
            Set(
                _guid(element.get("guid")),
                element.get("name", ""),
                _words(element, "Description"),
                tuple(_target(one) for one in element.iterfind(_tag("MemberCode"))),
                tuple(_target(one) for one in element.iterfind(_tag("MemberSource"))),
            )
            for element in self.root.iterfind(_path("Sets", "Set"))
        ]


def _code(element: Any, space: str = PROJECT) -> Code:
    return Code(
        guid=_guid(element.get("guid")),
        name=element.get("name", ""),
        is_codable=element.get("isCodable", "true") in {"true", "1"},
        colour=element.get("color", "").lower(),
        description=_words(element, "Description", space),
        notes=tuple(_target(one) for one in element.iterfind(f"{{{space}}}NoteRef")),
        codes=tuple(_code(one, space) for one in element.iterfind(f"{{{space}}}Code")),
    )


def _flat(code: Code) -> list[Code]:
    return [code, *(found for under in code.codes for found in _flat(under))]


def _tag(name: str) -> str:
    return f"{{{PROJECT}}}{name}"


def _path(*names: str) -> str:
    return "/".join(_tag(name) for name in names)


def _words(element: Any, name: str, space: str = PROJECT) -> str:
    found = element.find(f"{{{space}}}{name}")
    return (found.text or "") if found is not None else ""


def _target(element: Any) -> str:
    return _guid(element.get("targetGUID")) if element is not None else ""


def _guid(value: str | None) -> str:
    match = _GUID.match(value or "")
    return match[1].lower() if match else ""


def _whole(value: str | None) -> int:
    return int(value) if value and re.fullmatch(r"[0-9]{1,12}", value) else -1
