"""A ZIP file of exports: each file in it is read as if it had been uploaded by itself."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from screening.formats.archives import SIGNATURE, member_bytes, office_kind, opened
from screening.formats.base import Head, ParsedReference, ParseReport, Reader, UnreadableFile
from screening.formats.source import Source

# Files that operating systems put beside the real ones.
_BYCATCH = re.compile(r"(?:\A|/)(?:__MACOSX/|\.|Thumbs\.db\Z|desktop\.ini\Z)", re.IGNORECASE)


def detect(head: Head) -> float:
    """Sure with a ZIP file's signature, unless it is a spreadsheet or another Office file."""
    return 0.99 if head.data.startswith(SIGNATURE) and not office_kind(head.data) else 0.0


def parse(source: Source) -> Iterator[ParsedReference]:
    """References of all files in the order of the archive. Raises UnreadableFile when none could be read."""
    report = source.report
    with opened(source.data) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not _BYCATCH.search(one.filename)]
        for member in members:
            yield from _references(source, archive, member)
    if not report.counted:
        whys = "; ".join(problem.cause for problem in report.problems[:3])
        raise UnreadableFile(f"No file in the archive holds references. {whys}".strip())


def _references(source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[ParsedReference]:
    # The readers are found by the registry, which finds this one too.
    from screening.formats.reading import read, sniff

    report = source.report
    part = ParseReport(format="", name=member.filename)
    try:
        data = member_bytes(archive, member)
        name = sniff(data)
        if name == READER.name:
            raise UnreadableFile("An archive inside an archive is not opened.")
        file = read(data, format=name, mapping=source.mapping)
        part = file.report
        part.name = member.filename
        before = report.kept
        for reference in file.references:
            reference.position += before
            yield reference
    except UnreadableFile as error:
        part.add(0, str(error), "error")
    finally:
        _sum_up(report, part)


def _sum_up(whole: ParseReport, part: ParseReport) -> None:
    """Add one file's counts and problems to those of the archive; lines are those of the file, so its name tells them."""
    whole.files.append(part)
    whole.markers += part.markers
    whole.read += part.read
    whole.empty += part.empty
    whole.repaired += part.repaired
    whole.rejected += part.rejected
    whole.columns.update(part.columns)
    for problem in part.problems:
        place = f"{part.name}, line {problem.line}" if problem.line else part.name
        whole.add(0, f"{place}: {problem.cause}", problem.severity, problem.excerpt)


READER = Reader(name="zip", label="ZIP of exports", extensions=(".zip",), detect=detect, parse=parse, binary=True)
