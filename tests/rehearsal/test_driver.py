"""Driven time: it stands still while there is work, and then goes on to what comes next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from slasync.rehearsal import driver as driving
from slasync.rehearsal.driver import Driver
from slasync.sandbox.time import Driven
from slasync.sandbox.world import Agenda
from slasync.workers.step import Step
from tests.builders import DAY, HOUR, MINUTE, MONDAY


@dataclass
class Chore:
    """Work that has to be done at certain times."""

    driven: Driven
    times: list[datetime]
    done: list[datetime] = field(default_factory=list)

    def run(self) -> bool:
        if not self.times or self.times[0] > self.driven.now():
            return False
        self.times.pop(0)
        self.done.append(self.driven.now())
        return True

    def next_at(self) -> datetime | None:
        return self.times[0] if self.times else None

    def step(self, name: str = "chore") -> Step:
        return Step(name, self.run, self.next_at)


def a_driver(*steps: Callable[[Driven], Step]) -> Driver:
    driven = Driven(MONDAY)
    changes = iter(range(10**9))
    return Driver(driven, Agenda(), [make(driven) for make in steps], changes=lambda: next(changes))


def test_work_is_done_at_its_times_and_time_ends_where_it_was_told() -> None:
    chores: list[Chore] = []

    def chore(driven: Driven) -> Step:
        chores.append(Chore(driven, [MONDAY, MONDAY + HOUR, MONDAY + 2 * DAY]))
        return chores[0].step()

    driver = a_driver(chore)
    driver.run(MONDAY + DAY)
    assert chores[0].done == [MONDAY, MONDAY + HOUR]
    assert driver.driven.now() == MONDAY + DAY


def test_what_people_do_and_what_slasync_does_come_in_order_of_time() -> None:
    told: list[str] = []

    def step(driven: Driven) -> Step:
        chore = Chore(driven, [MONDAY + MINUTE, MONDAY + 3 * MINUTE])

        def run() -> bool:
            found = chore.run()
            if found:
                told.append("step")
            return found

        return Step("step", run, chore.next_at)

    driver = a_driver(step)
    for minutes in (2, 4):
        at = MONDAY + minutes * MINUTE
        driver.agenda.add(at, "person", lambda: told.append("person"))
    driver.run(MONDAY + HOUR)
    assert told == ["step", "person", "step", "person"]


def test_a_step_that_finds_nothing_at_its_time_does_not_stop_time() -> None:
    driver = a_driver(lambda _: Step("idle", lambda: False, lambda: MONDAY))
    driver.run(MONDAY + MINUTE)
    assert driver.driven.now() == MONDAY + MINUTE


def test_steps_that_never_find_an_end_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "MOST_ROUNDS", 50)
    driver = a_driver(lambda driven: Step("mill", lambda: True, driven.now))
    with pytest.raises(RuntimeError, match="find no end"):
        driver.run(MONDAY + DAY)


def test_a_step_is_not_asked_again_while_nothing_changed() -> None:
    asked: list[datetime] = []
    driven = Driven(MONDAY)

    def next_at() -> datetime:
        asked.append(driven.now())
        return MONDAY + DAY

    driver = Driver(driven, Agenda(), [Step("late", lambda: False, next_at)])
    for hours in range(10):
        driver.agenda.add(MONDAY + hours * HOUR, "somebody", lambda: None)
    driver.run(MONDAY + 10 * HOUR)
    assert len(asked) == 1
    driver.ask_again()
    driver.run(MONDAY + 11 * HOUR + timedelta(seconds=1))
    assert len(asked) == 2
