"""`slasync status`: one screen of where everything stands; asks the database only."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from slasync.cli import reload, summary
from slasync.cli.first_loads import first_loads
from slasync.cli.held import section, show_section
from slasync.cli.in_force import FEW_LINES, Broken, looking, show_broken
from slasync.cli.main import Exit
from slasync.cli.modes import modes_told, show_modes
from slasync.cli.output import ago, print_json, say, table, utc, warn
from slasync.cli.surroundings import around, config_option, json_option
from slasync.cli.sweep import self_check_told, show_self_check
from slasync.domain.counting import so_many
from slasync.domain.forecast import notice_words, words
from slasync.domain.reviewing import review_words
from slasync.domain.writes import NOTIFY
from slasync.reports.calls import outlooks
from slasync.settings import Settings, budgets_of
from slasync.store.unit import Unit
from slasync.workers.digest import reaching_nobody, unsent
from slasync.workers.pulling.mapped import lacking
from slasync.workers.reload import kept
from slasync.workers.running_mode import running


@click.command()
@click.option("--all", "every", is_flag=True, help="Show every stream, not only those that lag.")
@json_option
@config_option
def status(*, every: bool, as_json: bool, config_dir: Path | None) -> None:
    """Show how leads and systems stand, what waits, and what is to be done next.

    While files of the configuration are broken it tells so, goes by what is in force, and exits
    with 2.
    """
    surroundings = around()
    now = surroundings.seams.clock.now()
    with looking(surroundings, config_dir) as looked:
        settings, broken, changed = looked.settings, looked.broken, kept(looked.unit)
        found = {"mode": None, "now": now} | standing(looked.unit)
        found["configuration"] = reload.values(changed)
        found["first_loads"] = first_loads(settings, looked.unit, now)
        found["broken"] = broken.values if broken else None
        if settings:
            found |= by_settings(settings, looked.unit, now)
    found["next"] = summary.next_steps(found, now)
    if as_json:
        print_json(found)
    else:
        streams = found["streams"] if every else summary.lagging(found["streams"], now)
        _show(settings, broken, found | {"streams_shown": streams}, now)
        if not broken:
            reload.show(changed)
        summary.show_last(found["next"])
    if broken:
        raise SystemExit(Exit.USAGE)


def by_settings(settings: Settings, unit: Unit, now: datetime) -> dict[str, Any]:
    """Return what only the configuration gives a meaning, as JSON values and times."""
    return {
        **modes_told(settings.modes),
        "running": running_told(settings, unit),
        "digests": told(settings, unit),
        "review": review_told(settings, now),
        "held": section(settings, unit, now),
        "self_check": self_check_told(settings, unit, now),
        "calls": calls_told(settings, unit, now),
        "work": summary.at_work(settings, unit, now),
        "promises": summary.promised(settings, unit, now),
    }


def running_told(settings: Settings, unit: Unit) -> dict[str, Any] | None:
    """Return the mode that slasync runs by where it is another than here; None: it is the same."""
    known, here = running(unit), settings.modes.deployment.mode
    if known is None or known.mode is here:
        return None
    return {"mode": known.mode.value, "since": known.since}


def standing(unit: Unit) -> dict[str, Any]:
    """Return where everything stands, as JSON values and times."""
    return {
        "leads": unit.leads.counts(),
        "leads_by_mode": [
            {"teams": list(c.teams), "mode": c.mode.value, "leads": c.leads}
            for c in unit.modes.counts()
        ],
        "streams": {
            name: {"watermark": c.watermark, "passes": c.passes, "error": c.error}
            for name, c in unit.cursors.all().items()
        },
        "outbox": [
            {"system": system, "state": state.value, "rows": rows}
            for (system, state), rows in sorted(unit.outbox.counts().items())
        ],
        "oldest_write": unit.outbox.oldest_unsent(),
        "write_errors": unit.outbox.unsent_because(),
        "inbox": unit.inbox.counts(),
        "set_aside": unit.quarantine.counts(),
        "forgotten": unit.forgotten.read_again(),
        "lacking": [
            {"system": each.system, "fields": list(each.fields), "since": each.since}
            for each in lacking(unit)
        ],
    }


def told(settings: Settings, unit: Unit) -> dict[str, Any]:
    """Return how it stands with digests, as JSON values."""
    waiting = unit.digests.untold()
    return {
        "lines": sum(untold.count for untold in waiting.values()),
        "to_nobody": reaching_nobody(waiting, settings.readers),
        "not_sent": list(unsent(unit.digests.last(), settings.readers)),
    }


def calls_told(settings: Settings, unit: Unit, now: datetime) -> dict[str, Any]:
    """Return how each system's calls stand, as JSON values and times."""
    return {
        each.system: {
            "spent": each.spent,
            "share": each.share,
            "by_lane": dict(each.by_lane),
            "last_hour": round(each.pace),
            "others": each.others,
            "quota": {"used": each.quota.used, "allowed": each.quota.allowed}
            if each.quota
            else None,
            "ends": each.ends,
            "share_ends": each.share_ends,
            "quota_ends": each.quota_ends,
            "stopped": [lane.value for lane in each.stopped],
            "words": words(each),
            "notice": notice_words(each.notice) if each.notice else None,
        }
        for each in outlooks(budgets_of(settings), unit, now)
    }


def review_told(settings: Settings, now: datetime) -> dict[str, Any] | None:
    """Return when the agreement is to be reviewed next, as JSON values; None: not agreed."""
    review = settings.review
    if review is None:
        return None
    return {
        "due": review.due.isoformat(),
        "is_due": review.due <= now.date(),
        "words": review_words(review.due, now.date()),
        "heads": list(review.heads),
    }


def _show(
    settings: Settings | None, broken: Broken | None, found: dict[str, Any], now: datetime
) -> None:
    say(f"mode {summary.mode_of(found) or 'not known'}, {utc(now)}")
    if other := found.get("running"):
        warn(
            f"here the mode is {found['mode']}: the variables of this shell, or slasync.yaml, say"
            f" another than slasync was started with at {utc(other['since'])}"
        )
    if broken:
        show_broken(broken, FEW_LINES)
    if settings:
        summary.show_work(found)
        summary.show_promises(found["promises"])
    else:
        say("Mode, leads at work, promises and calls are known when the files are mended.")
    summary.show_systems(found, now)
    if settings:
        show_modes(settings.modes)
    _show_rows(found, now)
    if settings:
        _show_by_settings(found, now)
    for system, count in found["forgotten"].items():
        warn(
            f"{system} still shows {so_many(count, 'record')} of people who are forgotten:"
            " delete them there"
        )
    for stream, count in found["set_aside"].items():
        rows = so_many(count, f"record of {stream} is", f"records of {stream} are")
        say(f"{rows} set aside: slasync parked list")


def _show_rows(found: dict[str, Any], now: datetime) -> None:
    by_mode = [
        (", ".join(row["teams"]) or "no team", row["mode"], row["leads"])
        for row in found["leads_by_mode"]
    ]
    if by_mode:
        table("Leads at work by mode", ("team", "mode", "leads"), by_mode)
    leads = [(stage or "not decided", count) for stage, count in found["leads"].items()]
    table("Leads", ("stage", "leads"), leads)
    streams = [
        (
            name,
            utc(s["watermark"]),
            _age(s["watermark"], now),
            s["error"] or found["first_loads"].get(name, ""),
        )
        for name, s in found["streams_shown"].items()
    ]
    if streams:
        table("Streams", ("stream", "known up to", "ago", "error"), streams)
    table("Writes", ("system", "state", "rows"), [tuple(row.values()) for row in found["outbox"]])
    for system, since in found["oldest_write"].items():
        if since <= now:
            say(f"The oldest write to {system} has waited for {ago(now - since)}.")
        else:
            why = "its reader's hours begin then" if system == NOTIFY else "what was held is spread"
            say(f"The next write to {system} goes out at {utc(since)}: {why}.")
    if found["inbox"]:
        say("Webhook events: " + ", ".join(f"{n} {state}" for state, n in found["inbox"].items()))


def _show_by_settings(found: dict[str, Any], now: datetime) -> None:
    _show_calls(found["calls"])
    _show_digests(found["digests"])
    show_section(found["held"])
    show_self_check(found["self_check"], now)
    if found["review"] and found["review"]["is_due"]:
        warn(found["review"]["words"])


def _show_calls(calls: dict[str, Any]) -> None:
    rows = [
        (system, told["spent"], told["share"], told["last_hour"],
         "not told" if told["others"] is None else told["others"],
         utc(told["ends"]) if told["ends"] else "they last")
        for system, told in calls.items()
    ]  # fmt: skip
    if rows:
        table("Calls", ("system", "of the day", "share", "last hour", "by others", "end"), rows)
    for system, told in calls.items():
        if told["stopped"]:
            warn(f"calls to {system}: {told['words']}")
        if told["notice"]:
            warn(f"{system}: {told['notice']}")


def _show_digests(digests: dict[str, Any]) -> None:
    if digests["lines"]:
        say(f"Digest lines that wait: {digests['lines']}.")
    if digests["to_nobody"]:
        warn(
            f"{digests['to_nobody']} of them are sent to nobody: configure notify in slasync.yaml,"
            " and name their readers in teams.yaml"
        )
    for why in digests["not_sent"]:
        warn(f"a digest has not gone out: {why}")


def _age(watermark: datetime | None, now: datetime) -> str:
    return ago(now - watermark) if watermark else "never read"
