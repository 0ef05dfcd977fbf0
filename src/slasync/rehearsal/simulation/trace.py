"""The trace of a run: everything that happened, and its hash, equal for equal seeds."""

from collections import Counter
from datetime import datetime
from hashlib import blake2b


class Trace:
    """Notes what happened, word for word in `kept` if given, and counts it by name."""

    def __init__(self, kept: list[str] | None = None) -> None:
        self._lines = [] if kept is None else kept
        self._at: datetime | None = None
        self._told = ""
        self.counts: Counter[str] = Counter()

    def note(self, at: datetime, name: str, *ids: object) -> None:
        """Take one event into the trace."""
        if at is not self._at:  # much happens at one instant
            self._at, self._told = at, at.isoformat()
        self._lines.append(f"{self._told} {name} {' '.join(map(str, ids))}\n")

    def count(self, name: str) -> None:
        """Count one thing that happened: for the proof that it does happen at times."""
        self.counts[name] += 1

    @property
    def hash(self) -> str:
        return blake2b("".join(self._lines).encode(), digest_size=16).hexdigest()
