"""Histories as they were last read: of a lead read again, only the facts added since are fetched.

A lead is looked at some twenty times while its clocks run, each time with a fact or two more.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

from slasync.domain.facts import Fact
from slasync.domain.lead import LeadKey
from slasync.store.facts import Extent, Facts

MOST = 50_000
"""Facts kept in memory, some 50 MB at worst; leads not looked at for longest are let go."""


@dataclass(slots=True)
class Histories:
    """For one step of one process. What others added, or took back, is noticed by counting."""

    most: int = MOST
    _known: OrderedDict[LeadKey, tuple[Extent, list[Fact]]] = field(default_factory=OrderedDict)
    _kept: int = 0

    def of(self, facts: Facts, keys: Collection[LeadKey]) -> dict[LeadKey, list[Fact]]:
        """Return all facts of each lead, in no order that means anything. Not to be changed.

        To be called before the transaction adds facts of its own: those may yet be undone.
        """
        extents = facts.extents(keys)
        grown = {
            key: known[0].last
            for key, extent in extents.items()
            if (known := self._known.get(key)) and known[0] != extent
        }
        added = facts.added(grown)
        whole = [key for key in extents if not self._still(key, extents[key], added.get(key, ()))]
        for key, read in facts.of(whole).items():
            self._keep(key, extents[key], read)
        found = {key: self._known[key][1] if key in extents else [] for key in keys}
        self._let_go()
        return found

    def _still(self, key: LeadKey, extent: Extent, added: Collection[Fact]) -> bool:
        """Tell whether what is known of a lead, with what was added, is all there is."""
        known = self._known.get(key)
        if known is None or known[0].count + len(added) != extent.count:
            return False  # another process's facts were committed later than higher numbers
        if added and any(fact.home for fact in (*known[1], *added)):
            return False  # of leads that are one now: what was told of both counts once
        self._keep(key, extent, [*known[1], *added] if added else known[1])
        return True

    def _keep(self, key: LeadKey, extent: Extent, read: list[Fact]) -> None:
        before = self._known.pop(key, None)
        self._kept += len(read) - (len(before[1]) if before else 0)
        self._known[key] = (extent, read)

    def _let_go(self) -> None:
        while self._kept > self.most:
            _, (_, read) = self._known.popitem(last=False)
            self._kept -= len(read)
