"""A month to be measured: leads with their facts in a database, read up to a given time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Engine

from slasync.domain.agreement import ClockPolicy, OnChange
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.figures.kpis import Figure
from slasync.domain.figures.obligations import Aim, Obligations, TimeLimit
from slasync.domain.lead import LeadKey, Ref, lead_key
from slasync.domain.rulings import Agreed, Change, Ruled, Rulings
from slasync.domain.time.calendars import Calendar
from slasync.domain.time.months import Month
from slasync.reports.kpis import Cost, Figures, accepted_so_far, figures
from slasync.store.leads import LeadUpdate
from slasync.store.unit import reading, transaction
from tests.builders import DAY, POOL, a_fact, days, nine_to_five, owned
from tests.domain.enrolling import marketing_terms, with_enrolment

MARCH = Month(2026, 3)
APRIL_BEGINS = datetime(2026, 3, 31, 22, tzinfo=UTC)  # in Berlin
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)  # a Monday, 10:00 in Berlin, an hour after opening
BERLIN = nine_to_five("Europe/Berlin", "office")
STREAMS = ("hubspot.contacts", "salesforce.leads", "salesforce.opportunities")
OWED = Obligations(
    sales=(TimeLimit("first_touch", days(1), "day_1", Fraction(1, 2)),),
    aims={"mql_to_sal": Aim(Fraction(3, 5), Fraction(1, 2))},
    currency="EUR",
)


class MonthBooks:
    """`lead` enters one, `figures` measures March."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._leads = 0

    def lead(self, at: datetime, *more: Fact, definition: str = "score", **fields: Any) -> LeadKey:
        """Have a lead of Ana's handed over at `at`."""
        self._leads += 1
        contact = Ref("hubspot", "contact", str(self._leads))
        key = lead_key(contact)
        where = {"system": contact.system, "kind": contact.kind, "id": contact.id}
        facts = [
            a_fact(FactKind.ENTERED, at - DAY, where, source="hubspot"),
            owned(at - DAY),
            a_fact(FactKind.CHANGED, at, {"score": 80}, source="hubspot"),
            handed_over(at, "c1", definition),
            *more,
        ]
        with transaction(self.engine) as unit:
            unit.links.add([(contact, key, "first")], at)
            unit.leads.put([LeadUpdate(key, None, {"last_name": key, **fields}, None)], at)
            unit.facts.add({key: facts})
        return key

    def learn(self, key: LeadKey, *facts: Fact) -> None:
        with transaction(self.engine) as unit:
            unit.facts.add({key: list(facts)})

    def figures(  # noqa: PLR0913 - what a month is measured by
        self,
        now: datetime = APRIL_BEGINS + 9 * DAY,
        owed: Obligations = OWED,
        month: Month = MARCH,
        *,
        costs: Sequence[Cost] = (),
        streams: Sequence[str] = STREAMS,
        calendar: Calendar = BERLIN,
        ruled: Ruled | None = None,
        **agreed: Any,
    ) -> Figures:
        self._read_to(now, streams)
        agreement = with_enrolment(**{"effective_from": None} | agreed)
        terms = marketing_terms(now, agreement, calendars={"office": calendar}, ruled=ruled)
        with reading(self.engine) as unit:
            return figures(unit, terms, owed, month, costs=costs)

    def so_far(self, now: datetime) -> Figure | None:
        """Measure what a morning tells of the running month."""
        self._read_to(now, STREAMS)
        agreement = with_enrolment(effective_from=None)
        terms = marketing_terms(now, agreement, calendars={"office": BERLIN})
        with reading(self.engine) as unit:
            return accepted_so_far(unit, terms, OWED)

    def _read_to(self, now: datetime, streams: Sequence[str]) -> None:
        with transaction(self.engine) as unit:
            held = unit.cursors.claim(list(streams), "a test", now, now)
            unit.cursors.settle([replace(c, watermark=now, passes=1) for c in held], "a test")


def changed(at: datetime, choice: OnChange, clock: ClockPolicy) -> Ruled:
    """Have the agreement of the books come into force at `at`; before, a clock was another."""
    new = Agreed(with_enrolment(effective_from=None), {"office": BERLIN}, {POOL.name: POOL})
    clocks = tuple(clock if c.name == clock.name else c for c in new.agreement.clocks)
    old = replace(new, agreement=replace(new.agreement, hash="1" * 64, clocks=clocks))
    changes = [Change("1" * 64, at - 300 * DAY, choice, "old"), Change("2" * 64, at, choice, "new")]
    return Rulings(changes, new, lambda _: old).of


def handed_over(at: datetime, cycle: str, definition: str = "score") -> Fact:
    data = {"cycle": cycle, "definition": definition, "evidence": {"score": 80}}
    return a_fact(FactKind.HANDOVER, at, data, source=OURS, source_id=f"handover:{cycle}")


def fired(due: datetime, rung: str, clock: str = "first_touch") -> Fact:
    data = {"cycle": "c1", "clock": clock, "generation": 0, "rung": rung,
            "due": due.isoformat(), "effects": [], "superseded": False}  # fmt: skip
    return a_fact(FactKind.FIRED, due, data, source=OURS, source_id=f"fired:{clock}:{rung}")


def converted(at: datetime, opportunity: str | None = None) -> Fact:
    made = {"contact": "003A", **({"opportunity": opportunity} if opportunity else {})}
    return a_fact(FactKind.CONVERTED, at, made)


def opportunity(at: datetime, key: str, **more: Any) -> Fact:
    """How an opportunity that was made at `created`, else at `at`, looks from `at` on."""
    data: Mapping[str, Any] = {"id": key, "created": at.isoformat(), "stage": "Open"} | more
    return a_fact(FactKind.OPPORTUNITY, at, data, source_id=f"{key}@{at.isoformat()}")
