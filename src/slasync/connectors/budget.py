"""slasync's share of a system's calls of the day, taken in blocks from a budget that all share."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from slasync.clock import Clock
from slasync.domain.budgets import (
    SLOT,
    Day,
    Granted,
    Lane,
    Notice,
    Quota,
    Wish,
    block_of,
    counted_as,
    room,
    share_of,
    slot_of,
)
from slasync.errors import OutOfCalls, TryLater
from slasync.systems import Budget

FRESH = timedelta(minutes=15)  # a rolling day's count is asked for again after that
ASKED_AGAIN = SLOT  # at the latest: others may have given calls back, or a person more of them
HELD = timedelta(hours=1)  # what is left of a block then is given back: others may be in need


class Ledger(Protocol):
    """What keeps count of the calls, and until when a system asked to be left alone."""

    def take(self, wish: Wish) -> Granted:
        """Grant calls, or tell when there are some again. Raises TryLater."""

    def leave_alone(self, system: str, until: datetime) -> None:
        """Keep until when a system asked to be left alone. Raises TryLater."""

    def left_alone(self, system: str) -> datetime | None:
        """Return until when a system asked to be left alone, last. Raises TryLater."""


@dataclass(slots=True)
class OwnLedger:
    """Counts in this process alone: for commands that open no database."""

    slots: dict[tuple[datetime, Lane], int] = field(default_factory=dict)

    def leave_alone(self, system: str, until: datetime) -> None:
        """Keep nothing: the process itself knows."""

    def left_alone(self, system: str) -> datetime | None:  # noqa: ARG002 - of the protocol
        return None

    def take(self, wish: Wish) -> Granted:
        for key, calls in wish.corrections.items():
            self.slots[key] = self.slots.get(key, 0) + calls
        begins, slot = wish.day.begins(wish.now), slot_of(wish.now)
        self.slots = {key: n for key, n in self.slots.items() if key[0] >= begins and n > 0}
        spent = self._spent()
        calls = min(room(wish.lane, spent, wish.share, wish.reserve, wish.left), wish.calls)
        oldest = min((at for at, _ in self.slots), default=None)
        if calls:
            key = slot, wish.lane
            self.slots[key] = self.slots.get(key, 0) + calls
        after = None if calls else wish.day.renewed_at(wish.now, oldest)
        return Granted(calls, slot, self._spent(), after)

    def _spent(self) -> dict[Lane, int]:
        spent: dict[Lane, int] = {}
        for (_, lane), calls in self.slots.items():
            spent[lane] = spent.get(lane, 0) + calls
        return spent


@dataclass(slots=True)
class Block:
    """Calls granted to a lane, counted in a slot, and not made yet."""

    slot: datetime
    calls: int = 0


class Allowance:
    """One process's part of a system's budget. Safe to use from every thread.

    Calls are granted in blocks, so that most cost no look at the ledger. What is left of a block
    after an hour, or when the day is over, is given back; a process that dies loses it.
    """

    def __init__(self, system: str, budget: Budget, clock: Clock, day: Day | None = None) -> None:
        self.day = day or Day()
        self.quota: Quota | None = None  # as the vendor last said
        self.notice: Notice | None = None
        self._system, self._budget, self._clock = system, budget, clock
        self._ledger: Ledger = OwnLedger()
        self._blocks: dict[Lane, Block] = {}
        self._corrections: dict[tuple[datetime, Lane], int] = {}
        self._known: dict[Lane, int] = {}  # the day's calls, as the ledger last said
        self._lock = threading.Lock()

    def keep_in(self, ledger: Ledger) -> None:
        """Count in `ledger` from now on; what was counted before is taken along."""
        with self._lock:
            if isinstance(self._ledger, OwnLedger):
                for key, calls in self._ledger.slots.items():
                    self._correct(key, calls)
            self._ledger = ledger

    def leave_alone(self, until: datetime) -> None:
        """Have the next process know, too, until when the system asked to be left alone."""
        with suppress(TryLater):  # the database is out of reach: then this process alone waits
            self._ledger.leave_alone(self._system, until)

    def left_alone(self) -> datetime | None:
        """Return until when the system asked to be left alone. Raises TryLater."""
        return self._ledger.left_alone(self._system)

    @property
    def share(self) -> int:
        """The calls a day that slasync may make."""
        return share_of(self._budget.daily_calls, self._budget.share, self.quota)

    def learn(self, quota: Quota) -> None:
        """Take in what the vendor says. Where calls run short each is asked for by itself."""
        with self._lock:
            before = self.share
            self.quota = quota
            if self.share < before or self._is_short(self._clock.now()):
                self._return_blocks()

    def take(self, lane: Lane) -> None:
        """Count one call. Raises OutOfCalls(after) when the lane has none left, or TryLater."""
        if lane is Lane.LOGIN:
            return
        counted = counted_as(lane)
        now = self._clock.now()
        with self._lock:
            if self._taken(counted, now):
                return
            wish = self._wish(counted, now, 1 if self._is_short(now) else block_of(self.share))
        granted = self._asked(wish)
        if granted.after is not None:
            raise self._used_up(lane, granted.after, now)

    def settle(self) -> None:
        """Give back what is left of all blocks. Raises TryLater."""
        with self._lock:
            if not self._blocks and not self._corrections:
                return
            now = self._clock.now()
            self._return_blocks()
            wish = self._wish(Lane.ESCALATION, now, 0)
        self._asked(wish)

    def _asked(self, wish: Wish) -> Granted:
        try:
            granted = self._ledger.take(wish)
        except BaseException:
            with self._lock:
                for key, calls in wish.corrections.items():
                    self._correct(key, calls)
            raise
        self._granted(wish, granted)
        return granted

    def give_back(self, lane: Lane) -> None:
        """Take back a call that was counted and not made."""
        if lane is Lane.LOGIN:
            return
        with self._lock:
            now, counted = self._clock.now(), counted_as(lane)
            self._count(self._blocks.setdefault(counted, Block(slot_of(now))), counted, -1, now)

    def spent(self) -> int:
        """Return how many of the day's calls are made, those in blocks of this process aside."""
        with self._lock:
            return self._spent()

    def _spent(self) -> int:
        held = sum(block.calls for block in self._blocks.values())
        return sum(self._known.values()) - held

    def _is_short(self, now: datetime) -> bool:
        """Tell whether others have left less than slasync's share."""
        left = self._left(now)
        return left is not None and left < self.share - self._spent()

    def _return_blocks(self) -> None:
        for lane, block in self._blocks.items():
            self._correct((block.slot, lane), -block.calls)
        self._blocks.clear()

    def _taken(self, lane: Lane, now: datetime) -> bool:
        """Take a call from the lane's block, if it has one and is not too old."""
        block = self._blocks.get(lane)
        if block is None or not block.calls or self._is_over(block, now):
            return False
        self._count(block, lane, 1, now)
        return True

    def _count(self, block: Block, lane: Lane, calls: int, now: datetime) -> None:
        """Take calls from a block; they count when they are made, not when they were granted."""
        block.calls -= calls
        made = slot_of(now)
        if made != block.slot:
            self._correct((block.slot, lane), -calls)
            self._correct((made, lane), calls)

    def _is_over(self, block: Block, now: datetime) -> bool:
        return block.slot < max(slot_of(now - HELD), self.day.begins(now))

    def _wish(self, lane: Lane, now: datetime, calls: int) -> Wish:
        for of, block in list(self._blocks.items()):
            if self._is_over(block, now):
                self._correct((block.slot, of), -block.calls)
                del self._blocks[of]
        corrections, self._corrections = self._corrections, {}
        return Wish(
            system=self._system,
            lane=lane,
            calls=calls,
            now=now,
            share=self.share,
            reserve=self._budget.reserve,
            day=self.day,
            left=self._left(now),
            corrections=corrections,
            quota=self.quota,
            notice=self.notice,
        )

    def _left(self, now: datetime) -> int | None:
        """Return what is left to the organisation, where the vendor has said so of this day.

        What it says of a rolling day is old soon: then a call is made, whose answer tells.
        """
        quota = self.quota
        if quota is None or quota.at is None:
            return None
        if self.day.zone is None:
            return quota.left if now - quota.at <= FRESH else None
        return quota.left if quota.at >= self.day.begins(now) else None

    def _granted(self, wish: Wish, granted: Granted) -> None:
        with self._lock:
            self._known = dict(granted.spent)
            if not granted.calls:
                return
            block = self._blocks.get(wish.lane)
            if block is not None and block.slot != granted.slot:
                self._correct((block.slot, wish.lane), -block.calls)
                block = None
            block = block or Block(granted.slot)
            block.calls += granted.calls - 1  # the one that was asked for is made
            self._blocks[wish.lane] = block

    def _correct(self, key: tuple[datetime, Lane], calls: int) -> None:
        calls += self._corrections.pop(key, 0)
        if calls:
            self._corrections[key] = calls

    def _used_up(self, lane: Lane, again: datetime, now: datetime) -> OutOfCalls:
        if self._is_short(now):
            left = self._left(now)
            words = f"other programs have left {left} calls of the day: none is for {lane}"
        else:
            words = f"the share of {self.share} calls a day is used up for {lane}"
        at = f"{again:%Y-%m-%d %H:%M} UTC"
        return OutOfCalls(f"{self._system}: {words}; some are free again from {at}",
                          min(again - now, ASKED_AGAIN))  # fmt: skip
