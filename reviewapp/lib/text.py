"""Text on its way into the database."""


def storable(text: str) -> str:
    """What Postgres cannot keep (NUL, lone surrogates) becomes a visible replacement character; nothing else changes."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
