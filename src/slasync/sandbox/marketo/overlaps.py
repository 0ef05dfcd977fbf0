"""Which calls were under way at the same time: what they wrote they did not see of each other."""

from collections.abc import Iterable
from itertools import count
from threading import Lock


class Overlaps:
    """Counts calls at work, and remembers when the call that made a lead ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._turns = count(1)
        self._ended: dict[int, int] = {}  # by lead: the turn at which its call had ended
        self._made: list[int] = []  # leads made by the call that is at work now
        self.under_way = 0

    def enter(self) -> tuple[int, int]:
        """Note a call that begins; return its turn and how many are at work, it too."""
        with self._lock:
            self.under_way += 1
            return next(self._turns), self.under_way

    def leave(self) -> None:
        with self._lock:
            self.under_way -= 1

    def made(self, lead: int) -> None:
        """Note that the call at work made a lead."""
        self._made.append(lead)

    def settle(self) -> None:
        """Note that the call at work has done its work."""
        with self._lock:
            turn = next(self._turns)
        for lead in self._made:
            self._ended[lead] = turn
        self._made.clear()

    def seen(self, leads: Iterable[int], number: int) -> list[int]:
        """Leave out the leads made by calls that had not ended when this one began."""
        return [lead for lead in leads if self._ended.get(lead, 0) < number]
