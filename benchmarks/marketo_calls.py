"""How many calls of Marketo's API a thousand leads cost, read and written.

The simulated Marketo counts them. Read: a first load by bulk extract, leads that are known by their
ids, and leads that the activity log tells of, one row each, where the log itself is read as well.
Floor: one call for each 300 leads, of the extract one for its file; of changes one for the log and
one for the leads. Above it is what a pass needs besides: a token for its beginning, deletions, that
come by a feed of their own that goes through the log, and pages of the log that end early.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure
from benchmarks.quiet import quiet
from benchmarks.shipped import AMPLE
from slasync.clock import Seams
from slasync.connectors.marketo import CONTACTS, MarketoConnector, build_connector
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.ports import Ask, PersonReading
from slasync.rehearsal.driver import DrivenClock
from slasync.rehearsal.inprocess import in_process_httpx
from slasync.rehearsal.stage import shipped_settings
from slasync.sandbox.marketo import AT_ONCE
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.town import Town, build
from slasync.sandbox.world import World

LEADS = 20_000
CHANGED = 3_000
A_CALL = 300
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instance:
    """A simulated Marketo with leads, and a connector to it."""

    driven: Driven
    town: Town
    connector: MarketoConnector

    def calls(self) -> int:
        return sum(self.town.marketo.calls.values())

    def read(self, since: datetime | None) -> int:
        """Make one pass; return how many leads it read."""
        ask, seen = Ask(CONTACTS, self.driven.now(), since), set[Ref]()
        while True:
            [answer] = self.connector.source.read([ask])
            if answer.error is not None:
                raise answer.error
            seen |= {r.ref for r in answer.readings if isinstance(r, PersonReading)}
            if answer.wait is not None:
                until = self.driven.now() + answer.wait
                pass_time(self.driven, self.town.world.agenda, until)
            elif answer.position is None:
                return len(seen)
            ask = replace(ask, position=answer.position)


def measure(leads: int = LEADS, changed: int = CHANGED) -> Iterator[Figure]:
    """Yield calls per 1,000 leads: loaded first, read by id, learned of, written."""
    with quiet():
        instance = _opened(leads)
        ids = [str(row["id"]) for row in instance.town.marketo.rows()][:changed]
        found = {
            "marketo_first_load_calls": (_cost(instance, _load, leads), leads, 1_000 / leads),
            "marketo_read_calls": (
                _cost(instance, lambda i: _fetch(i, ids), changed), changed, 1_000 / A_CALL
            ),
            "marketo_changes_calls": (
                _cost(instance, lambda i: _learn(i, ids), changed), changed, 2_000 / A_CALL
            ),
            "marketo_write_calls": (
                _cost(instance, lambda i: _write(i, ids), changed), changed, 1_000 / A_CALL
            ),
        }  # fmt: skip
        instance.connector.close()
    for name, (used, count, floor) in found.items():
        value = used * 1_000 / count
        yield Figure(name, value, "calls/1,000", floor, value / floor)


def _opened(leads: int) -> Instance:
    driven = Driven(MONDAY)
    town = build(World(driven.now), market="marketo", marketo={"lateness": AT_ONCE})
    made = (MONDAY - timedelta(days=1)).isoformat()
    town.marketo.load({"email": f"p{n}@x.example", "createdAt": made} for n in range(leads))
    settings = shipped_settings(town, MONDAY.date(), "marketo")
    if settings.marketo is None:
        raise LookupError("the shipped configuration for Marketo lacks it")
    config = replace(settings.marketo, budget=AMPLE)
    seams = Seams(clock=DrivenClock(driven))
    carrier = in_process_httpx(town.marketo.handle)
    return Instance(driven, town, build_connector(config, seams, httpx_transport=carrier))


def _cost(instance: Instance, work: Callable[[Instance], int], wanted: int) -> int:
    instance.connector.source.schema()  # what is asked for twice a day
    before = instance.calls()
    done = work(instance)
    if done != wanted:
        raise AssertionError(f"{done} leads of {wanted}")
    return instance.calls() - before


def _load(instance: Instance) -> int:
    return instance.read(None)


def _fetch(instance: Instance, ids: list[str]) -> int:
    return len(instance.connector.source.fetch([Ref("marketo", "contact", i) for i in ids]))


def _learn(instance: Instance, ids: list[str]) -> int:
    since = instance.driven.now()
    for number in ids:
        instance.town.marketo.score(number, 5)
    pass_time(instance.driven, instance.town.world.agenda, since + timedelta(minutes=2))
    return instance.read(since)


def _write(instance: Instance, ids: list[str]) -> int:
    writes = [
        Write(
            key=number, lead=LeadKey(f"marketo:contact:{number}"), system="marketo",
            action=Action.PROPERTIES, values={"stage": "mql"},
            target=Ref("marketo", "contact", number),
        )
        for number in ids
    ]  # fmt: skip
    return len(instance.connector.sink.apply(writes))
