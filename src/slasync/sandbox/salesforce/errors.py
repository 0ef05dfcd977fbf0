"""What a refusal is: an error code, its text, the fields at fault and the HTTP status."""

from collections.abc import Sequence
from typing import Any

from slasync.sandbox.http import Request, Response, json_response

STATUS = {  # every other code: 400
    "INVALID_SESSION_ID": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "API_DISABLED_FOR_ORG": 403,
    "INSUFFICIENT_ACCESS": 403,
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "METHOD_NOT_ALLOWED": 405,
    "UNSUPPORTED_API_VERSION": 410,
    "URI_TOO_LONG": 414,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "UNKNOWN_EXCEPTION": 500,
    "SERVER_UNAVAILABLE": 503,
}

LOCKED = "unable to obtain exclusive access to this record or 1 records: "


class Trouble(Exception):
    """One refusal. `extra` is merged into the body's object (duplicate results)."""

    def __init__(
        self,
        code: str,
        message: str,
        fields: Sequence[str] | None = None,
        *,
        status: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields
        self.status = status or STATUS.get(code, 400)
        self.extra = extra or {}

    def body(self) -> list[dict[str, Any]]:
        """Return the answer's body as single-record and query resources give it."""
        if self.code == "NOT_FOUND":  # the only one with its keys the other way round
            return [{"errorCode": self.code, "message": self.message}]
        error = self.extra | {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = list(self.fields)
        return [error]

    def in_result(self) -> dict[str, Any]:
        """Return the error as it stands in the result of one record of a collection."""
        return self.extra | {
            "statusCode": self.code,
            "message": self.message,
            "fields": list(self.fields or ()),
        }


def not_found(message: str = "The requested resource does not exist") -> Trouble:
    return Trouble("NOT_FOUND", message)


def not_allowed(method: str, allowed: Sequence[str]) -> Trouble:
    text = f"HTTP Method '{method}' not allowed. Allowed are {','.join(allowed)}"
    return Trouble("METHOD_NOT_ALLOWED", text)


def locked(record: str) -> Trouble:
    return Trouble("UNABLE_TO_LOCK_ROW", LOCKED + record, ())


def over_limit(_: Request) -> Response:
    """Answer as an org does whose daily allocation is used up."""
    return answered(Trouble("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))


def unavailable(_: Request) -> Response:
    return answered(Trouble("SERVER_UNAVAILABLE", "Server Too Busy"))


def answered(trouble: Trouble) -> Response:
    return json_response(trouble.status, trouble.body())
