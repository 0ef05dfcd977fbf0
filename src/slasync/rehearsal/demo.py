"""The demo: two weeks of leads in a simulated company, the whole daemon at work, on one clock."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from slasync.rehearsal.figures import Figures, figures
from slasync.rehearsal.stage import Stage, raise_curtain, shipped_settings
from slasync.rehearsal.webhooks import subscribe, with_webhooks
from slasync.sandbox.hours import Hours
from slasync.sandbox.marketing import Plan, made_up
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town, build
from slasync.sandbox.world import Chance, World

BEGINS = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday, 07:00 in Berlin
OLD, NEW = 200, 300
ARRIVING = timedelta(days=14)
AFTERWARDS = timedelta(days=14)  # so that the last lead's ladders end
RARELY = timedelta(hours=2)  # webhooks tell more
POLLS = {"salesforce": timedelta(minutes=30), "hubspot": RARELY, "marketo": RARELY}
ZONE = "Europe/Berlin"
THRESHOLD = 75

Told = Callable[[datetime, Stage], None]
"""Called at each instant: for live progress."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo before, while and after it is played."""

    stage: Stage
    town: Town
    first_writes: int  # to either system, in the first hour, about the old leads

    @property
    def ends(self) -> datetime:
        return BEGINS + ARRIVING + AFTERWARDS

    def play(self, told: Told) -> None:
        """Let the leads come, the people work and slasync keep watch."""
        plan = Plan(
            self.stage.driven.now(), ARRIVING, NEW, Hours(ZoneInfo(ZONE)), threshold=THRESHOLD
        )
        self.town.staff.begin()
        self.town.marketing.begin(plan)
        self.stage.driver.watched = lambda now: told(now, self.stage)
        self.stage.driver.run(self.ends)

    def figures(self, seconds: float) -> Figures:
        won = self.town.world.journal.writes("salesforce", "Lead", "convert")
        return figures(self.stage, OLD + NEW, len({entry.id for entry in won}), seconds)


def prepare(database: Path, seed: int = 1, marketing: str = "hubspot") -> Demo:
    """Fill marketing's system with old leads, start slasync, and let an hour pass."""
    driven = Driven(BEGINS)
    world = World(driven.now, Chance(seed))
    town = build(world, market=marketing)
    _old_leads(town, world)
    driven.advance_to(BEGINS + timedelta(hours=1))
    settings = shipped_settings(town, BEGINS.date(), marketing)
    settings = with_webhooks(replace(settings, polls=POLLS))
    stage = raise_curtain(town, driven, settings, database)
    subscribe(stage, stage.application.seams)
    before = len(world.journal)
    stage.driver.run(BEGINS + timedelta(hours=2))
    return Demo(stage, town, len(world.journal) - before)


def _old_leads(town: Town, world: World) -> None:
    """People who were there before: many have the score already, nobody is to hear of it."""
    chance = world.chance("demo.old")
    for number in range(OLD):
        person = made_up(10_000 + number, chance)
        town.marketing.market.arrive(person, chance.randrange(100), "import")
