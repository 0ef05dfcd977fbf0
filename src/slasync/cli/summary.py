"""What `slasync status` says first and last: leads at work, the systems, and what to do next."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from slasync.cli.output import ago, say, table, utc
from slasync.domain.counting import so_many
from slasync.domain.languages import Language
from slasync.polling import polled
from slasync.settings import Settings
from slasync.store.unit import Unit
from slasync.workers.deciding.decide import ready_gates

if TYPE_CHECKING:
    from slasync.web.dashboard.languages import Speech

MARKS = {"kept": "kept", "look": "look", "broken": "NOT KEPT"}
MOST = 3  # reasons shown of one promise: all is to stand on one screen
SOON = timedelta(hours=4)
LATE = timedelta(minutes=90)  # what is read once an hour is older than this only when it is not

Found = Mapping[str, Any]


def at_work(settings: Settings, unit: Unit, now: datetime) -> dict[str, int]:
    """Count the leads in an open cycle by how they stand."""
    by_state: dict[str, int] = {}
    for (_, state), count in unit.board.counts().items():
        by_state[state] = by_state.get(state, 0) + count
    ready = ready_gates(settings.agreement, unit.cursors.watermarks())
    return {
        "leads": sum(by_state.values()),
        "due_soon": sum(unit.board.coming(now, now + SOON).values()),
        "overdue": by_state.get("overdue", 0),
        "stale": by_state.get("stale", 0),
        "waiting_for_data": sum(unit.clocks.waiting(ready, now).values()),
        "waiting_for_record": by_state.get("waiting for record", 0),
    }


def promised(settings: Settings, unit: Unit, now: datetime) -> list[dict[str, Any]]:
    """Return how it stands with each promise, as the overview shows it, as JSON values.

    Whether the daemon's steps go round only the daemon itself can tell: `/readyz` does.
    """
    from slasync.snapshots import known  # noqa: PLC0415 - with all that the daemon imports
    from slasync.web.dashboard.languages import Speech  # noqa: PLC0415 - likewise
    from slasync.web.dashboard.promises import promises  # noqa: PLC0415 - likewise
    from slasync.web.snapshot import Progress  # noqa: PLC0415 - likewise

    ready = ready_gates(settings.agreement, unit.cursors.watermarks())
    progress = Progress(now=now, started=now, steps=(), **known(settings, unit, now, ready))
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    speech = Speech(Language.EN, zone, now)
    return [
        {
            "promise": promise.name,
            "kept": promise.kept.value,
            "words": speech.say(f"promise.{promise.name}"),
            "because": [_said(speech, told.key, told.values) for told in promise.told],
        }
        for promise in promises(progress)
        if promise.name != "works"
    ]


def _said(speech: "Speech", key: str, values: Mapping[str, object]) -> str:
    spans = {n: speech.span(v) for n, v in values.items() if isinstance(v, timedelta)}
    return speech.say(key, **{**values, **spans}).strip()


def show_promises(told: list[dict[str, Any]]) -> None:
    """Print a line for each promise, and below it why it is not kept."""
    say("Promises")
    for promise in told:
        say(f"  {MARKS[promise['kept']]:9}{promise['words']}")
        for why in promise["because"][:MOST]:
            say(f"           {why}")
        if (more := len(promise["because"]) - MOST) > 0:
            say(f"           and {more} more: --json")
    say()


def show_work(found: Found) -> None:
    """Print the leads at work."""
    work = found["work"]
    parts = [f"{work['overdue']} overdue", f"{work['stale']} stale",
             f"{work['due_soon']} due within 4 h"]  # fmt: skip
    parts += [f"{work[name]} {name.replace('_', ' ')}"
              for name in ("waiting_for_data", "waiting_for_record") if work[name]]  # fmt: skip
    say(f"Leads at work: {work['leads']} ({', '.join(parts)})")


def show_systems(found: Found, now: datetime) -> None:
    """Print a line for each system."""
    rows = [(system, *_line(found, system, now)) for system in _systems(found)]
    columns = ("system", "known until", "waiting", "held", "parked", "set aside", "last error")
    table("Systems", columns, rows)


def lagging(streams: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the streams that need a look: failing, or not read for long."""
    return {
        name: told
        for name, told in streams.items()
        if told["error"] or told["watermark"] is None or now - told["watermark"] > LATE
    }


def _behind(found: Found, now: datetime) -> dict[str, Any]:
    """Return the streams that lag though nothing goes on with them."""
    streams = lagging(found["streams"], now)
    return {name: told for name, told in streams.items() if name not in found["first_loads"]}


def mode_of(found: Found) -> str | None:
    """Return the mode that slasync runs by; None: it is not known while files are broken."""
    running = found.get("running")
    mode: str | None = running["mode"] if running else found["mode"]
    return mode


def next_steps(found: Found, now: datetime) -> list[dict[str, str]]:
    """Return what somebody has to do, each with the command; nothing where all is well."""
    return [{"what": what, "command": command} for what, command in _steps(found, now)]


def show_last(steps: list[dict[str, str]]) -> None:
    if not steps:
        say("Nothing waits for you.")
        return
    table("Next", ("what", "command"), [(step["what"], step["command"]) for step in steps])


def _steps(found: Found, now: datetime) -> Iterator[tuple[str, str]]:
    if not found["streams"]:
        yield "nothing was read yet", "slasync run"
    yield from _configuring(found)
    for name, told in _behind(found, now).items():
        yield f"{name} is not read: {told['error'] or 'for long'}", "slasync check --live"
    yield from _not_kept(found, now)
    for late in found["lacking"]:
        names = ", ".join(late["fields"])
        words = f"records unchanged since {utc(late['since'])} lack {names}: mapped later"
        yield words, f"slasync backfill {late['system']}"
    for batch in found.get("held", ()):
        writes = so_many(batch["writes"], "write is", "writes are")
        yield f"{writes} held", f"slasync held show {batch['name']}"
    parked = sum(row["rows"] for row in found["outbox"] if row["state"] == "parked")
    if parked:
        yield f"{so_many(parked, 'write is', 'writes are')} parked", "slasync parked list"
    aside = sum(n for name, n in found["set_aside"].items() if not name.endswith(".waiting"))
    if aside:
        yield f"{so_many(aside, 'record is', 'records are')} set aside", "slasync parked list"
    if "digests" in found and found["digests"]["to_nobody"]:
        yield "digest lines reach nobody: configure notify", "slasync check"
    if mode_of(found) == "observe" and found["work"]["leads"]:
        yield "nothing is written in mode observe: look at what would be", "slasync plan"


def _not_kept(found: Found, now: datetime) -> Iterator[tuple[str, str]]:
    """Tell of each promise that is not kept now, unless a stream that lags says it already."""
    for promise in found.get("promises", ()):
        told = promise["promise"] == "reads" and _behind(found, now)
        if promise["kept"] == "broken" and not told:
            yield promise["because"][0], "slasync check --live"


def _configuring(found: Found) -> Iterator[tuple[str, str]]:
    changed = found["configuration"]
    if found["broken"]:
        yield "files of the configuration are broken", "slasync check"
    elif changed and changed["state"] == "refused":
        yield "the changed configuration is refused", "slasync check"
    elif changed and changed["state"] == "needs_restart":
        yield "the changed configuration waits for a restart", "slasync config diff"


def _systems(found: Found) -> list[str]:
    named = {name.partition(".")[0] for name in found["streams"]}
    return sorted(named | {row["system"] for row in found["outbox"]})


def _line(found: Found, system: str, now: datetime) -> tuple[object, ...]:
    mine = {n: told for n, told in found["streams"].items() if n.startswith(f"{system}.")}
    rows = {r["state"]: r["rows"] for r in found["outbox"] if r["system"] == system}
    marks = [told["watermark"] for name, told in mine.items() if polled(name)]
    loading = [words for name, words in found["first_loads"].items() if name in mine]
    never = loading[0] if loading else "never read"
    known = "-" if not marks else never if None in marks else f"{ago(now - min(marks))} ago"
    errors = [f"{name}: {told['error']}" for name, told in mine.items() if told["error"]]
    if why := found["write_errors"].get(system):
        errors.append(f"writes: {why}")
    aside = sum(n for name, n in found["set_aside"].items() if name.startswith(f"{system}."))
    waiting = rows.get("pending", 0) + rows.get("maybe_sent", 0)
    return known, waiting, rows.get("held", 0), rows.get("parked", 0), aside, "; ".join(errors)
