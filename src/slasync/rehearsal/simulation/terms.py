"""What a simulated company agreed: calendars and ladders short enough for one day.

The same values become the configuration files that slasync loads and the policy that the judge
reads, so neither learns of them from the other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from slasync.rehearsal.simulation.evidence import Effect, Hours, Ladder, Rung
from slasync.rehearsal.simulation.story_crm import DISPUTE, SNOOZE_UNTIL
from slasync.rehearsal.stage import WEBHOOK_SECRET
from slasync.sandbox.town import HOST, LEADER, MANAGER, QUEUE, REPS, Town
from slasync.settings import Mode, Settings, load
from slasync.settings.defaults import copy_defaults
from slasync.systems import CreateLeads, HubSpotConfig, MarketoConfig, Secret

THRESHOLD = 75
BOTTOM_FORMS = ("Demo request", "Contact sales", "Free trial")
STATUSES = {
    "Open - Not Contacted": "mql",
    "Working - Contacted": "sal",
    "Closed - Converted": "sql",
    "Closed - Not Converted": "disqualified",
    "Recycled": "recycled",
    "Disqualified": "disqualified",
}
SIDES = {"target": "marketing", "lead": "marketing", "recycled": "marketing"}
STAGES = (
    "target",
    "lead",
    "mql",
    "sal",
    "sql",
    "opportunity",
    "customer",
    "recycled",
    "disqualified",
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACEHOLDER = "x" * 40
FIRST, LAST = date(2025, 12, 1), date(2028, 3, 31)  # a year's ends and leap day included
TOUCH_ENDS = ("touch", "converted", "recycled", "disqualified", "deleted")
TOUCH_READS = (
    "salesforce.tasks", "salesforce.events", "salesforce.lead_history", "salesforce.leads",
)  # fmt: skip
PROCESSING_READS = ("salesforce.leads", "salesforce.lead_history")
RESTARTS = 2
SNOOZE_REASON, DISPUTE_REASON = "Slasync_Snooze_Reason__c", "Slasync_Dispute_Reason__c"
DISPUTE_DECISION = "Slasync_Dispute_Decision__c"
REST_FIELDS = f"""\
  snooze_until: {{field: {SNOOZE_UNTIL}, type: datetime}}
  snooze_reason: {{field: {SNOOZE_REASON}}}
  dispute: {{field: {DISPUTE}, type: bool}}
  dispute_reason: {{field: {DISPUTE_REASON}}}
  dispute_decision: {{field: {DISPUTE_DECISION}}}
"""
RESTS: Mapping[str, Any] = {
    "snooze": {"clocks": ["first_touch", "processing"], "times": 2},
    "dispute": {"clocks": ["first_touch", "processing"], "text": "decide_now"},
}
REST_TEXTS = {"decide_now": {"subject": "Decide about $lead", "body": "$dispute_reason"}}
SETTLED = timedelta(days=1)  # how long a town is there before anybody asks

Spans = tuple[tuple[int, int], ...]  # minutes after midnight; a later end is on the next date


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open hours by zone; `days` are the weekdays that have them."""

    zone: str
    spans: Spans
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    holidays: tuple[date, ...] = ()


CALENDARS: Mapping[str, Calendar] = {
    "office": Calendar(
        "Europe/Berlin", ((540, 750), (810, 1050)), (0, 1, 2, 3, 4), (date(2026, 5, 1),)
    ),
    "long": Calendar("America/New_York", ((360, 1320),)),
    "nights": Calendar("Europe/Berlin", ((1320, 1800), (600, 1080))),
    "always": Calendar("Australia/Lord_Howe", ((0, 1440),)),
    "west": Calendar("America/St_Johns", ((420, 1260),), (0, 1, 2, 3, 4, 5)),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """When the rungs are due: minutes of the first touch, hours of processing."""

    touch: tuple[float, float, float, float]
    processing: tuple[float, float, float]
    unit: str = "business_minutes"


PACES: Mapping[str, Pace] = {
    "hourly": Pace((0, 60, 120, 180), (5, 6, 7)),
    "brisk": Pace((0, 20, 40, 60), (3, 3.5, 4)),
    "odd": Pace((0, 37.5, 90, 91), (2, 5, 5.25)),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """One agreement: a calendar and a pace, by name; and whose scores and forms it reads."""

    calendar: str
    pace: str
    marketing: str = "hubspot"
    rests: bool = False  # reps may ask for a rest

    @property
    def hours(self) -> Hours:
        """The calendar as the judge reads it."""
        made = CALENDARS[self.calendar]
        week = dict.fromkeys(made.days, tuple(sorted(made.spans)))
        return Hours(zone=made.zone, week=week, holidays=frozenset(made.holidays))

    @property
    def ladders(self) -> tuple[Ladder, ...]:
        """The two clocks as the judge reads them."""
        pace = PACES[self.pace]
        touch = zip(TOUCH_RUNGS, pace.touch, strict=True)
        processing = zip(PROCESSING_RUNGS, pace.processing, strict=True)
        return (
            Ladder(
                clock="first_touch",
                rungs=tuple(_rung(name, pace.unit, at) for name, at in touch),
                ends=frozenset(TOUCH_ENDS),
                streams=TOUCH_READS,
                restarts=RESTARTS,
                restart=True,
            ),
            Ladder(
                clock="processing",
                rungs=tuple(_rung(name, "business_hours", at) for name, at in processing),
                ends=frozenset(TOUCH_ENDS[1:]),
                streams=PROCESSING_READS,
            ),
        )


TOUCH_RUNGS = ("day_0", "day_1", "day_2", "day_3")
PROCESSING_RUNGS = ("day_7", "day_8", "day_9")
EFFECTS: Mapping[str, tuple[Effect, ...]] = {
    "day_0": (Effect(kind="task", role="owner"),),
    "day_1": (Effect(kind="task", role="owner"),),
    "day_2": (Effect(kind="task", role="owner"), Effect(kind="task", role="manager")),
    "day_3": (Effect(kind="digest", role="leadership"), Effect(kind="reassign")),
    "day_7": (Effect(kind="task", role="owner"),),
    "day_8": (
        Effect(kind="flag_stale"),
        Effect(kind="task", role="owner"),
        Effect(kind="task", role="manager"),
    ),
    "day_9": (Effect(kind="digest", role="leadership"),),
}


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _rung(name: str, unit: str, amount: float) -> Rung:
    return Rung(name=name, unit=unit, amount=amount, effects=EFFECTS[name])


# the files


@cache
def _loaded(terms: Terms) -> Settings:
    """Write the files, load them as a deployment does; once a process for each agreement."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        copy_defaults(home, terms.marketing)
        for name, content in _files(terms).items():
            (home / "config" / f"{name}.yaml").write_text(json.dumps(content), "utf-8")
        if terms.rests:
            _map_rests(home / "connectors" / "salesforce" / "connector.yaml")
        found = load(home / "config", home / "connectors", _environment(), today=date(2026, 6, 1))
    if found.salesforce is None:
        raise RuntimeError("the shipped files name both systems")
    crm = replace(found.salesforce, create_leads=CreateLeads.AT_HANDOVER)
    return replace(found, mode=Mode.ENFORCE, salesforce=crm)


def _map_rests(path: Path) -> None:
    """Have the fields read by which reps ask: the shipped file names them in a comment only."""
    shipped = path.read_text("utf-8")
    head, lead, rest = shipped.partition("\nlead:\n")
    if not lead:
        raise RuntimeError(f"{path.name} has no part for leads")
    path.write_text(head + lead + REST_FIELDS + rest, "utf-8")


def settings_for(terms: Terms, town: Town, public_url: str) -> Settings:
    """Return the settings of a deployment that is aimed at `town`."""
    found = _loaded(terms)
    if found.salesforce is None:
        raise RuntimeError("the shipped files name both systems")
    crm = town.salesforce.credentials()
    keys = {"consumer_key": crm["client_id"], "consumer_secret": crm["client_secret"]}
    return replace(
        found,
        salesforce=replace(found.salesforce, url=crm["instance_url"], secrets=_secret(keys)),
        hubspot=found.hubspot and _hubspot(found.hubspot, town, public_url),
        marketo=found.marketo and _marketo(found.marketo, town),
    )


def _hubspot(config: HubSpotConfig, town: Town, public_url: str) -> HubSpotConfig:
    known = town.hubspot.credentials()
    tokens = {name: known[name] for name in ("access_token", "webhook_secret")}
    return replace(config, secrets=_secret(tokens), public_url=public_url)


def _marketo(config: MarketoConfig, town: Town) -> MarketoConfig:
    known = town.marketo.credentials()
    keys = {name: known[name] for name in ("client_id", "client_secret")}
    return replace(
        config,
        url=f"https://{known['munchkin_id'].lower()}.mktorest.com",
        secrets=_secret(keys | {"webhook_secret": WEBHOOK_SECRET}),
        oldest=(town.world.now() - SETTLED).date(),  # nobody is older than the town
    )


def _secret(values: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in values.items()}


def _environment() -> dict[str, str]:
    return {
        "SALESFORCE_URL": "https://acme.my.salesforce.com",
        "SALESFORCE_CONSUMER_KEY": PLACEHOLDER,
        "SALESFORCE_CONSUMER_SECRET": PLACEHOLDER,
        "HUBSPOT_ACCESS_TOKEN": PLACEHOLDER,
        "HUBSPOT_WEBHOOK_SECRET": PLACEHOLDER,
        "MARKETO_URL": "https://123-abc-456.mktorest.com",
        "MARKETO_CLIENT_ID": PLACEHOLDER,
        "MARKETO_CLIENT_SECRET": PLACEHOLDER,
        "MARKETO_WEBHOOK_SECRET": PLACEHOLDER,
    }


def _files(terms: Terms) -> dict[str, dict[str, Any]]:
    return {
        "agreement": _agreement(terms),
        "calendars": _calendars(terms),
        "teams": _teams(),
    }


def _calendars(terms: Terms) -> dict[str, Any]:
    made = CALENDARS[terms.calendar]
    spans = [f"{_time(a):%H:%M}-{_clock(b)}" for a, b in sorted(made.spans)]
    return {
        "first": FIRST.isoformat(),
        "last": LAST.isoformat(),
        "calendars": {
            "here": {
                "zone": made.zone,
                "week": {DAYS[day]: spans for day in made.days},
                "holidays": {"add": {day.isoformat(): "closed" for day in made.holidays}},
            }
        },
    }


def _clock(minutes: int) -> str:
    """An interval may end at 24:00, or at an hour of the next date."""
    return "24:00" if minutes == 24 * 60 else f"{_time(minutes):%H:%M}"


def _teams() -> dict[str, Any]:
    pool = {
        "members": [f"{name}@{HOST}" for name in REPS],
        "manager": f"{MANAGER}@{HOST}",
        "leadership": [f"{LEADER}@{HOST}"],
        "queue": QUEUE,
        "calendar": "here",
    }
    return {"pools": {"inbound": pool}, "absences": []}


def _agreement(terms: Terms) -> dict[str, Any]:
    return {
        "name": "Simulated",
        "version": "1",
        "period": {"from": "2026-01-01", "to": "2028-12-31"},
        "effective_from": None,
        "calendar": "here",
        "goal": {"text": "Nobody waits."},
        "definitions": {"lead": "score >= 40", "mql": {"any_of": _definitions()}},
        "routing": {"pool": "inbound"},
        "clocks": {ladder.clock: _ladder(ladder) for ladder in terms.ladders},
        **(RESTS if terms.rests else {}),
        "stages": {
            "owned_by": {stage: SIDES.get(stage, "sales") for stage in STAGES}
            | {"disqualified": "marketing"},
            "of_status": STATUSES,
        },
        "texts": _texts(terms.ladders) | (REST_TEXTS if terms.rests else {}),
    }


def _definitions() -> list[dict[str, str]]:
    return [
        {"name": "score", "when": f"score >= {THRESHOLD}", "trigger": "crossing"},
        {
            "name": "bottom_of_funnel",
            "when": f"form in {list(BOTTOM_FORMS)}",
            "trigger": "every_change",
            "at": "form_at",
        },
    ]


def _ladder(ladder: Ladder) -> dict[str, Any]:
    told = {
        "unit": ladder.rungs[0].unit,
        "ends_on": sorted(ladder.ends),
        "reads": list(ladder.streams),
        "on_reassign": "restart" if ladder.restart else "continue",
        "ladder": [
            {"rung": rung.name, "after": rung.amount, "effects": _effects(ladder, rung)}
            for rung in ladder.rungs
        ],
    }
    return told | ({"restarts": ladder.restarts} if ladder.restart else {})


def _effects(ladder: Ladder, rung: Rung) -> list[dict[str, str]]:
    told = []
    for effect in rung.effects:
        one = {"do": effect.kind}
        if effect.role != "nobody":
            one |= {"to": effect.role}
        if effect.kind != "reassign":
            one |= {"text": text_name(ladder.clock, rung.name, effect.role)}
        told.append(one)
    return told


def text_name(clock: str, rung: str, role: str) -> str:
    return f"{clock}_{rung}_{role}"


def _texts(ladders: tuple[Ladder, ...]) -> dict[str, dict[str, str]]:
    """Each subject begins with clock and rung, so that the journal shows which rung wrote."""
    found = {}
    for ladder in ladders:
        for rung in ladder.rungs:
            for effect in rung.effects:
                words = f"{ladder.clock} {rung.name} {effect.role}: $lead, due $due"
                name = text_name(ladder.clock, rung.name, effect.role)
                found[name] = {"subject": words, "body": "Because of $evidence. $what_counts"}
    return found
