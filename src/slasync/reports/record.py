"""The mirror's own history made ready to be played again, without what slasync did itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slasync.domain.agreement import Agreement, EffectKind, Stage
from slasync.domain.facts import OURS, Fact, FactKind, in_order
from slasync.domain.history import fold
from slasync.domain.lead import Lead, LeadKey, Ref, Roster
from slasync.reports.playing import Story

SKEW = timedelta(minutes=1)
"""A task that slasync closed may bear a time a little before its wish to."""
SHOWN = frozenset({FactKind.LINKED, FactKind.OWNER, FactKind.RELEASED})
"""Own facts that tell how the CRM looks, not what was decided."""


@dataclass(frozen=True, slots=True)
class Record:
    """Leads to be played, and how many were with sales already when the play begins."""

    stories: tuple[Story, ...]
    left_out: int


def recorded(
    leads: Mapping[LeadKey, Lead],
    facts: Mapping[LeadKey, Sequence[Fact]],
    agreement: Agreement,
    roster: Roster,
    since: datetime,
) -> Record:
    """Make a story of each lead to which something has happened since.

    A cycle that was open by then is left out: it was begun under other terms.
    """
    stories, left_out = [], 0
    for key in sorted(leads):
        history = facts.get(key, ())
        if not any(fact.occurred_at >= since for fact in history if fact.source != OURS):
            continue
        before = [fact for fact in history if fact.occurred_at < since]
        if fold(before, agreement, roster).open_cycle is not None:
            left_out += 1
        else:
            stories.append(_Telling(leads[key], history, agreement, roster, since).story())
    return Record(tuple(stories), left_out)


class _Telling:
    """One lead's history, sorted into what others did and what slasync did."""

    def __init__(
        self,
        lead: Lead,
        history: Sequence[Fact],
        agreement: Agreement,
        roster: Roster,
        since: datetime,
    ) -> None:
        self._lead, self._history, self._since = lead, in_order(history), since
        later = [f for f in history if f.source == OURS and f.occurred_at >= since]
        self._made = [_ref(f) for f in later if f.kind == FactKind.LINKED]
        self._routed = {f.data["owner"] for f in later if f.kind == FactKind.ROUTED}
        self._closed = {
            str(key): f.occurred_at
            for f in later
            if f.kind == FactKind.WITHDRAWN
            for key in f.data["task_keys"]
        }
        fired = [f for f in later if f.kind == FactKind.FIRED]
        recycled = [f.occurred_at for f in fired if _recycles(f)]
        statuses = [(f.occurred_at, word) for f in fired for word in _statuses_set(f)]
        by_machines = [
            f
            for f in self._history
            if f.kind == FactKind.STATUS
            and not roster.is_person(f.by)
            and agreement.stages.get(str(f.data["status"])) == Stage.RECYCLED
        ]
        self._recyclings = {
            next((f.source_id for f in by_machines if f.occurred_at >= at - SKEW), "")
            for at in recycled
        } | {_ours_of(self._history, roster, at, word) for at, word in statuses}

    def story(self) -> Story:
        """Records that slasync made are not there yet; they appear when they are made again."""
        refs = tuple(ref for ref in self._lead.refs if ref not in self._made)
        return Story(
            lead=replace(self._lead, refs=refs),
            known=tuple(self._known()),
            happens=tuple((fact.occurred_at, fact) for fact in self._happens()),
            record=self._made[0] if self._made else None,
        )

    def _known(self) -> Iterator[Fact]:
        for fact in self._history:
            if fact.occurred_at < self._since and (fact.source != OURS or fact.kind in SHOWN):
                yield fact

    def _happens(self) -> Iterator[Fact]:
        for fact in self._history:
            if fact.occurred_at >= self._since and not self._ours(fact):
                yield fact

    def _ours(self, fact: Fact) -> bool:
        """Tell whether a fact is something that slasync did, or only the trace of it."""
        if fact.source == OURS:
            return fact.kind != FactKind.RELEASED  # which an operator does
        match fact.kind:
            case FactKind.ENTERED:
                return _ref(fact) in self._made
            case FactKind.OWNER:
                first = {f"{FactKind.OWNER}:{ref}" for ref in self._made}
                echo = bool(fact.data.get("ours")) and fact.data["owner"] in self._routed
                return echo or fact.source_id in first
            case FactKind.TOUCH:
                closed = self._closed.get(str(fact.data.get("task_key")))
                return closed is not None and fact.occurred_at >= closed - SKEW
            case FactKind.STATUS:
                return fact.source_id in self._recyclings
            case _:
                return False


def _recycles(fact: Fact) -> bool:
    if "mode" in fact.data:
        return False  # decided in a mode that writes nothing
    return any(effect["kind"] == EffectKind.RECYCLE for effect in fact.data.get("effects", ()))


def _statuses_set(fact: Fact) -> Iterator[str]:
    """Yield the statuses that a rung set by `do: status`."""
    for effect in fact.data.get("effects", ()):
        if effect["kind"] == EffectKind.STATUS:
            yield str(effect["to"])


def _ours_of(history: Sequence[Fact], roster: Roster, at: datetime, word: str) -> str:
    """Return the id of the fact that shows the status we set; empty: it never showed."""
    shown = (
        f.source_id
        for f in history
        if f.kind == FactKind.STATUS
        and f.occurred_at >= at - SKEW
        and f.data["status"] == word
        and not roster.is_person(f.by)
    )
    return next(shown, "")


def _ref(fact: Fact) -> Ref:
    data = fact.data
    return Ref(str(data["system"]), str(data["kind"]), str(data["id"]))
