"""Failures in Marketo's words: HTTP 200, `success: false`, a code that is a string of digits."""

from typing import Any

Json = dict[str, Any]


class Failure(Exception):
    """A failed call, or the reason why one row of it was skipped."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def entry(self) -> Json:
        """Return the member of `errors` or of `reasons`."""
        return {"code": self.code, "message": self.message}


def denied() -> Failure:
    return Failure("603", "Access denied")


def unknown_path() -> Failure:
    return Failure("610", "Requested resource not found")


def wrong_method() -> Failure:
    return Failure("605", "HTTP Method not supported")


def missing(name: str) -> Failure:
    """Word the lack of a parameter or member."""
    return Failure("1002", f"Missing value for required parameter '{name}'")


def wrong_type(value: object, wanted: str) -> Failure:
    return Failure("1001", f"Invalid value '{value}'. Required of type '{wanted}'")


def invalid(message: str) -> Failure:
    return Failure("1003", message)


def invalid_value(name: str, value: object) -> Failure:
    """Word a value that its field does not take."""
    shown = str(value).lower() if isinstance(value, bool) else value
    return invalid(f"Invalid value for field '{name}' and value '{shown}'")


def no_lead() -> Failure:
    return Failure("1004", "Lead not found")


def no_field(name: str) -> Failure:
    return Failure("1006", f"Field '{name}' not found")


def several() -> Failure:
    """Word a lookup value that more than one lead has."""
    return Failure("1007", "Multiple lead match lookup criteria")


def not_searchable(name: str) -> Failure:
    return Failure("1011", f"Field '{name}' not supported")


def no_object(kind: str) -> Failure:
    return Failure("1013", f"{kind} not found")


def invalid_date() -> Failure:
    return Failure("704", "Invalid date format")
