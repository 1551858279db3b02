"""Whether a project's XML is valid: by the public schema, and by what the schema cannot say."""

from functools import cache
from pathlib import Path

from lxml import etree

from synthesis.refi.model import Project, all_codes


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(__file__).with_name("Project.xsd"))))


def faults_of_xml(content: bytes) -> list[str]:
    """What the schema finds wrong."""
    schema = _schema()
    schema.validate(etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)))
    return [str(error) for error in schema.error_log]


def faults_of(project: Project) -> list[str]:
    """Identifiers used twice, references that lead nowhere, stretches outside their text: the schema lets all of them pass."""
    codes = {code.guid for code in all_codes(project.codes)}
    sources = {source.guid for source in project.sources}
    notes = {note.guid for note in project.notes}
    users = {user.guid for user in project.users}
    everything = [
        *codes, *sources, *notes, *users, *(case.guid for case in project.cases), *(group.guid for group in project.sets),
        *(variable.guid for variable in project.variables), *(s.guid for source in project.sources for s in source.selections),
        *(c.guid for source in project.sources for s in source.selections for c in s.codings),
    ]  # fmt: skip
    faults = (
        [f"{guid} is used twice" for guid in {guid for guid in everything if everything.count(guid) > 1}]
        if len(everything) != len(set(everything))
        else []
    )
    for source in project.sources:
        for selection in source.selections:
            if not 0 <= selection.start < selection.end <= len(source.text):
                faults.append(f"[{selection.start}, {selection.end}) lies outside “{source.name}”")
            faults += [f"no code {one.code}" for one in selection.codings if one.code not in codes]
            faults += [f"no person {one.user}" for one in selection.codings if one.user and one.user not in users]
            faults += [f"no note {guid}" for guid in selection.notes if guid not in notes]
    for group in project.sets:
        faults += [f"no code {guid}" for guid in group.codes if guid not in codes]
        faults += [f"no source {guid}" for guid in group.sources if guid not in sources]
    for case in project.cases:
        faults += [f"no source {guid}" for guid in case.sources if guid not in sources]
    return faults
