"""A database of leads that wait for their next rung, some of which are due tick by tick.

Waiting leads are made by the database itself. Those that come due are spread evenly among them;
their hand-over and first task were really decided, so that their histories are complete.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Engine, String, Table, func, insert, select
from sqlalchemy import literal as constant

from benchmarks.shipped import Shipped
from slasync.clock import Seams
from slasync.domain.facts import FactKind
from slasync.domain.lead import User, UserKey
from slasync.rehearsal.driver import DrivenClock
from slasync.sandbox.time import Driven
from slasync.store.engine import open_engine
from slasync.store.tables import CLOCK, CURSOR, FACT, LEAD, LINK, OUTBOX
from slasync.store.types import UtcDateTime
from slasync.store.unit import transaction
from slasync.workers.deciding.decide import Deciding, decide_batch

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)  # 10:00 in Berlin
APART = timedelta(minutes=1)  # between one set that is handed over and the next
TUESDAY = MONDAY + timedelta(days=1)  # the reminder is due a business day after the hand-over
LATER = MONDAY + timedelta(days=7)
PIECE = 100_000  # leads a transaction
MANAGER = User(UserKey("005000000000009AAA"), "Mia Mohn", "mia@sandbox.example")
REPS = [
    User(UserKey(f"00500000000000{n}AAA"), name, f"{name}@sandbox.example", manager=MANAGER.key)
    for n, name in enumerate(("ana", "ben", "chi", "dora"))
]

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Crowd:
    """`leads` in all, among them for each of `ticks` as many as `due`, evenly spread."""

    leads: int
    due: int
    ticks: int

    @property
    def step(self) -> int:
        """Every lead whose number this divides comes due in one of the ticks."""
        return self.leads // (self.due * self.ticks)


class Waiting:
    """The leads of a crowd in a database, and the decide step over them."""

    def __init__(self, url: str, settings: Shipped, crowd: Crowd) -> None:
        self._crowd = crowd
        build(url, crowd, settings)
        self._driven = Driven(MONDAY)
        self._engine = open_engine(url)
        self._deciding = _deciding(self._engine, settings, self._driven)
        self._go_on(MONDAY + APART * crowd.ticks)
        self.tick()  # hands the leads over to sales; each has its first task
        self._tasks = self._counted()

    def close(self) -> None:
        self._engine.dispose()

    def await_rung(self, tick: int) -> None:
        """Let time pass until the rungs of this tick's leads are due and their data is read."""
        self._go_on(TUESDAY + APART * tick + APART / 2)

    def tick(self) -> None:
        """Decide about everything that is due."""
        while decide_batch(self._deciding):
            pass

    def check(self, tick: int) -> None:
        """See that this tick's rungs fired, and no others. Raises AssertionError."""
        fired = self._counted() - self._tasks
        if fired != self._crowd.due * (tick + 1):
            raise AssertionError(f"{fired} reminders after tick {tick}, {self._crowd} was built")

    def _go_on(self, now: datetime) -> None:
        self._driven.advance_to(now)
        with transaction(self._engine) as unit:
            unit.db.execute(CURSOR.update().values(watermark=now))

    def _counted(self) -> int:
        tasks = select(func.count()).where(OUTBOX.c.action == "task")
        with self._engine.connect() as db:
            return db.execute(tasks).scalar_one()


def build(url: str, crowd: Crowd, settings: Shipped) -> None:
    """Fill the tables; commits of this are not made durable one by one."""
    engine = open_engine(url, durable=False)
    for first in range(0, crowd.leads, PIECE):
        with transaction(engine) as unit:
            _add_leads(unit.db, _numbers(first, min(first + PIECE, crowd.leads)), crowd)
    streams = {stream for clock in settings.agreement.clocks for stream in clock.streams}
    with transaction(engine) as unit:
        unit.db.execute(insert(CURSOR), [_cursor(stream) for stream in sorted(streams)])
    with transaction(engine) as unit:
        unit.users.put([MANAGER, *REPS], MONDAY)
    engine.dispose()


def _add_leads(db: Connection, numbers: CTE, crowd: Crowd) -> None:
    n = numbers.c.n
    coming = (n % crowd.step == 0) & (n < crowd.step * crowd.due * crowd.ticks)
    names = {"email": func.printf("person%d@company%d.example", n, n % 977), "key": _key(n)}
    lead = names | {
        "fields": func.printf(
            '{"first_name":"First%d","last_name":"Last%d","company":"Company %d","score":%d}',
            n, n, n % 977, 75 + n % 25,
        ),
        "stage": constant("mql"),
        "sla_state": constant("open"),
        "dirty_at": func.iif(coming, _time(MONDAY), None),
        "created_at": _time(MONDAY),
        "updated_at": _time(MONDAY),
    }  # fmt: skip
    _insert(db, LEAD, numbers, lead)
    for system, kind, id_ in (
        ("hubspot", "contact", func.printf("1%010d", n)),
        ("salesforce", "lead", _record(n)),
    ):
        ref = {"system": constant(system), "kind": constant(kind), "external_id": id_}
        linked = {"lead_key": _key(n), "how": constant("id"), "linked_at": _time(MONDAY)}
        _insert(db, LINK, numbers, ref | linked)
    _insert(db, FACT, numbers, _fact(n, FactKind.ENTERED, _time(MONDAY), constant("{}")))
    _add_histories(db, numbers, crowd, coming)
    _add_clocks(db, numbers, ~coming)


def _add_histories(db: Connection, numbers: CTE, crowd: Crowd, coming: ColumnElement[bool]) -> None:
    """What the systems told of the leads that come due: a set of them, then the next set."""
    n = numbers.c.n
    for tick in range(crowd.ticks):
        its = coming & ((n / crowd.step) % crowd.ticks == tick)
        at = _time(MONDAY + APART * tick)
        owner = func.printf('{"owner":"00500000000000%dAAA"}', n % len(REPS))
        score = func.printf('{"score":%d}', 75 + n % 25)
        _insert(db, FACT, numbers, _fact(n, FactKind.OWNER, _time(MONDAY), owner), its)
        _insert(db, FACT, numbers, _fact(n, FactKind.CHANGED, at, score), its)


def _add_clocks(db: Connection, numbers: CTE, waiting: ColumnElement[bool]) -> None:
    """Both clocks of the leads that only wait, spread over the weeks to come."""
    wake = func.strftime("%Y-%m-%d %H:%M:%S.000000+00:00", _time(LATER), _spread(numbers.c.n))
    for clock in ("first_touch", "processing"):
        row = {
            "lead_key": _key(numbers.c.n),
            "cycle": constant("c1"),
            "clock": constant(clock),
            "generation": constant(0),
            "state": constant("running"),
            "anchor_at": _time(MONDAY),
            "gate": constant(clock),
            "wake_at": wake,
            "next_rung": constant("day_1"),
            "due_at": wake,
            "calendar": constant("berlin"),
        }
        _insert(db, CLOCK, numbers, row, waiting)


def _insert(
    db: Connection,
    table: Table,
    numbers: CTE,
    columns: Columns,
    where: ColumnElement[bool] | None = None,
) -> None:
    """Insert a row for each number, in the database."""
    rows = select(*columns.values()).select_from(numbers)
    db.execute(insert(table).from_select([*columns], rows if where is None else rows.where(where)))


def _numbers(first: int, end: int) -> CTE:
    numbers = select(constant(first).label("n")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < end - 1))


def _key(n: ColumnElement[int]) -> ColumnElement[str]:
    return func.printf("hubspot:contact:1%010d", n, type_=String)


def _record(n: ColumnElement[int]) -> ColumnElement[str]:
    return func.printf("00Qg5%010dEAA", n, type_=String)


def _spread(n: ColumnElement[int]) -> ColumnElement[str]:
    return func.printf("+%d seconds", n * 13 % 2_000_000, type_=String)


def _fact(n: ColumnElement[int], kind: FactKind, at: Any, data: Any) -> Columns:
    return {
        "lead_key": _key(n),
        "source": constant("hubspot"),
        "source_id": func.printf(f"{kind.value}:%d", n),
        "kind": constant(kind.value),
        "occurred_at": at,
        "seen_at": _time(MONDAY),
        "data": data,
        "at_latest": constant(0),
    }


def _time(at: datetime) -> ColumnElement[datetime]:
    return constant(at, UtcDateTime())


def _cursor(stream: str) -> dict[str, Any]:
    system = stream.partition(".")[0]
    counts = {"passes": 1, "failures": 0, "term": 1}
    return {"stream": stream, "system": system, "watermark": MONDAY} | counts


def _deciding(engine: Engine, settings: Shipped, driven: Driven) -> Deciding:
    start = MONDAY - timedelta(days=1)
    agreement = replace(settings.agreement, effective_from=start, org="00D000000000001AAA")
    return Deciding(
        engine=engine,
        seams=Seams(clock=DrivenClock(driven)),
        agreement=agreement,
        calendars=settings.settings.calendars,
        pools=settings.settings.pools,
        lane_of=lambda write: write.action.value,
    )
