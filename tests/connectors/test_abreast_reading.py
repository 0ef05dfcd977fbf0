"""Several calls in flight: every row is read once or more, none is left out, wherever rows lie."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from slasync.abreast import InOrder, threads
from slasync.clock import Seams
from slasync.connectors.http import Lane, on_lane
from slasync.connectors.salesforce.read import SalesforceSource
from slasync.errors import Stopped, TryLater
from slasync.ports import Ask, PersonReading
from slasync.purpose import lane_now, made_for
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault

T = TypeVar("T")
LEADS = "salesforce.leads"


@dataclass
class Beside:
    """As many at once as are allowed, yet one after the other: what threads make of the work."""

    most: int
    waits: bool = False
    rounds: list[int] = field(default_factory=list)

    def all(self, works: Sequence[Callable[[], T]]) -> list[T]:
        self.rounds.append(len(works))
        return [work() for work in works]


def source_of(rig: OrgRig, most: int) -> tuple[SalesforceSource, Beside]:
    beside = Beside(most)
    rig.connector.transport.calls.abreast = beside
    return SalesforceSource(rig.connector.config, rig.connector.transport), beside


def read_all(source: SalesforceSource, ask: Ask) -> tuple[list[str], int]:
    """Read a pass to its end; return the ids in the order they came, and in how many rounds."""
    ids: list[str] = []
    rounds = 0
    while True:
        [answer] = source.read([ask])
        assert answer.error is None
        ids += [r.ref.id for r in answer.readings if isinstance(r, PersonReading)]
        rounds += 1
        if answer.position is None:
            return ids, rounds
        ask = Ask(ask.stream, ask.upto, ask.since, answer.position)


def gaps_of(name: str, rows: int) -> list[float]:
    """Return the seconds between rows: how they lie in time."""
    return {
        "one stamp": [0.0] * rows,
        "evenly": [60.0] * rows,
        "a cluster at the end": [86_400.0] * 5 + [0.2] * (rows - 5),
        "a cluster at the beginning": [0.2] * (rows - 5) + [86_400.0] * 5,
        "two clusters": [0.1] * (rows // 2) + [90_000.0] + [0.1] * (rows - rows // 2 - 1),
    }[name]


@fault("V22")
@pytest.mark.parametrize("most", [1, 2, 3, 8])
@pytest.mark.parametrize(
    "lie",
    ["one stamp", "evenly", "a cluster at the end", "a cluster at the beginning", "two clusters"],
)
@pytest.mark.parametrize("changes_only", [True, False])
def test_every_row_is_read_however_the_rows_lie_in_time(
    lie: str, most: int, *, changes_only: bool
) -> None:
    rig = OrgRig(changed={"page_size": 7})
    since = rig.clock.now()
    made = []
    for n, gap in enumerate(gaps_of(lie, 90)):
        rig.clock.advance(gap)
        made.append(rig.lead(email=f"p{n}@prospect.example").id)
    rig.clock.advance(60)
    source, _ = source_of(rig, most)

    ids, rounds = read_all(source, Ask(LEADS, rig.clock.now(), since if changes_only else None))

    assert set(ids) == set(made)
    assert rounds <= 90 // 7 + 1
    assert len(ids) - len(made) <= 8 * 8  # of rows on a border's second, some twice


def test_more_at_once_need_fewer_rounds() -> None:
    rig = OrgRig(changed={"page_size": 5})
    for n in range(200):
        rig.clock.advance(60)
        rig.lead(email=f"p{n}@prospect.example")
    ask = Ask(LEADS, rig.clock.now(), None)

    rounds = {most: read_all(source_of(rig, most)[0], ask)[1] for most in (1, 8)}

    assert rounds[1] == 41
    assert rounds[8] * 5 <= rounds[1]


def test_a_pass_that_a_page_ends_is_not_cut() -> None:
    rig = OrgRig(changed={"page_size": 50})
    for n in range(40):
        rig.lead(email=f"p{n}@prospect.example")
    source, beside = source_of(rig, 8)

    read_all(source, Ask(LEADS, rig.clock.now(), None))

    assert beside.rounds == [1]


def test_the_rest_of_a_pass_that_is_short_is_not_cut() -> None:
    rig = OrgRig(changed={"page_size": 50})
    since = rig.clock.now()
    for n in range(60):
        rig.clock.advance(60)
        rig.lead(email=f"p{n}@prospect.example")
    source, beside = source_of(rig, 8)

    read_all(source, Ask(LEADS, rig.clock.now(), since))

    assert beside.rounds == [1, 1]


def test_a_pass_begun_by_many_is_ended_by_one_at_a_time() -> None:
    rig = OrgRig(changed={"page_size": 5})
    made = []
    for n in range(60):
        rig.clock.advance(60)
        made.append(rig.lead(email=f"p{n}@prospect.example").id)
    ask = Ask(LEADS, rig.clock.now(), None)
    [first] = source_of(rig, 4)[0].read([ask])
    [second] = source_of(rig, 4)[0].read([Ask(LEADS, ask.upto, None, first.position)])

    rest, _ = read_all(source_of(rig, 1)[0], Ask(LEADS, ask.upto, None, second.position))

    read = [r.ref.id for a in (first, second) for r in a.readings if isinstance(r, PersonReading)]
    assert set(read + rest) == set(made)


def test_a_span_that_fails_is_asked_again_and_costs_the_others_nothing() -> None:
    rig = OrgRig(changed={"page_size": 5})
    made = []
    for n in range(60):
        rig.clock.advance(60)
        made.append(rig.lead(email=f"p{n}@prospect.example").id)
    ask = Ask(LEADS, rig.clock.now(), None)
    source, _ = source_of(rig, 4)
    [first] = source.read([ask])
    calls = [0]

    def every_third(_: object, answer: object) -> object:
        calls[0] += 1
        if calls[0] % 3 == 0:
            raise TryLater("a gateway was busy")
        return answer

    rig.tamper = every_third  # type: ignore[assignment] # a Tamper
    rest, _ = read_all(source, Ask(LEADS, ask.upto, None, first.position))

    begun = [r.ref.id for r in first.readings if isinstance(r, PersonReading)]
    assert calls[0] > 6
    assert set(begun + rest) == set(made)


def test_when_every_call_fails_that_is_told() -> None:
    rig = OrgRig(changed={"page_size": 5})
    for n in range(30):
        rig.clock.advance(60)
        rig.lead(email=f"p{n}@prospect.example")
    ask = Ask(LEADS, rig.clock.now(), None)
    source, _ = source_of(rig, 4)
    [first] = source.read([ask])

    def refuse(_: object, __: object) -> object:
        raise TryLater("a gateway was busy")

    rig.tamper = refuse  # type: ignore[assignment] # a Tamper
    with pytest.raises(TryLater, match="gateway"):
        source.read([Ask(LEADS, ask.upto, None, first.position)])


# the seam itself


def test_threads_work_at_once_and_answer_in_order() -> None:
    together = threading.Barrier(4, timeout=30)

    def work(n: int) -> int:
        together.wait()  # passes only when all four are at it
        return n

    assert threads(4).all([lambda n=n: work(n) for n in range(4)]) == [0, 1, 2, 3]  # type: ignore[misc]


def test_by_itself_a_process_does_one_thing_after_the_other_in_its_own_thread() -> None:
    abreast = Seams().abreast(8)

    assert isinstance(abreast, InOrder)
    assert (abreast.most, abreast.waits) == (1, False)
    assert abreast.all([threading.get_ident] * 3) == [threading.get_ident()] * 3


def test_what_a_thread_raises_is_raised_after_all_have_ended() -> None:
    ended = []

    def fail() -> None:
        raise Stopped("no such thing")

    with pytest.raises(Stopped, match="no such thing"):
        threads(2).all([fail, lambda: ended.append(1), lambda: ended.append(2)])

    assert sorted(ended) == [1, 2]


def test_threads_know_what_their_calls_are_made_for() -> None:
    with on_lane(Lane.WRITE), made_for(Lane.ESCALATION):
        assert threads(3).all([lane_now] * 3) == [Lane.ESCALATION] * 3
    assert lane_now() is Lane.READ
