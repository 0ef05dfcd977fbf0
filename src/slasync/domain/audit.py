"""The audit: who decided or did what, and where from, each entry bound to the one before.

An entry's hash is made of its words and of the hash before it: what is changed, taken out or put in
afterwards breaks the chain from there on.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

BEGINNING = "0" * 64
"""Stands before the first entry."""
ERASED = "forget"
"""The deed that takes a person out of earlier entries: {"entries": {number: hash it has now}}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that somebody did, or tried to do."""

    at: datetime
    who: str  # the user's name, or who was logged in at the command line
    action: str  # "login", "held.allow", ...
    target: str = ""  # what it was done to
    outcome: str = "done"  # or "refused"
    address: str = ""  # where it came from; empty: the command line
    detail: Mapping[str, Any] = field(default_factory=dict)  # JSON values


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed at its place in the chain."""

    number: int
    deed: Deed
    before: str
    hash: str


def chained(before: str, number: int, deed: Deed) -> str:
    """Return the hash of a deed that follows the one with hash `before`."""
    told = [
        before, number, deed.at.isoformat(timespec="microseconds"), deed.who, deed.action,
        deed.target, deed.outcome, deed.address, dict(deed.detail),
    ]  # fmt: skip
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of checking a chain; `problem` names the first place where it is broken."""

    entries: int
    head: str
    problem: str = ""


def checked(entries: Iterable[Entry], head: str | None = None) -> Checked:
    """Go through a chain from its beginning; `head`: the hash that was kept of its end.

    An entry that a person was taken out of is not what was written. It holds when a later deed
    says so, with the hash of what stands there now.
    """
    before, count = BEGINNING, 0
    doubtful: dict[str, tuple[str, Checked]] = {}  # by number: hash now, and the problem
    for entry in entries:
        count += 1
        if entry.number != count:
            return Checked(count, before, f"entry {count} is missing: the next is {entry.number}")
        if entry.before != before:
            return Checked(count, before, f"entry {count} does not follow the one before it")
        now = chained(before, entry.number, entry.deed)
        if entry.hash != now:
            problem = Checked(count, before, f"entry {count} is not what was written")
            doubtful[str(count)] = (now, problem)
        elif entry.deed.action == ERASED:
            told = entry.deed.detail.get("entries", {})
            doubtful = {n: kept for n, kept in doubtful.items() if told.get(n) != kept[0]}
        before = entry.hash
    if doubtful:
        return next(iter(doubtful.values()))[1]
    if head is not None and head != before:
        return Checked(count, before, f"entries after {count} are missing")
    return Checked(count, before)
