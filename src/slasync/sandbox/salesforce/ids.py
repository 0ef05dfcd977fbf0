"""Record ids: 15 case-sensitive characters, or 18 with a checksum of the capitals."""

from functools import lru_cache

from slasync.sandbox.salesforce.errors import Trouble

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in sorting order
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT, LONG = 15, 18


def to18(short: str) -> str:
    """Append the three characters that tell which of the 15 are capitals."""
    tail = ""
    for start in (0, 5, 10):
        bits = sum(1 << k for k, c in enumerate(short[start : start + 5]) if "A" <= c <= "Z")
        tail += CHECK[bits]
    return short + tail


def made(prefix: str, number: int) -> str:
    """Return the 18-character id of the `number`-th record of a prefix; ids sort by number."""
    tail = ""
    while number:
        number, digit = divmod(number, 62)
        tail = DIGITS[digit] + tail
    return to18(f"{prefix}g5{tail:0>10}")


@lru_cache(maxsize=1 << 16)
def normal(text: str) -> str | None:
    """Return the 18-character form of a well-formed id, None for anything else."""
    if len(text) not in (SHORT, LONG) or not (text.isascii() and text.isalnum()):
        return None
    whole = to18(text[:SHORT])
    return whole if len(text) == SHORT or text.upper() == whole.upper() else None


def required(text: object, label: str, field: str) -> str:
    """Return the 18-character form. Raises MALFORMED_ID."""
    found = normal(text) if isinstance(text, str) else None
    if found is None:
        raise Trouble("MALFORMED_ID", f"{label}: id value of incorrect type: {text}", (field,))
    return found
