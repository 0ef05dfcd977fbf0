"""`slasync digest`: what managers and leadership will be told, before it goes out."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from slasync.cli.databases import used_database
from slasync.cli.moments import moment
from slasync.cli.output import print_json, say
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.digests.morning import Morning
from slasync.domain.digests.readers import IfNothing, Reader, Sees
from slasync.domain.digests.times import slot_from
from slasync.domain.time.calendars import CoverageEnded
from slasync.offline import standing
from slasync.reports.morning import Mornings
from slasync.settings import Settings
from slasync.settings.values import Notify
from slasync.store.unit import Unit, reading
from slasync.workers.digest import waiting_for, written


@dataclass(frozen=True, slots=True)
class Shown:
    """What one reader would be told; `due`: his next digest. Empty: there is no message."""

    reader: Reader
    due: datetime | None
    subject: str
    text: str


@click.group()
def digest() -> None:
    """What managers and leadership will be told."""


@digest.command()
@click.option("--for", "address", metavar="ADDRESS",
              help="One reader's alone: an address, or the pool whose channel it is.")  # fmt: skip
@click.option("--at", "at_text", metavar="TIME",
              help="As if it were then, by what is known now; by default now.")  # fmt: skip
@json_option
@config_option
def show(
    *, address: str | None, at_text: str | None, as_json: bool, config_dir: Path | None
) -> None:
    """Print each reader's next digest. Nothing is sent, and no line counts as told."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    if settings.notify is None:
        raise WrongCall("nobody gets digests: configure notify in slasync.yaml")
    now = surroundings.seams.clock.now()
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    at = moment("--at", at_text, zone) if at_text else now
    with used_database(settings) as engine, reading(engine) as unit:
        shown = _all_shown(settings, settings.notify, unit, address, at)
    if as_json:
        print_json({"at": at.isoformat(), "digests": [_values(each) for each in shown]})
        return
    for each in shown:
        _show(each)
    if not shown:
        say("There is nothing to say to anybody.")


def _all_shown(
    settings: Settings, notify: Notify, unit: Unit, address: str | None, at: datetime
) -> list[Shown]:
    mornings = Mornings(
        lambda unit, now: standing(settings, unit, now).terms,
        notify.digest,
        settings.obligations,
        by_mail=notify.via == "smtp",
    )
    readers = mornings.readers(unit, settings.readers, at)
    if address is not None:
        readers = (_called(address, readers),)
    shown = [_shown(notify, mornings, unit, reader, at) for reader in readers]
    return [each for each in shown if each.text or address is not None]


def _called(address: str, readers: tuple[Reader, ...]) -> Reader:
    found = next((r for r in readers if r.name.lower() == address.strip().lower()), None)
    if found is None:
        names = ", ".join(sorted(reader.name for reader in readers)) or "nobody"
        raise WrongCall(f"--for {address}: no reader of digests; there are {names}")
    return found


def _shown(notify: Notify, mornings: Mornings, unit: Unit, reader: Reader, at: datetime) -> Shown:
    lines = unit.digests.waiting(waiting_for(reader, unit.digests.untold()), at)
    morning = _worth_telling(notify, mornings, unit, reader, at)
    subject, text, _ = written(reader, lines, morning, at, notify.digest.max_age)
    return Shown(reader, _due(reader, at), subject, text)


def _worth_telling(
    notify: Notify, mornings: Mornings, unit: Unit, reader: Reader, at: datetime
) -> Morning | None:
    if reader.sees is Sees.NOTHING:
        return None
    morning = mornings.tell(unit, reader, unit.digests.last_made(reader.name, at), at)
    if morning is None:
        raise WrongCall("the first load is not complete: nothing can be told before")
    quiet = morning.is_quiet and notify.digest.if_nothing is IfNothing.NO_MESSAGE
    return None if quiet else morning


def _due(reader: Reader, at: datetime) -> datetime | None:
    try:
        return slot_from(reader.calendar, reader.rhythm, at)
    except CoverageEnded:
        return None


def _values(each: Shown) -> dict[str, Any]:
    return {
        "to": each.reader.name,
        "due": each.due.isoformat() if each.due else None,
        "language": each.reader.language.value,
        "subject": each.subject or None,
        "text": each.text or None,
    }


def _show(each: Shown) -> None:
    zone = ZoneInfo(each.reader.calendar.spec.zone)
    due = f"{each.due.astimezone(zone):%a %Y-%m-%d %H:%M} {zone.key}" if each.due else ""
    say(f"To {each.reader.name}, next due {due or 'never: their calendar has ended'}")
    say(each.subject or "There is nothing to say: no message.")
    if each.text:
        say()
        say(each.text)
