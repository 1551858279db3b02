"""ZIP files, the Office kinds among them, within limits: a small file that unpacks to a huge one is refused unread."""

from __future__ import annotations

import io
import zipfile
import zlib

from screening.formats.base import UnreadableFile

SIGNATURE = b"PK\x03\x04"
MOST_MEMBERS = 1_000
LARGEST_TOTAL = 512 << 20
# Text compresses to a tenth, tables of a spreadsheet to a thirtieth; only bombs go beyond this.
HIGHEST_RATIO = 200
SMALL = 8 << 20
_OFFICE_STARTS = ("[Content_Types].xml", "_rels/", "docProps/", "xl/", "word/", "ppt/", "customXml/")


def office_kind(data: bytes) -> str:
    """`spreadsheet` (.xlsx, .ods) or `document` (.docx and the like) by the first names in a ZIP file; "" for others."""
    if not data.startswith(SIGNATURE):
        return ""
    first = data[30 : 30 + int.from_bytes(data[26:28], "little")].decode("utf-8", "replace")
    if first == "mimetype":
        return "spreadsheet" if b"opendocument.spreadsheet" in data[:200] else "document"
    if not first.startswith(_OFFICE_STARTS):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "spreadsheet" if any(name.startswith("xl/") for name in archive.namelist()) else "document"
    except (zipfile.BadZipFile, OSError, ValueError):
        return "spreadsheet" if b"xl/" in data[: 1 << 16] else "document"


def opened(data: bytes, most_members: int = MOST_MEMBERS) -> zipfile.ZipFile:
    """The archive when it keeps within the limits. Raises UnreadableFile."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnreadableFile("The archive is damaged or incomplete. Upload it again, or the files in it.") from None
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > most_members:
        raise UnreadableFile(f"The archive holds {len(members)} files; at most {most_members} are read.")
    if total > LARGEST_TOTAL:
        raise UnreadableFile(
            f"Unpacked, the archive is larger than {LARGEST_TOTAL >> 20} MB. Upload the files one by one."
        )
    if total > SMALL and total > HIGHEST_RATIO * len(data):
        raise UnreadableFile("The archive is compressed far more than export files are, and was not opened.")
    return archive


def member_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The member's content. Raises UnreadableFile when it is locked, damaged or larger than it says."""
    if member.flag_bits & 0x1:
        raise UnreadableFile("The file is locked with a password.")
    try:
        with archive.open(member) as file:
            data = file.read(member.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise UnreadableFile("The file is damaged inside the archive.") from None
    if len(data) > member.file_size:
        raise UnreadableFile("The file is larger than the archive says.")
    return data
