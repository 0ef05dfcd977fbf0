"""What `slasync calendar moves` prints: deadline by deadline, old and new."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from slasync.cli.changing import deadlines_move
from slasync.cli.databases import used_database
from slasync.cli.output import print_json, say, warn
from slasync.cli.surroundings import Surroundings
from slasync.domain.counting import so_many
from slasync.domain.draft import Terms
from slasync.domain.rulings import Unreadable
from slasync.domain.wording import local, name_of
from slasync.offline import standing, stood
from slasync.settings import Settings
from slasync.settings.time_data import time_data
from slasync.store.editions import Edition
from slasync.store.unit import Unit, reading
from slasync.workers.deciding.editions import TIME_DATA
from slasync.workers.deciding.moves import Move, Moves, moves


def show_moves(
    surroundings: Surroundings, config_dir: Path | None, limit: int, *, as_json: bool
) -> None:
    """Compare stored deadlines with those the files give, and print what differs."""
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        edition = unit.editions.at(now)
        before = _before(settings, unit, edition, now)
        made = moves(unit, standing(settings, unit, now).terms, before)
        stored_by = _stored_by(unit, edition)
    if as_json:
        print_json(_values(settings, made, limit, stored_by))
    else:
        _show(settings, made, limit, stored_by)


def _before(settings: Settings, unit: Unit, edition: Edition | None, now: datetime) -> Terms | None:
    """Return what the daemon decides by, where that can be told and is not the same."""
    if edition is None or edition.hash == settings.agreement.hash:
        return None
    try:
        return stood(settings, unit, edition, now).terms
    except Unreadable as error:
        warn(f"of each clock only the next time can be compared: {error}")
        return None


def _stored_by(unit: Unit, edition: Edition | None) -> dict[str, str | None]:
    """Return what the daemon worked with when it last started."""
    return {"hash": edition.hash if edition else None, "time_data": unit.meta.get(TIME_DATA)}


def _values(
    settings: Settings, made: Moves, limit: int, stored_by: dict[str, str | None]
) -> dict[str, Any]:
    return {
        "open": made.looked_at,
        "count": len(made.found),
        "complete": len(made.found) <= limit,
        "stored_by": stored_by,
        "now": {"hash": settings.agreement.hash, "time_data": time_data()},
        "moves": [
            {
                "lead": move.lead.key,
                "name": name_of(move.lead),
                "clock": move.clock,
                "rung": move.rung,
                "old": move.old,
                "new": move.new,
                "old_calendar": move.old_calendar,
                "calendar": move.calendar,
                "why": move.why or None,
            }
            for move in made.found[:limit]
        ],
    }


def _show(settings: Settings, made: Moves, limit: int, stored_by: dict[str, str | None]) -> None:
    for line in _sources(settings, stored_by):
        say(line)
    for move in made.found[:limit]:
        say(f"{name_of(move.lead)}  [{move.lead.key}]")
        say(f"  {move.clock}, {move.rung}{_calendars(move)}")
        say(f"    - {_time(settings, move, move.old)}")
        say(f"    + {_time(settings, move, move.new)}{f': {move.why}' if move.why else ''}")
    leads = len({move.lead.key for move in made.found})
    say(
        f"{deadlines_move(len(made.found), leads)};"
        f" {so_many(made.looked_at, 'clock is', 'clocks are')} open"
    )
    if len(made.found) > limit:
        say(f"{limit} are shown: --limit shows more of them.")


def _sources(settings: Settings, stored_by: dict[str, str | None]) -> Iterator[str]:
    """Say what differs from the daemon's last start, where it is not the same."""
    hash_, data = stored_by["hash"], stored_by["time_data"]
    if hash_ and hash_ != settings.agreement.hash:
        yield f"stored under edition {hash_[:12]}, worked out under {settings.agreement.hash[:12]}"
    if data and data != time_data():
        yield f"stored with {data}, worked out with {time_data()}"
        yield "of each clock this moves the rungs after the next, too: those are not shown"


def _calendars(move: Move) -> str:
    if move.old_calendar in {None, move.calendar}:
        return f" (calendar {move.calendar})"
    return f" (calendar {move.calendar} instead of {move.old_calendar})"


def _time(settings: Settings, move: Move, at: datetime | None) -> str:
    zone = ZoneInfo(settings.calendars[move.calendar].spec.zone)
    return local(at, zone) if at else "no deadline"
