"""One clock of any kind, decided about hour by hour."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import Agreement, ClockPolicy, End, Rung
from slasync.domain.clocks import ClockView
from slasync.domain.decide import Decision, decide
from slasync.domain.facts import Fact, FactKind
from tests.builders import (
    DAY,
    HOUR,
    MONDAY,
    STREAMS,
    a_lead,
    an_agreement,
    days,
    owned,
    scored,
    task,
    terms,
)

CREATED = MONDAY - 10 * DAY
OUTCOMES = frozenset({End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED})
TWO_RUNGS = (Rung("first", days(1), (task(),)), Rung("second", days(2), (task(),)))


def a_clock(**changes: Any) -> ClockPolicy:
    ordinary = ClockPolicy(name="clock", ends=OUTCOMES, rungs=TWO_RUNGS, streams=STREAMS)
    return replace(ordinary, **changes)


def with_clock(policy: ClockPolicy, **changes: Any) -> Agreement:
    return an_agreement(clocks=(policy,), **changes)


def decided_hourly(
    facts: Sequence[Fact], policy: ClockPolicy, until: datetime, **more: Any
) -> tuple[list[Fact], Decision]:
    """Decide each hour as a daemon does; return the own facts and the last decision."""
    own: list[Fact] = []
    agreement = more.pop("agreement", None) or with_clock(policy)
    now, at = MONDAY, terms(MONDAY, agreement=agreement, **more)
    decision = decide(a_lead(), [], at)
    while now <= until:
        known = [fact for fact in facts if fact.seen_at <= now]
        decision = decide(a_lead(), [*known, *own], replace(at, now=now, ready={"clock": now}))
        own += decision.facts
        now += HOUR
    return own, decision


def fired(own: Sequence[Fact]) -> list[tuple[str, int]]:
    return [
        (str(f.data["rung"]), int(f.data["generation"]))
        for f in own
        if f.kind == FactKind.FIRED and f.data["clock"] == "clock" and not f.data["superseded"]
    ]


def the_view(decision: Decision) -> ClockView:
    [view] = decision.clocks
    return view


HANDED_OVER = [owned(CREATED), scored(MONDAY)]
