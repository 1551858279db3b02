"""Files that are made while they are sent."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse


def download(pieces: Iterator[bytes], *, name: str, media_type: str) -> StreamingHttpResponse:
    """The pieces as a file to save, never to be shown by the browser."""
    answer = StreamingHttpResponse(pieces, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
