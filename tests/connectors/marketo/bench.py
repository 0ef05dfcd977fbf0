"""A Marketo to test against: the simulated one behind httpx, on a driven clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from slasync.clock import Seams
from slasync.connectors.marketo import (
    CONTACTS,
    MarketoConnector,
    MarketoSink,
    MarketoSource,
    build_connector,
)
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.ports import ActivityReading, Answer, Ask, PersonReading, Reading
from slasync.rehearsal.driver import DrivenClock
from slasync.sandbox.http import Request, Response
from slasync.sandbox.marketo import AT_ONCE, Marketo
from slasync.sandbox.time import Driven, pass_time
from slasync.sandbox.world import World
from slasync.systems import (
    Behaviour,
    Budget,
    Direction,
    FieldMapping,
    FieldType,
    MarketoConfig,
    Secret,
)
from tests.connectors.in_process import httpx_carrier

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
AMPLE = Budget(daily_calls=1_000_000)
MAPPED = (
    FieldMapping("email", "email"),
    FieldMapping("last_name", "lastName"),
    FieldMapping("score", "leadScore", type=FieldType.NUMBER),
    FieldMapping("behaviour_score", "behaviourScore", type=FieldType.NUMBER),
    FieldMapping("reply", "reply", Direction.BOTH),
    FieldMapping("told", "slasyncStage", Direction.WRITE),
)
BEHAVIOURS = (
    Behaviour("form", "Fill Out Form", "form_at"),
    Behaviour("moment", "Interesting Moment", "moment_at", "Description"),
)
WRITTEN = {
    "stage": "slasyncStage",
    "owner": "slasyncOwner",
    "sla_state": "slasyncSlaState",
    "due": "slasyncDue",
}
CUSTOM = {
    "behaviourScore": "score", "reply": "string", "slasyncStage": "string",
    "slasyncOwner": "string", "slasyncSlaState": "string", "slasyncDue": "datetime",
}  # fmt: skip


@dataclass
class Bench:
    """One simulated instance and a connector to it, on one clock."""

    changes: Mapping[str, Any] = field(default_factory=dict)  # to the configuration
    options: Mapping[str, Any] = field(default_factory=dict)  # of the simulated instance
    tamper: Callable[[Request, Response], Response] = lambda _, answer: answer  # on its way

    def __post_init__(self) -> None:
        self.driven = Driven(MONDAY)
        self.clock = DrivenClock(self.driven)
        self.world = World(self.driven.now)
        options = {"lateness": AT_ONCE, "short_pages": 0.0, **self.options}
        self.marketo = Marketo(self.world, **options)
        for name, kind in CUSTOM.items():
            self.marketo.add_field(name, kind)
        self.requests: list[Request] = []
        self.connector = self.connected()

    def connected(self, **changes: Any) -> MarketoConnector:
        """Return another connector, as of a process that has just begun."""
        config = replace(a_config(self.marketo), **{**self.changes, **changes})
        carrier = httpx_carrier(self._handle)
        return build_connector(config, Seams(clock=self.clock), httpx_transport=carrier)

    def restart(self, **changes: Any) -> None:
        self.connector = self.connected(**changes)

    def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        return self.tamper(request, self.marketo.handle(request))

    @property
    def source(self) -> MarketoSource:
        return self.connector.source

    @property
    def sink(self) -> MarketoSink:
        return self.connector.sink

    def wait(self, **duration: float) -> datetime:
        """Let time pass; what is on the agenda happens. Return the time then."""
        pass_time(self.driven, self.world.agenda, self.driven.now() + timedelta(**duration))
        return self.driven.now()

    def lead(self, name: str = "ana", **values: Any) -> str:
        """Have somebody make a lead; return its id."""
        return self.marketo.create({"email": f"{name}@example.com", **values})

    def page(self, ask: Ask) -> Answer:
        (answer,) = self.source.read([ask])
        assert answer.error is None, answer.error
        return answer

    def whole(
        self, since: datetime | None = None, *, upto: datetime | None = None, pages: int = 500
    ) -> list[Answer]:
        """Read the stream to its end, waiting where it is told to; return the pages."""
        ask = Ask(CONTACTS, upto or self.driven.now(), since)
        found: list[Answer] = []
        while len(found) < pages:
            answer = self.page(ask)
            found.append(answer)
            if answer.wait is not None:
                self.wait(seconds=answer.wait.total_seconds())
            elif answer.position is None:
                return found
            ask = replace(ask, position=answer.position)
        raise AssertionError(f"the pass did not end within {pages} pages")

    def readings(self, since: datetime | None = None) -> list[Reading]:
        return [reading for page in self.whole(since) for reading in page.readings]

    def people(self, since: datetime | None = None) -> dict[str, PersonReading]:
        """Read the stream to its end; return the last reading of everybody, by id."""
        found = (r for r in self.readings(since) if isinstance(r, PersonReading))
        return {person.ref.id: person for person in found}

    def told(self, since: datetime) -> list[tuple[str, datetime, Mapping[str, Any]]]:
        """Return what activities tell: whom it is about, when, and which values."""
        found = (r for r in self.readings(since) if isinstance(r, ActivityReading))
        return [(each.about.id, each.occurred_at, each.data) for each in found]


def a_config(marketo: Marketo) -> MarketoConfig:
    known = marketo.credentials()
    return MarketoConfig(
        url="https://123-abc-456.mktorest.com",
        secrets={name: Secret(known[name]) for name in ("client_id", "client_secret")},
        contact_fields=MAPPED,
        behaviours=BEHAVIOURS,
        written=WRITTEN,
        oldest=date(2026, 2, 1),
        budget=AMPLE,
    )


def a_write(action: Action, lead: str | None, key: str = "k", **values: Any) -> Write:
    return Write(
        key=key, lead=LeadKey(f"marketo:contact:{lead}"), system="marketo", action=action,
        values=values, target=None if lead is None else Ref("marketo", "contact", lead),
    )  # fmt: skip
