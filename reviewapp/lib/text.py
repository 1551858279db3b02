"""Text on its way into the database."""


def storable(text: str) -> str:
    """What Postgres cannot keep (NUL, lone surrogates) becomes a visible replacement character; nothing else changes."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
