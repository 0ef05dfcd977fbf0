"""The trace of a run: a running hash over everything that happened, equal for equal seeds."""

from collections import Counter
from datetime import datetime
from hashlib import blake2b


class Trace:
    """Notes what happened: hashed, counted by name, and kept word for word if asked for."""

    def __init__(self, kept: list[str] | None = None) -> None:
        self._hash = blake2b(digest_size=16)
        self._kept = kept
        self._at: datetime | None = None
        self._told = ""
        self.counts: Counter[str] = Counter()

    def note(self, at: datetime, name: str, *ids: object) -> None:
        """Take one event into the hash."""
        if at is not self._at:  # much happens at one instant
            self._at, self._told = at, at.isoformat()
        line = f"{self._told} {name} {' '.join(map(str, ids))}\n"
        self._hash.update(line.encode())
        if self._kept is not None:
            self._kept.append(line)

    def count(self, name: str) -> None:
        """Count one thing that happened: for the proof that it does happen at times."""
        self.counts[name] += 1

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()
