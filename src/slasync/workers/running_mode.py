"""The mode that slasync runs by: a command in another shell may find another one said there."""

import json
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.modes import Mode
from slasync.store.unit import Unit

NOTED = "running_mode"


@dataclass(frozen=True, slots=True)
class Running:
    """The mode of the deployment, and since which start."""

    mode: Mode
    since: datetime


def note_mode(mode: Mode, unit: Unit, now: datetime) -> None:
    """Note the mode at the start of what reads, decides and writes by it."""
    known = running(unit)
    if known is None or known.mode is not mode:
        unit.meta.put(NOTED, json.dumps({"mode": mode.value, "since": now.isoformat()}))


def running(unit: Unit) -> Running | None:
    """Return the mode noted last; None: nothing has been started on this database."""
    told = unit.meta.get(NOTED)
    if told is None:
        return None
    values = json.loads(told)
    return Running(Mode(values["mode"]), datetime.fromisoformat(values["since"]))
