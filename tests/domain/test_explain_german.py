"""A lead that has lived through everything is explained to a German reader without English."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import slasync
from slasync.domain.agreement import ClockPolicy, End, OnReassign, Pausing, Rung, Start, Trigger
from slasync.domain.books.clocks_en import CLOCKS_EN
from slasync.domain.books.english import ENGLISH
from slasync.domain.books.facts_en import FACTS_EN
from slasync.domain.books.kinds_en import KINDS_EN
from slasync.domain.books.leads_en import LEADS_EN
from slasync.domain.books.recorded_en import RECORDED_EN
from slasync.domain.explaining.account import Account, Decided, InForce, Stream, Written
from slasync.domain.explaining.explain import explained
from slasync.domain.explaining.fact_words import SAYING, what_happened
from slasync.domain.explaining.hindsight import looked_back
from slasync.domain.explaining.planned import diff
from slasync.domain.explaining.ruling_words import lost_words
from slasync.domain.explaining.tongue import Tongue
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.languages import Language
from slasync.domain.recorded import said
from slasync.domain.scoring import Contradiction
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CONTACT,
    DAY,
    FIRST_TOUCH,
    HOUR,
    LEAD,
    MONDAY,
    RECORD,
    a_fact,
    a_lead,
    an_agreement,
    called,
    days,
    nine_to_five,
    owned,
    scored,
    status,
    task,
    terms,
)
from tests.domain.explaining import HANDED, ROUTED, WORKED, an_account, fired, ruled
from tests.domain.recycling import RECYCLED, agreed, handed_over
from tests.domain.scoring_builders import a_model, entered, told, urgent
from tests.german import english_in

BERLIN = ZoneInfo("Europe/Berlin")
TONGUE = Tongue(Language.DE, BERLIN)


def lines(account: Account) -> Iterator[str]:
    """Yield everything that is said of a lead."""
    account = replace(account, tongue=TONGUE)
    told = explained(account)
    for section in told.sections:
        yield section.title
        yield from section.lines
    yield from (miss.words for miss in told.near_misses)
    yield from (what_happened(account, fact) for fact in account.facts)
    for clock in told.clocks:
        yield clock.problem
        yield clock.ruling
        yield from (rung.why for rung in clock.rungs)


DATA: dict[FactKind, dict[str, Any]] = {
    FactKind.ENTERED: {"system": "hubspot", "kind": "contact", "id": "1"},
    FactKind.CHANGED: {"score": 80, "form": None, "opted_in": True, "sent": "2026-03-02T09:00:00Z"},
    FactKind.FILLED: {"system": "hubspot", "kind": "contact", "id": "1",
                      "fields": {"email": True, "phone": False}},
    FactKind.OWNER: {"owner": ANA.key},
    FactKind.STATUS: {"status": "Working"},
    FactKind.TOUCH: {"channel": "email", "grade": "weak", "subject": "Hallo", "task_key": "t1",
                     "inbound": True},
    FactKind.HURRIED: {"of": "touch:salesforce:task:00T1", "most": 5, "seconds": 60.0},
    FactKind.CONTACT: {"channel": "email"},
    FactKind.TASK_ENDED: {"task_key": "t1", "how": "deleted", "id": "00T1"},
    FactKind.CONVERTED: {"contact": "003A", "opportunity": "006A"},
    FactKind.OPPORTUNITY: {"id": "006A", "stage": "Prospecting", "amount": 100, "currency": "EUR",
                           "deleted": True},
    FactKind.LINKED: {"system": "salesforce", "kind": "lead", "id": "00Q1"},
    FactKind.MERGED: {"from": ["2", "3"]},
    FactKind.JOINED: {"lead": "hubspot:contact:2", "how": "hand",
                      "because": said("person_said_why", who="otto", why="dieselbe Firma")},
    FactKind.PARTED: {"record": "salesforce:lead:1", "why": "Zwillinge"},
    FactKind.MODE: {"mode": "observe", "teams": [],
                    "why": said("most_careful", what=said("team", team="inbound", mode="observe"))},
    FactKind.HANDOVER: {"cycle": "c1", "definition": "score", "evidence": {"score": 80}},
    FactKind.ROUTED: {"cycle": "c1", "generation": 0, "owner": ANA.key, "from": None,
                      "pool": "inbound", "why": said("owner_kept")},
    FactKind.OWNER_REFUSED: {"cycle": "c1", "generation": 0, "owner": BEN.key, "why": "INACTIVE",
                             "mark": ""},
    FactKind.RESTARTED: {"cycle": "c1", "clock": "first_touch", "generation": 1, "owner": BEN.key},
    FactKind.STARTED: {"cycle": "c1", "clock": "first_touch", "generation": 0},
    FactKind.FIRED: {"cycle": "c1", "clock": "first_touch", "generation": 0, "rung": "day_0",
                     "mode": "shadow", "effects": [
                         {"kind": "task", "role": "owner", "to": "005XYZ"},
                         {"kind": "flag_stale", "role": "nobody", "to": ""},
                         {"kind": "list", "role": "nobody", "to": "+ Liste"}]},
    FactKind.WITHDRAWN: {"cycle": "c1", "clock": "first_touch", "task_keys": ["t1"],
                         "why": said("closed_end", end=End.TOUCH, at=MONDAY)},
    FactKind.CLOSED: {"task_key": "t1"},
    FactKind.UNMADE: {"task_key": "t1"},
    FactKind.REMADE: {"task_key": "t1", "id": "00T1"},
    FactKind.MOVED: {"task_key": "t1", "to": BEN.key},
    FactKind.RELEASED: {"why": "Urlaub"},
    FactKind.DISPUTE_DECIDED: {"decision": "accepted", "why": "Telefonat"},
    FactKind.TOLD: {"stage": "mql", "sla_state": "open"},
    FactKind.SHOWN: {"next_step": "Anrufen", "attempts": "1 von 3"},
    FactKind.DELETED: {},
    FactKind.RESTORED: {},
}  # fmt: skip


@pytest.mark.parametrize("kind", FactKind)
def test_each_kind_of_fact_is_told_in_german(kind: FactKind) -> None:
    fact = a_fact(kind, MONDAY, DATA[kind], by=BEN, source=OURS)
    account = replace(an_account([fact], MONDAY + HOUR), tongue=TONGUE)

    assert not english_in(what_happened(account, fact))


def a_write(action: Action, **values: Any) -> Write:
    return Write(
        key=f"key-{action}", lead=LEAD, system="salesforce", action=action, values=values,
        target=RECORD, cycle="c1", clock="first_touch", generation=0, rung="day_0",
        role=Role.OWNER, because=said("task", rung="day_0", role=Role.OWNER, name="Ana"),
    )  # fmt: skip


WRITES = (
    a_write(Action.CREATE_LEAD, owner=ANA.key, email="lou@x.example"),
    a_write(Action.TASK, owner=ANA.key, subject="Anruf", text="Bitte", due=MONDAY.isoformat()),
    a_write(Action.CLOSE_TASK, text="erledigt"),
    a_write(Action.OWNER, owner=BEN.key),
    a_write(Action.STATUS, status="Working", why="Regel"),
    a_write(Action.FLAG_STALE, since=MONDAY.isoformat(), why="Regel"),
    a_write(Action.CLEAR_STALE),
    a_write(Action.PROPERTIES, stage="mql"),
    a_write(Action.SHOW, next_step="Anruf"),
    a_write(Action.PROPERTY, field="grad", value=None, before="A"),
    a_write(Action.LIST, list="VIP", change="remove"),
    a_write(Action.PROGRAMME, programme="Welle 1", tokens={}),
    a_write(Action.NOTIFY, to="ana@x.example", name="Ana", via="smtp", subject="Anruf",
            text="Bitte", at=""),
)  # fmt: skip


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.action.value)
def test_each_write_is_shown_in_german(write: Write) -> None:
    for line in diff(write, {}, {}, BERLIN, TONGUE):
        assert not english_in(line)


def a_clock(*rungs: Rung, **changes: Any) -> ClockPolicy:
    return replace(FIRST_TOUCH, name="uhr", rungs=rungs, **changes)


def running(policy: ClockPolicy, *more: Fact, after: float = 1) -> Account:
    agreement = an_agreement(clocks=(policy,))
    calendars = {"office": nine_to_five("Europe/Berlin")}
    now = MONDAY + after * HOUR
    used = terms(now, agreement=agreement, calendars=calendars)
    return an_account([*WORKED, *more], now, terms=used)


ONE = Rung("eins", days(1), (task(),))
SEND_AGAIN = ruled("formular", "form == 'Demo' and score > 10", Trigger.EVERY_CHANGE)
STATES = ("held", "parked", "superseded", "done", "maybe_sent", "pending")
LONG_AGO = MONDAY - 60 * DAY


def written(state: str, write: Write, outcome: str | None = None) -> Written:
    return Written(write, state, outcome, MONDAY, MONDAY if state == "done" else None)


def worked() -> Account:
    """Rungs fired, late, superseded and missed; decided and written; touched by somebody."""
    effect = {"kind": "task", "role": "owner", "to": ANA.key, "task_key": "t1"}
    facts = [
        *WORKED,
        fired("day_0", MONDAY + 3 * DAY, effects=[effect], due=MONDAY.isoformat()),
        fired("day_1", MONDAY + 3 * DAY, superseded=True),
        a_fact(FactKind.TOUCH, MONDAY + 4 * DAY,
               {"channel": "email", "grade": "unclassified", "subject": "Neues"}, by=BOT),
        called(MONDAY + 5 * DAY),
    ]  # fmt: skip
    decided = [
        Decided(MONDAY, "enforce", (said("handed_over", definition="score", at=MONDAY),), "0" * 64),
        Decided(MONDAY + 3 * DAY, "shadow", (), "1" * 64),
    ]
    writes = [
        written(state, replace(a_write(Action.TASK, subject="Anruf"), key=state), "refused: NEIN")
        for state in STATES
    ]
    now = MONDAY + 6 * DAY
    return an_account(facts, now, decisions=decided, writes=writes, mode_why=said(
        "team_out", team="inbound", mode=said("canary", what=said("canary_share", share="5"))
    ))  # fmt: skip


def in_doubt() -> Account:
    """What is due waits for streams; the agreement in force is another one."""
    streams = {"salesforce.tasks": Stream(MONDAY, "HTTP 503")}
    known = InForce(hash="2" * 64, since=LONG_AGO, present="3" * 64, present_name="neu, Version 2")
    now = MONDAY + 2 * DAY
    return an_account(WORKED, now, streams=streams, in_force=known, mode="observe")


def routed_with_misses() -> Account:
    missed = said("rule_unmet", rule="dach", condition="country == 'DE'", values="country is 'FR'")
    over = said("unfit", address="ben@x.example", what=said("has_most", n=3, most=3))
    why = said("next_turn", pool="inbound", member="chi@x.example", turn="0")
    why = said("by_no_rule", rule="", what=said("passed_over", what=why, over=over))
    kept = {"why": said("missed", what=why, missed=missed), "missed": [missed],
            "passed_over": [over], "companies": [said("candidate", company="Acme", id="001A",
            points=30, evidence=said("company_name", name="Acme"))]}  # fmt: skip
    routed = replace(ROUTED, data={**ROUTED.data, **kept})
    facts = [scored(MONDAY), owned(MONDAY), HANDED, routed, owned(MONDAY + HOUR, BEN, by=BEN)]
    return an_account(facts, MONDAY + DAY)


def scored_by_check() -> Account:
    agreement = an_agreement(scoring=a_model(urgent()))
    facts = [entered(), told(0, score=80, title="CEO", form="Pricing"),
             told(0.1, form="Demo request")]  # fmt: skip
    used = terms(MONDAY + DAY, agreement=agreement)
    return an_account(facts, MONDAY + DAY, terms=used)


def sent_back(**changes: Any) -> Account:
    """A lead that went back to marketing into a path, and is true again meanwhile."""
    agreement = agreed(**changes)
    facts = [*handed_over(), status(RECYCLED, "Nurturing"), scored(RECYCLED + DAY, 10),
             scored(RECYCLED + 2 * DAY, 90)]  # fmt: skip
    now = RECYCLED + 3 * DAY
    return an_account(facts, now, terms=terms(now, agreement=agreement))


def later(account: Account, **changes: Any) -> Account:
    return replace(account, **changes)


PAUSED = a_clock(ONE, pausing=Pausing(frozenset({"Waiting"})))
NOW = MONDAY + HOUR
LIVES: dict[str, Account] = {
    "nothing known": an_account([], NOW),
    "worked": worked(),
    "in doubt": in_doubt(),
    "looked back": looked_back(worked(), MONDAY + 3 * DAY + HOUR),
    "looked back before all": looked_back(worked(), MONDAY - DAY),
    "of another edition then": later(
        looked_back(in_doubt(), MONDAY + DAY),
        in_force=InForce(hash="2" * 64, since=LONG_AGO, problem=said("files_not_kept")),
    ),
    "of an edition not kept": later(worked(), lost=lost_words("2" * 64, said("files_not_kept"))),
    "not in the CRM": an_account(WORKED, NOW, lead=a_lead(CONTACT), mode="shadow"),
    "owner not read": an_account([scored(MONDAY), HANDED], NOW),
    "nearly": an_account([scored(MONDAY, 74)], NOW),
    "nearer before": an_account([scored(MONDAY, 74), scored(NOW, 3)], MONDAY + DAY),
    "met before the start": an_account([scored(LONG_AGO)], NOW),
    "to be handed over": an_account([scored(MONDAY)], NOW),
    "in vain": an_account([*WORKED, *(scored(MONDAY + n * HOUR, n % 2 * 80)
                                      for n in range(2, 14))], MONDAY + DAY),
    "converted": an_account([scored(MONDAY, 3), a_fact(FactKind.CONVERTED, NOW)], MONDAY + DAY),
    "deleted": an_account([scored(MONDAY, 3), a_fact(FactKind.DELETED, NOW)], MONDAY + DAY),
    "ended": an_account([*WORKED, a_fact(FactKind.CONVERTED, NOW)], MONDAY + DAY),
    "merged": an_account([a_fact(FactKind.MERGED, MONDAY, {"from": ["2"]}), scored(MONDAY)], NOW),
    "routed": routed_with_misses(),
    "scored": scored_by_check(),
    "sent back": sent_back(),
    "sent back, told": sent_back(reminds="back", checks=True),
    "stands still": running(PAUSED, status(NOW, "Waiting", by=None), after=30),
    "stood still": running(PAUSED, status(NOW, "Waiting"), status(NOW + 2 * HOUR, "New"), after=4),
    "has grace": running(a_clock(ONE, on_reassign=OnReassign.MINIMUM_GRACE, grace=days(2)),
                         owned(NOW, BEN, by=BEN), after=2),
    "has a deadline": running(a_clock(ONE, deadline=days(9))),
    "counts minutes": running(a_clock(Rung("eins", Offset(90, Unit.BUSINESS_MINUTES), (task(),)))),
    "over the weekend": running(a_clock(Rung("eins", Offset(30, Unit.CALENDAR_DAYS), (task(),)))),
    "for other attempts": running(a_clock(Rung("eins", days(1), (task(),), attempts_below=1),
                                          ends=frozenset()), called(NOW), after=2),
    "for others only": running(a_clock(ONE, only_for=frozenset({"formular", "score"}))),
    "from the first attempt": running(a_clock(ONE, starts_on=Start.ATTEMPT)),
    "from an owner": running(a_clock(ONE, starts_on=Start.ASSIGNMENT)),
    "from the return": running(a_clock(ONE, starts_on=Start.RECYCLED, ends=frozenset(End))),
    "two conditions": an_account([scored(MONDAY, 3)], NOW, terms=terms(
        NOW, agreement=an_agreement(definitions=(SEND_AGAIN,)))),
    "past its calendar": running(a_clock(Rung("eins", days(9000), (task(),)))),
}  # fmt: skip


@pytest.mark.parametrize("account", LIVES.values(), ids=LIVES)
def test_no_english_is_left_in_what_a_german_reader_is_told(account: Account) -> None:
    told_of_it = (line.replace(SEND_AGAIN.text, "") for line in lines(account))

    assert [line for line in told_of_it if english_in(line)] == []


def test_a_number_a_hair_below_its_bound_is_not_told_as_the_bound() -> None:
    near = ruled("punkte", "score >= 75")
    used = terms(NOW, agreement=an_agreement(definitions=(near,)))
    account = an_account([scored(MONDAY, 74.9995)], NOW, terms=used)  # type: ignore[arg-type]

    told_of_it = list(lines(account))

    assert "  score >= 75 trifft nicht zu: score ist 74,9995, es fehlt 0,0005" in told_of_it


# The books

SOURCE = Path(slasync.__file__).parent
FAMILIES = (
    "about", "action", "axis", "channel", "done", "effect", "end", "grade", "how", "list", "miss",
    "offset", "outcome", "record", "role", "shown", "start", "state", "write",
)  # fmt: skip
"""Kinds of things whose words are looked up by the thing's name."""


def put_together() -> Iterator[str]:
    """Yield the keys that are made of parts while a lead is explained."""
    yield from (f"fact.{kind}" for kind in set(FactKind) - set(SAYING))
    yield from (f"stopped.{end}" for end in set(End) - {End.STAGE, End.RULE, End.UNBEGUN})
    yield from (f"score.{each.name.lower()}" for each in Contradiction)
    yield from (f"{room}.{state}" for room in ("effect", "nothing") for state in ("held", "parked"))
    yield from (f"definition.{met}_{time}" for met in ("met", "unmet") for time in ("now", "then"))
    yield from (f"condition.{verdict}" for verdict in ("untold", "holds", "fails"))
    yield from (f"bant.{verdict}" for verdict in ("met", "unmet", "unknown"))
    yield from (f"rest.again_{does}" for does in ("only", "reminds", "checks", "both"))
    yield from (f"said.{whose}{a}" for whose in ("team", "deployment") for a in ("", "_in", "_out"))
    yield from ("lead.owner_since", "lead.owner_kept", "lead.owner_since_kept")
    yield from ("condition.fails_by", "condition.fails_at", "score.above", "score.under")
    yield from ("fact.dispute_accepted", "fact.dispute_refused", "stopped.touch_or_status")
    yield from (
        "said.dispute_accepted",
        "said.dispute_refused",
        "diff.list_add",
        "diff.list_remove",
    )


def test_every_phrase_is_said_somewhere() -> None:
    code = "\n".join(
        path.read_text("utf-8") for path in SOURCE.rglob("*.py") if path.parent.name != "books"
    )
    quoted, known = set(re.findall(r"[\"']([a-z_.]+)[\"']", code)), set(put_together())
    endings = set(re.findall(r'\}(_[a-z]+)["}]', code)) | {"_since", "_in", "_out"}

    def is_said(key: str) -> bool:
        plain, room = key.removesuffix(".one"), key.partition(".")[0]
        if room in {"said", "calendar"}:
            plain = plain.removeprefix(f"{room}.")
        names = {plain, *(plain.removesuffix(end) for end in endings)}
        return bool(names & quoted) or key in known or room in FAMILIES

    assert [key for key in ENGLISH if not is_said(key)] == []
    assert known <= set(ENGLISH)


def test_no_phrase_stands_in_two_books() -> None:
    books = (CLOCKS_EN, FACTS_EN, KINDS_EN, LEADS_EN, RECORDED_EN)

    assert sum(map(len, books)) == len(ENGLISH)
