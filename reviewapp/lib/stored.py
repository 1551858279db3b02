"""Uploaded files on their way back to people."""

from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.http import FileResponse

from reviewapp.lib.errors import DomainError


class FileGone(DomainError):
    status = 410
    title = "This file is not in the store"
    code = "file-gone"


def attachment(file: FieldFile, *, filename: str, content_type: str) -> FileResponse:
    """The file as a download. Raises FileGone when the database knows it and the store has lost it."""
    opened = _opened(file, filename)
    answer = FileResponse(opened, as_attachment=True, filename=filename, content_type=content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def content_of(file: FieldFile, *, filename: str) -> bytes:
    """All that stands in the file. Raises FileGone when the store has lost it."""
    with _opened(file, filename) as opened:
        return bytes(opened.read())


def _opened(file: FieldFile, filename: str) -> File[bytes]:
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise FileGone(
            f"“{filename}” was uploaded and is known, but it is not in the store. "
            "Ask whoever runs this installation to bring the files back from the backup."
        ) from None
