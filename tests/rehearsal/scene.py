"""A demo small enough for a test: a few leads, a few days, and what goes wrong meanwhile."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from slasync.rehearsal.figures import Figures, figures
from slasync.rehearsal.stage import Stage, raise_curtain, shipped_settings
from slasync.rehearsal.webhooks import subscribe, with_webhooks
from slasync.sandbox.faults import Rule
from slasync.sandbox.hours import Hours
from slasync.sandbox.marketing import Plan, made_up
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town, build
from slasync.sandbox.world import Chance, World
from slasync.settings import Settings

BEGINS = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday, 07:00 in Berlin
DAY = timedelta(days=1)
POLLS = dict.fromkeys(("salesforce", "hubspot", "marketo"), timedelta(hours=2))


@dataclass(frozen=True, slots=True)
class Scene:
    """Old leads are there already; new ones arrive over `days`, and then time goes on."""

    stage: Stage
    old: int
    new: int

    def play(self, days: int = 3, afterwards: int = 5, faults: Sequence[Rule] = ()) -> None:
        """Let it happen. What goes wrong does so until a day before the end."""
        town, driver = self.stage.town, self.stage.driver
        now = self.stage.driven.now()
        town.staff.begin()
        town.marketing.begin(Plan(now, days * DAY, self.new, Hours(ZoneInfo("Europe/Berlin"))))
        town.world.faults.switch_on(*faults)
        driver.run(now + (days + afterwards - 1) * DAY)
        town.world.faults.switch_off()
        driver.run(now + (days + afterwards) * DAY)

    def figures(self) -> Figures:
        won = self.stage.town.world.journal.writes("salesforce", "Lead", "convert")
        return figures(self.stage, self.old + self.new, len({e.id for e in won}), 0.0)


@contextmanager
def a_scene(  # noqa: PLR0913 - what a scene is made of
    folder: Path,
    *,
    old: int = 5,
    new: int = 20,
    seed: int = 1,
    marketing: str = "hubspot",
    native: Callable[[Town], Settings] | None = None,
) -> Iterator[Scene]:
    """Start slasync for the first time, where `old` leads are already.

    `native` lets HubSpot's own connector work beside slasync, and returns the settings for that.
    """
    driven = Driven(BEGINS)
    world = World(driven.now, Chance(seed))
    town = build(world, market=marketing)
    for number in range(old):
        person = made_up(10_000 + number, world.chance("old"))
        town.marketing.market.arrive(person, 90, "import")
    driven.advance_to(BEGINS + timedelta(hours=1))
    settings = native(town) if native else shipped_settings(town, BEGINS.date(), marketing)
    settings = with_webhooks(replace(settings, polls=POLLS))
    stage = raise_curtain(town, driven, settings, folder / "slasync.db")
    try:
        subscribe(stage, stage.application.seams)
        stage.driver.run(BEGINS + timedelta(hours=2))
        yield Scene(stage, old, new)
    finally:
        stage.close()


def told(folder: Path) -> dict[str, Any]:
    """Play a scene; return its figures and everything that the journal says."""
    with a_scene(folder) as scene:
        scene.play()
        entries = [
            (e.at.isoformat(), e.system, e.operation, e.object, e.id, dict(sorted(e.after.items())))
            for e in scene.stage.town.world.journal.entries()
        ]
        return scene.figures().as_json() | {"journal": json.loads(json.dumps(entries, default=str))}


if __name__ == "__main__":
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    sys.stdout.write(json.dumps(told(Path(sys.argv[1]))))
