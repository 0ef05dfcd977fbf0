"""A simulated marketing system with leads, and what reading and writing them costs in calls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from benchmarks.figures import Figure
from benchmarks.quiet import quiet
from slasync.connectors.hubspot import HubSpotConnector
from slasync.connectors.marketo import MarketoConnector
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.ports import Ask, PersonReading
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.town import Town


@dataclass(frozen=True, slots=True)
class Instance:
    """A simulated system with leads, and a connector to it."""

    driven: Driven
    town: Town
    connector: HubSpotConnector | MarketoConnector

    @property
    def system(self) -> str:
        return self.connector.source.system

    def calls(self) -> int:
        return sum(self.town.vendor(self.system).calls.values())

    def read(self, stream: str, since: datetime | None) -> int:
        """Make one pass; return how many leads it read."""
        ask, seen = Ask(stream, self.driven.now(), since), set[Ref]()
        while True:
            [answer] = self.connector.source.read([ask])
            if answer.error is not None:
                raise answer.error
            seen |= {r.ref for r in answer.readings if isinstance(r, PersonReading)}
            if answer.wait is not None:
                self.pass_time(self.driven.now() + answer.wait)
            elif answer.position is None:
                return len(seen)
            ask = replace(ask, position=answer.position)

    def fetch(self, ids: Sequence[str]) -> int:
        return len(self.connector.source.fetch([Ref(self.system, "contact", i) for i in ids]))

    def write(self, ids: Sequence[str]) -> int:
        """Tell the system the stage of each; return how many writes were answered."""
        return len(self.connector.sink.apply([self._write(number) for number in ids]))

    def pass_time(self, until: datetime) -> None:
        pass_time(self.driven, self.town.world.agenda, until)

    def _write(self, number: str) -> Write:
        return Write(
            key=number, lead=LeadKey(f"{self.system}:contact:{number}"), system=self.system,
            action=Action.PROPERTIES, values={"stage": "mql"},
            target=Ref(self.system, "contact", number),
        )  # fmt: skip


Work = Callable[[Instance], int]
"""Returns for how many leads it was done."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A piece of work for a number of leads, with the least calls that 1,000 of them need."""

    work: Work
    leads: int
    floor: float


def costs(instance: Instance, asked: Mapping[str, Asked]) -> Iterator[Figure]:
    """Yield calls per 1,000 leads of each, by its name; done in their order."""
    with quiet(), closing(instance.connector):
        if isinstance(instance.connector, MarketoConnector):
            instance.connector.source.schema()  # what is asked for twice a day
        used = {name: _used(instance, each) for name, each in asked.items()}
    for name, each in asked.items():
        value = used[name] * 1_000 / each.leads
        yield Figure(name, value, "calls/1,000", each.floor, value / each.floor)


def _used(instance: Instance, asked: Asked) -> int:
    before = instance.calls()
    done = asked.work(instance)
    if done != asked.leads:
        raise AssertionError(f"{done} leads of {asked.leads}")
    return instance.calls() - before
