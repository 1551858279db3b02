"""What can go wrong by the rules of the product. Raised by rules and services; shown in one place for pages, one for JSON."""


class DomainError(Exception):
    """Something a person asked for cannot be done now; the message says what was kept and what to do."""

    status = 409
    title = "This could not be done"
    code = "conflict"

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.details = details


class BadText(DomainError):
    status = 400
    title = "The text holds characters that cannot be kept"
    code = "bad-text"


class BadRequest(DomainError):
    status = 400
    title = "The request could not be understood"
    code = "bad-request"


class NotAllowed(DomainError):
    status = 403
    title = "Your tasks in this review do not include this"
    code = "not-allowed"


class AlreadyDone(DomainError):
    status = 409
    title = "A colleague was faster"
    code = "already-done"


class Invalid(DomainError):
    status = 422
    title = "Some entries need another look"
    code = "invalid"


def require_clean_text(value: str, *, what: str = "text") -> str:
    """The same text, when it can be stored and shown everywhere. Raises BadText for NUL and lone surrogates."""
    if "\x00" in value:
        raise BadText(f"The {what} holds a NUL character. Nothing was saved.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadText(f"The {what} holds half of a character (a lone surrogate). Nothing was saved.") from None
    return value
