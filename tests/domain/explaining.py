"""Accounts of leads to be explained, and how to read an explanation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slasync.domain.agreement import Definition, Trigger
from slasync.domain.explaining.account import Account, Stream
from slasync.domain.explaining.explain import explain, explained
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.settings.clauses import clauses_of
from slasync.settings.rules import compile_rule
from slasync.systems import FieldType
from tests.builders import ANA, MONDAY, STREAMS, a_fact, a_lead, owned, scored, terms

FIELDS = {
    "score": FieldType.NUMBER,
    "form": FieldType.TEXT,
    "opted_in": FieldType.BOOL,
    "country": FieldType.TEXT,
}


def ruled(name: str, text: str, trigger: Trigger = Trigger.CROSSING) -> Definition:
    """Compile a definition as the agreement's file is compiled."""
    rule = compile_rule(text, FIELDS)
    return Definition(name, text, rule.holds, rule.reads, trigger, None, clauses_of(rule))


HANDED = a_fact(
    FactKind.HANDOVER,
    MONDAY,
    {"cycle": "c1", "definition": "score", "evidence": {"score": 80}},
    source=OURS,
)
ROUTED = a_fact(
    FactKind.ROUTED,
    MONDAY,
    {
        "cycle": "c1",
        "generation": 0,
        "owner": ANA.key,
        "from": None,
        "pool": "inbound",
        "why": "first",
    },
    source=OURS,
)


def fired(rung: str, at: datetime, **data: Any) -> Fact:
    known = {
        "cycle": "c1", "clock": "first_touch", "generation": 0, "rung": rung,
        "due": at.isoformat(), "effects": [],
    }  # fmt: skip
    return a_fact(FactKind.FIRED, at, known | data, source=OURS, source_id=f"fired:{rung}")


def an_account(facts: Sequence[Fact], now: datetime, **changes: Any) -> Account:
    ordinary: dict[str, Any] = {
        "lead": a_lead(),
        "facts": facts,
        "terms": terms(now),
        "streams": {name: Stream(now) for name in STREAMS},
    }
    return Account(**ordinary | changes)


def told(account: Account, title: str) -> tuple[str, ...]:
    return next(section.lines for section in explain(account) if section.title == title)


def misses(account: Account, kind: str) -> list[str]:
    return [f"{m.name}: {m.words}" for m in explained(account).near_misses if m.kind == kind]


WORKED = [scored(MONDAY), owned(MONDAY), HANDED, ROUTED]
