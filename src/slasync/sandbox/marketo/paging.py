"""Paging tokens: opaque text that names a position, and what it is a position in."""

from base64 import b32decode, b32encode
from collections.abc import Callable
from typing import TypeVar

from slasync.sandbox.marketo.failures import invalid

T = TypeVar("T")

ACTIVITIES, ROWS = "A", "R"


class Tokens:
    """Writes and reads tokens. `expire` has those written so far refused."""

    def __init__(self) -> None:
        self._generation = 1

    def expire(self) -> None:
        self._generation += 1

    def write(self, kind: str, *numbers: int) -> str:
        text = ",".join([kind, str(self._generation), *map(str, numbers)])
        return b32encode(text.encode()).decode()

    def read(self, kind: str, token: str) -> list[int]:
        """Return the numbers a token was written with. Raises Failure 1003."""
        try:
            found, *numbers = b32decode(token.encode()).decode().split(",")
            generation, *rest = map(int, numbers)
        except ValueError:
            raise invalid(f"Invalid nextPageToken '{token}'") from None
        if found != kind or generation != self._generation or not rest:
            raise invalid(f"Invalid nextPageToken '{token}'")
        return rest


def cut(rows: list[T], key: Callable[[T], int], after: int, size: int) -> tuple[list[T], int]:
    """Return the rows above `after`, at most `size`, and the key to go on after; 0: none left."""
    rest = [row for row in rows if key(row) > after]
    page = rest[:size]
    return page, key(page[-1]) if len(rest) > size else 0
