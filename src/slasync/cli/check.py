"""`slasync check`: is the configuration right, what does it say, and do the systems fit it?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slasync.cli.databases import used_database
from slasync.cli.held import held_names, show_held
from slasync.cli.main import Exit, exit_code
from slasync.cli.modes import modes_told, show_modes
from slasync.cli.output import print_json, progress, say, table, warn
from slasync.cli.surroundings import (
    Surroundings,
    WrongCall,
    around,
    config_option,
    json_option,
)
from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, Follows
from slasync.domain.clocks import calendar_of
from slasync.domain.lead import Roster
from slasync.domain.writes import Role
from slasync.errors import SlasyncError
from slasync.settings import ConfigurationError, Settings, freshness
from slasync.settings.standing import SHOWN
from slasync.store.unit import reading

if TYPE_CHECKING:
    from slasync.connecting import Marketing
    from slasync.connectors.http import Calls
    from slasync.connectors.naming import Named
    from slasync.connectors.provisioning import Findings
    from slasync.ports import Messenger
    from slasync.wiring import Connectors

MOST_SKEW = timedelta(seconds=30)
NAMED = frozenset({
    EffectKind.STATUS, EffectKind.PROPERTY, EffectKind.LIST, EffectKind.PROGRAMME,
})  # fmt: skip


@click.command()
@click.option("--live", is_flag=True, help="Ask the systems what they lack; nothing is written.")
@click.option(
    "--prove-keys",
    is_flag=True,
    help="With --live: show in Salesforce that a key makes one task, by a task that is deleted.",
)
@json_option
@config_option
def check(*, live: bool, prove_keys: bool, as_json: bool, config_dir: Path | None) -> None:
    """Check the configuration, to the last key, and say what it amounts to."""
    if prove_keys and not live:
        raise click.UsageError("--prove-keys goes with --live")
    surroundings = around()
    settings, missing = _read(surroundings, config_dir)
    summary = summarised(settings) | {"held": held_names(settings), "missing_secrets": missing}
    summary["warnings"] += _without_leaders(settings)
    refuse_open_dashboard(settings)
    if not as_json:
        _show(settings, summary)
    told: dict[str, Any] = {}
    code = Exit.USAGE if missing else Exit.OK
    if live and not missing:
        told, code = _asked(surroundings, settings, prove_keys)
    if as_json:
        print_json(summary | ({"live": told} if live else {}))
    else:
        _show_live(told)
    raise SystemExit(code)


def _read(surroundings: Surroundings, config_dir: Path | None) -> tuple[Settings, list[str]]:
    """Return the settings, and which secrets are missing. Raises ConfigurationError.

    The files are looked at without them all the same, to the last error and warning.
    """
    try:
        return surroundings.settings(config_dir), []
    except ConfigurationError as error:
        missing = error.problems
    try:
        return surroundings.settings_without_secrets(config_dir), [str(each) for each in missing]
    except ConfigurationError as error:
        raise ConfigurationError(sorted({*missing, *error.problems})) from None


def summarised(settings: Settings) -> dict[str, Any]:
    """Return what the configuration says, as JSON values."""
    agreement = settings.agreement
    return {
        **modes_told(settings.modes),
        "writes": settings.modes.any_enforced,
        "agreement": {
            "name": agreement.name, "version": agreement.version, "hash": agreement.hash,
            "from": agreement.begins and agreement.begins.isoformat(),
            "to": agreement.ends and agreement.ends.isoformat(),
            "effective_from": agreement.effective_from,
            "signable_hash": settings.signable_hash,
        },
        "systems": {
            name: {"url": url, "freshness": words} for name, url, words in _fresh(settings)
        },
        "definitions": {d.name: d.text for d in agreement.definitions},
        "nurture": [
            {
                "path": path.name,
                "for": sorted(path.reasons) + (["any other reason"] if path.default else []),
                "cool_down": _days(path.cool_down),
                "returns_after": _days(path.returns_after),
            }
            for path in agreement.nurture.paths
        ],
        "clocks": {c.name: _clock(settings, c) for c in agreement.clocks},
        "calendars": {
            name: {
                "zone": c.spec.zone,
                "from": c.spec.first.isoformat(),
                "to": c.ends.isoformat(),
                "holidays_to": min(c.spec.holidays_to or c.ends, c.ends).isoformat(),
            }
            for name, c in settings.calendars.items()
        },
        "digests": _digests(settings),
        "routing": [
            *({"rule": r.name, "when": r.text or "every lead", "to": str(r.to)}
              for r in agreement.routing.rules),
            {"rule": "else", "when": "", "to": f"pool {agreement.pool}"},
        ],
        "pools": {name: list(pool.members) for name, pool in settings.pools.items()},
        "warnings": [str(warning) for warning in (*settings.warnings, *settings.unsigned)],
    }  # fmt: skip


def _fresh(settings: Settings) -> Iterator[tuple[str, str, str]]:
    from slasync.polling import calls_a_poll, while_told  # noqa: PLC0415 - vendors' libraries: half a second

    marketing = settings.agreement.marketing
    for name, config in (("salesforce", settings.salesforce), (marketing, settings.marketing)):
        if config is not None:
            told = while_told(settings, name)
            poll = told or settings.polls.get(name)
            words = freshness(config.budget, calls_a_poll(settings, name), settings.settle, poll)
            yield name, config.url, f"told of changes by Pub/Sub; {words}" if told else words


def _clock(settings: Settings, clock: ClockPolicy) -> dict[str, Any]:
    return {
        "calendar": _calendar(settings, clock),
        "ends_on": sorted(end.value for end in clock.ends),
        "reads": list(clock.streams),
        "ladder": [
            {"rung": r.name, "after": str(r.after), "effects": [_effect(e) for e in r.effects]}
            for r in clock.rungs
        ],
    }  # fmt: skip


def _calendar(settings: Settings, clock: ClockPolicy) -> str:
    """Name the calendar that counts, or say whose it is."""
    pool = settings.pools.get(settings.agreement.pool)
    name = calendar_of(clock, pool, settings.agreement, settings.calendars)[0]
    if clock.calendar_by:
        return f"by {clock.calendar_by.field}, else {name}"
    if clock.follows:
        return f"the {'team' if clock.follows is Follows.TEAM else 'owner'}'s, else {name}"
    return name


def _days(span: timedelta | None) -> str:
    """Write a span in days, or in hours where it is less."""
    if not span:
        return "not at all" if span is None else "no time"
    days, rest = divmod(span, timedelta(days=1))
    return f"{days} d" if not rest else f"{span / timedelta(hours=1):g} h"


def _effect(effect: Effect) -> str:
    to = f" to {effect.role.value}" if effect.role.value != "nobody" else ""
    of = f" {effect.name or effect.status}" if effect.kind in NAMED else ""
    return f"{effect.kind.value}{to}{of}"


def _show(settings: Settings, summary: dict[str, Any]) -> None:
    agreement = summary["agreement"]
    verb = "writes to the systems" if summary["writes"] else "decides and shows, writes nothing"
    say(f"mode {summary['mode']}: {verb}")
    show_modes(settings.modes)
    say(f"agreement {agreement['name']!r} version {agreement['version']}, from {agreement['from']}"
        f" to {agreement['to']}, edition {agreement['hash'][:SHOWN]};"
        f" to sign: {agreement['signable_hash'][:SHOWN]}")  # fmt: skip
    say()
    rows = [(name, told["url"], told["freshness"]) for name, told in summary["systems"].items()]
    table("Systems", ("system", "address", "what the call budget buys"), rows)
    table("An MQL is", ("definition", "when"), list(summary["definitions"].items()))
    table("Clocks", ("clock", "rung", "after", "effects"), list(_rungs(summary)))
    paths = [(p["path"], ", ".join(p["for"]), p["cool_down"], p["returns_after"])
             for p in summary["nurture"]]  # fmt: skip
    table("Nurture paths", ("path", "for reasons", "left alone for", "looked at after"), paths)
    told = ("zone", "from", "to", "holidays_to")
    days = [(name, *(c[key] for key in told)) for name, c in summary["calendars"].items()]
    table("Calendars", ("calendar", "zone", "from", "to", "holidays known to"), days)
    rules = [(r["rule"], r["when"], r["to"]) for r in summary["routing"]]
    table("Routing", ("rule", "when", "to"), rules)
    pools = [(name, ", ".join(members)) for name, members in summary["pools"].items()]
    table("Pools", ("pool", "members"), pools)
    for warning in summary["warnings"]:
        warn(f"warning: {warning}")
    show_held(summary["held"])
    if settings.marketing and "webhook_secret" not in settings.marketing.secrets:
        say("No webhook secret is set: no webhook is accepted, changes are found by polling.")
    _show_digests(summary["digests"])
    missing = summary["missing_secrets"]
    say("The configuration is right but for secrets:" if missing else "The configuration is right.")
    for secret in missing:
        warn(secret)


def _digests(settings: Settings) -> dict[str, Any]:
    """Say who gets digests and how, and whose lines nobody sends."""
    leaders = {address for pool in settings.pools.values() for address in pool.leadership}
    reached = {address for reader in settings.readers for address in reader.addresses}
    return {
        "via": settings.notify.via if settings.notify else None,
        "messages": _messages(settings),
        "readers": [reader.name for reader in settings.readers],
        "not_reached": sorted(a for a in leaders if a.lower() not in reached),
    }


def _messages(settings: Settings) -> str | None:
    """Say how messages go of rungs that name no way; None where no rung writes any."""
    if settings.notify is None or not settings.agreement.notifies:
        return None
    return "smtp" if settings.notify.smtp else "webhook"


def _show_digests(digests: dict[str, Any]) -> None:
    if digests["via"]:
        say(f"Digests go by {digests['via']}.")
    if digests["messages"]:
        say(f"Messages go by {digests['messages']}, unless their rung says otherwise.")
    if digests["not_reached"]:
        addresses = ", ".join(digests["not_reached"])
        warn(
            f"No channel reaches leadership ({addresses}): their digest lines are kept and sent to"
            " nobody until notify is configured in slasync.yaml."
        )


def _rungs(summary: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, clock in summary["clocks"].items():
        for rung in clock["ladder"]:
            effects = ", ".join(rung["effects"])
            yield f"{name} ({clock['calendar']})", rung["rung"], rung["after"], effects


def refuse_open_dashboard(settings: Settings) -> None:
    """Raise WrongCall where other machines could reach the dashboard, and nobody can log in."""
    access = settings.listeners.dashboard
    if access is None or not access.public or access.oidc is not None:
        return
    try:
        with used_database(settings) as engine, reading(engine) as unit:
            found = unit.access.any_users()
    except SlasyncError:
        found = False  # no database yet, so no user either
    if not found:
        raise WrongCall(
            f"listeners.dashboard: other machines can reach {access.host}, and nobody can log in:"
            " make a user by `slasync users add NAME --role admin`, configure oidc, or listen on"
            " 127.0.0.1"
        )


# the systems


def _asked(
    surroundings: Surroundings,
    settings: Settings,
    prove_keys: bool,  # noqa: FBT001 - the user's own switch
) -> tuple[dict[str, Any], Exit]:
    """Ask each system; one that cannot be asked does not keep the other from it."""
    told: dict[str, Any] = {}
    codes = [Exit.OK]
    with surroundings.connected(settings) as connectors:
        proof = f"slasync-proof-{surroundings.seams.new_id()}" if prove_keys else None
        for name, ask in _questions(connectors, settings, proof).items():
            try:
                with progress(f"asking {name}"):
                    answer = ask()
            except SlasyncError as error:
                told[name] = {"ok": False, "problems": [str(error)]}
                codes.append(exit_code(error))
                continue
            told[name] = answer | {"ok": not answer["problems"]}
            codes.append(Exit.WRONG if answer["problems"] else Exit.OK)
    wrong = Exit.WRONG in codes
    return told, Exit.WRONG if wrong else max(codes)


def _questions(
    connectors: "Connectors", settings: Settings, proof: str | None
) -> dict[str, Callable[[], dict[str, Any]]]:
    from slasync.connectors.hubspot import HubSpotConnector  # noqa: PLC0415 - vendors' libraries
    from slasync.connectors.provisioning import Findings  # noqa: PLC0415
    from slasync.connectors.salesforce import SalesforceConnector  # noqa: PLC0415
    from slasync.connectors.salesforce.inspection import inspect  # noqa: PLC0415

    crm, marketing = connectors.crm, connectors.marketing
    found = {way.channel: way for way in (*connectors.messengers, connectors.messenger) if way}
    ways = {name: partial(_probed, way) for name, way in found.items()}
    of_crm: dict[str, Callable[[], dict[str, Any]]] = {}
    if isinstance(crm, SalesforceConnector):
        salesforce = crm
        of_crm["salesforce"] = lambda: {
            "organisation": salesforce.org_id,
            **_found(inspect(salesforce, named(settings), proof), salesforce.calls),
        }
    of_named: Callable[[], Findings] = Findings
    if isinstance(crm, HubSpotConnector):
        of_named = partial(crm.unknown, named(settings))
    return {**of_crm, marketing.source.system: lambda: _of_marketing(marketing, of_named()), **ways}


def _of_marketing(marketing: "Marketing", found: "Findings") -> dict[str, Any]:
    """Ask marketing's system; `found`: what is known of it as the CRM, where it is that, too."""
    problems = [*marketing.probe(), *found.problems]
    return {
        "account": marketing.account,
        "problems": [*problems, *_skewed(marketing.calls.vendor_time.skew())],
        "notes": [*marketing.notes(), *found.notes],
    }


def named(settings: Settings) -> "Named":
    """Return what the files name of the CRM: people, queues, statuses."""
    from slasync.connectors.naming import Named  # noqa: PLC0415 - of those that ask live

    agreement = settings.agreement
    effects = (e for clock in agreement.clocks for rung in clock.rungs for e in rung.effects)
    written = {effect.status: "agreement.yaml, a rung" for effect in effects if effect.status}
    of_status = dict.fromkeys(agreement.stages, "agreement.yaml, stages.of_status")
    return Named(
        pools=settings.pools,
        tasks_for_leadership=_tasks_for_leadership(settings),
        absent=tuple(dict.fromkeys(absence.email for absence in settings.absences)),
        statuses=written | of_status,
        stages=frozenset(settings.obligations.pipeline.by_word),
    )


def _tasks_for_leadership(settings: Settings) -> bool:
    return any(
        effect.kind is EffectKind.TASK and effect.role is Role.LEADERSHIP
        for clock in settings.agreement.clocks
        for rung in clock.rungs
        for effect in rung.effects
    )


def _without_leaders(settings: Settings) -> list[str]:
    """Say of which pools nobody could have a task for leadership, by the users that were read.

    None where no rung has such a task, or no user has been read yet.
    """
    if not _tasks_for_leadership(settings):
        return []
    try:
        with used_database(settings) as engine, reading(engine) as unit:
            roster = Roster.of(unit.users.all(), settings.pools)
    except SlasyncError:
        return []  # not there, not ours or out of reach: other commands tell
    return [
        f"nobody of pool {name}'s leadership is an active user of the CRM: a task to leadership"
        " becomes a line in their digest"
        for name, pool in settings.pools.items()
        if roster.users and roster.first_at_work(pool.leadership) is None
    ]


def _found(findings: "Findings", calls: "Calls") -> dict[str, Any]:
    return {
        "problems": [*findings.problems, *_skewed(calls.vendor_time.skew())],
        "notes": list(findings.notes),
        "proved": list(findings.shown),
    }


def _probed(way: "Messenger") -> dict[str, Any]:
    return {"problems": way.probe()}


def _skewed(skew: timedelta | None) -> list[str]:
    """A clock that is wrong would make deadlines wrong."""
    if skew is None or abs(skew) <= MOST_SKEW:
        return []
    return [f"its clock and this machine's differ by {abs(skew).total_seconds():.0f} s"]


def _show_live(told: dict[str, Any]) -> None:
    for name, answer in told.items():
        of = answer.get("organisation") or answer.get("account")
        whom = f"{name} {of}" if of else name
        say(f"{whom}: {'nothing is missing' if answer['ok'] else 'to be mended:'}")
        for problem in answer["problems"]:
            say(f"  {problem}")
        for proof in answer.get("proved", ()):
            say(f"  proved: {proof}")
        for note in answer.get("notes", ()):
            say(f"  note: {note}")
