"""One call at a time, in an order that the seed gives."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from slasync.rehearsal.simulation.baton import Baton, TurnLock
from slasync.sandbox.world import Chance

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def baton() -> Iterator[Baton]:
    made = Baton(Chance(1)("baton"), main_share=0.0)
    yield made
    made.close()


def run(baton: Baton) -> None:
    while baton.busy:
        baton.go()


def told(seed: int) -> list[str]:
    """Let three calls tell in turn where they are."""
    baton = Baton(Chance(seed)("baton"), main_share=0.2)
    lines: list[str] = []

    def tell(name: str) -> None:
        for number in range(4):
            lines.append(f"{name}{number}")
            baton.pass_on()

    for name in "abc":
        baton.start(name, lambda name=name: tell(name))  # type: ignore[misc] # bound early
    run(baton)
    baton.close()
    return lines


def test_one_seed_gives_one_order_and_another_seed_another() -> None:
    assert told(1) == told(1)
    assert len({tuple(told(seed)) for seed in range(8)}) > 4


def test_calls_take_turns_at_the_points_where_they_let_others_go_on() -> None:
    lines = told(3)
    assert sorted(lines) == sorted(f"{name}{n}" for name in "abc" for n in range(4))
    assert lines != sorted(lines)


def test_a_sleeper_goes_on_when_its_time_has_come(baton: Baton) -> None:
    lines: list[str] = []

    def sleep() -> None:
        lines.append("sleeps")
        baton.sleep(NOON + MINUTE)
        lines.append("woke up")

    baton.start("sleeper", sleep)
    run(baton)
    assert baton.next_at() == NOON + MINUTE
    baton.wake(NOON)
    run(baton)
    assert lines == ["sleeps"]
    baton.wake(NOON + MINUTE)
    run(baton)
    assert lines == ["sleeps", "woke up"]
    assert baton.next_at() is None


def test_who_waits_for_a_lock_goes_on_when_it_is_let_go_even_by_a_sleeper(baton: Baton) -> None:
    lock = TurnLock(baton, lambda: None)
    lines: list[str] = []

    def hold(name: str) -> None:
        with lock:
            lines.append(f"{name} in")
            baton.sleep(NOON)
            lines.append(f"{name} out")

    baton.start("a", lambda: hold("a"))
    baton.start("b", lambda: hold("b"))
    for _ in range(2):
        run(baton)
        baton.wake(NOON)
    run(baton)
    assert [line[2:] for line in lines] == ["in", "out", "in", "out"]


def test_what_a_call_raises_is_told_to_whoever_started_it(baton: Baton) -> None:
    class Dead(BaseException):
        pass

    def die() -> None:
        raise Dead

    strand = baton.start("mortal", die)
    fine = baton.start("fine", lambda: 5)
    run(baton)
    assert isinstance(strand.error, Dead)
    assert (fine.result, fine.error) == (5, None)


def test_only_a_call_can_sleep(baton: Baton) -> None:
    with pytest.raises(RuntimeError, match="main thread drives time"):
        baton.sleep(NOON)


def test_whoever_holds_a_lock_may_take_it_again_and_others_wait_for_its_last_end(
    baton: Baton,
) -> None:
    lock = TurnLock(baton, lambda: None)
    lines: list[str] = []

    def hold(name: str) -> None:
        with lock:
            with lock:
                baton.sleep(NOON)
            lines.append(f"{name} holds it still")
            baton.sleep(NOON + MINUTE)
            lines.append(f"{name} out")

    for name in ("a", "b"):
        baton.start(name, lambda name=name: hold(name))  # type: ignore[misc]
    for at in (NOON, NOON + MINUTE) * 2:
        run(baton)
        baton.wake(at)
    run(baton)
    first, second = [line.partition(" ")[0] for line in lines[::2]]
    assert lines == [f"{n} {what}" for n in (first, second) for what in ("holds it still", "out")]
