"""Errors, named for what the caller does next."""

from datetime import timedelta


class SlasyncError(Exception):
    """Any failure slasync knows how to answer."""

    after: timedelta | None = None
    """How long the system asked to be left alone, where it did."""


class TryLater(SlasyncError):
    """The system is busy or out of reach. Nothing is known to be wrong with the request.

    `unknown` tells that the request may have taken effect all the same.
    """

    def __init__(
        self, message: str, after: timedelta | None = None, *, unknown: bool = False
    ) -> None:
        super().__init__(message)
        self.after = after
        self.unknown = unknown


class OutOfCalls(TryLater):
    """None of the day's calls is left for what was to be done; the most urgent may have some."""


class Refused(SlasyncError):
    """The system understood and will never accept this. A person has to look."""


class Stopped(SlasyncError):
    """Nothing can go on with this system until the configuration or a credential is mended."""
