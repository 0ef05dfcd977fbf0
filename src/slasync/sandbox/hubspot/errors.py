"""Errors in HubSpot's words: one exception, and one function for each thing that goes wrong."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]

LOCKED = 423
SCOPES_PAGE = "https://developers.hubspot.com/scopes"


class Problem(Exception):
    """A refused request: status and the members of the error body but for `correlationId`."""

    def __init__(
        self, status: int, message: str, category: str | None = None, /, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = int(status)
        self.message = message
        self.category = category
        self.more = more

    def body(self, correlation: str) -> Json:
        """Return the body of the answer."""
        told: Json = {"status": "error", "message": self.message, "correlationId": correlation}
        told |= self.more
        return told | ({"category": self.category} if self.category else {})

    def row(self, context: Mapping[str, Sequence[str]]) -> Json:
        """Return the error entry of one row of a batch."""
        return {
            "status": "error",
            "category": self.category or "VALIDATION_ERROR",
            "message": self.message,
            "context": dict(context),
        }


def bad(message: str, **more: Any) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, message, "VALIDATION_ERROR", **more)


def not_found(message: str = "resource not found") -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, message, "OBJECT_NOT_FOUND")


def conflict(message: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, message, "CONFLICT")


def exists(record_id: int) -> Problem:
    """Word the refusal to create a contact whose e-mail is taken."""
    return conflict(f"Contact already exists. Existing ID: {record_id}")


def locked() -> Problem:
    return Problem(LOCKED, "This record is locked by another process. Try again later.", "LOCKED")


def flaw(name: str, error: str, message: str, portal: int) -> Json:
    """Return one entry of the array that says which properties were wrong."""
    return {
        "isValid": False,
        "message": message,
        "error": error,
        "name": name,
        "localizedErrorMessage": message,
        "portalId": portal,
    }


def invalid(flaws: Iterable[Json]) -> Problem:
    """Word refused property values: text with a JSON array inside the message."""
    array = json.dumps(list(flaws), separators=(",", ":"), ensure_ascii=False)
    return bad(f"Property values were not valid: {array}")


def taken(  # noqa: PLR0913 - the message has that many parts
    name: str, value: str, *, portal: int, kind: str, on: int, by: int
) -> Problem:
    """Word an update that would give two records one unique value. `by` has it already."""
    return bad(
        f"Cannot set PropertyValueCoordinates{{portalId={portal}, "
        f"objectTypeId=ObjectTypeId{{legacyObjectType={kind}}}, propertyName={name}, "
        f"value={value}}} on {on}. {by} already has that value."
    )


def unauthenticated() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you "
        "can find more details at "
        "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        "INVALID_AUTHENTICATION",
    )


def expired(minutes: int, since: int) -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        f"The OAuth token used to make this call expired {minutes} minute(s) ago.",
        "EXPIRED_AUTHENTICATION",
        context={"expire time": [str(since)]},
    )


def missing_scopes(scope: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "This app hasn't been granted all required scopes to make this call. Read more about "
        f"required scopes here: {SCOPES_PAGE}.",
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": SCOPES_PAGE},
    )
