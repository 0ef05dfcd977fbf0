"""What rungs do beyond tasks: messages to people, statuses, properties and lists."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.agreement import ClockPolicy, Effect, EffectKind, Rung, Text
from slasync.domain.decide import Decision, decide
from slasync.domain.explaining.planned import described, diff
from slasync.domain.facts import Fact
from slasync.domain.lead import Absence, Member, Pool, User, UserKey
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    CONTACT,
    DAY,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    POOL,
    RECORD,
    STREAMS,
    a_lead,
    a_roster,
    an_agreement,
    days,
    nine_to_five,
    owned,
    scored,
    status,
    task,
    terms,
)
from tests.pains.marks import pain

HANDED_OVER = [owned(MONDAY - DAY), scored(MONDAY)]
TOLD = {Action.NOTIFY, Action.PROPERTY, Action.LIST}
LEA, MO = "lea@sandbox.example", "mo@sandbox.example"
NIGHT = MONDAY + 12 * HOUR
TUESDAY = MONDAY + DAY


def message(role: Role = Role.OWNER, via: str = "") -> Effect:
    return Effect(EffectKind.NOTIFY, role, "remind", via=via)


def sets(word: str, reason: str = "") -> Effect:
    return Effect(EffectKind.STATUS, status=word, reason=reason)


def writes_field(value: Any = "yes", name: str = "wanted") -> Effect:
    return Effect(EffectKind.PROPERTY, name=name, value=value)


def changes_list(change: str = "add") -> Effect:
    return Effect(EffectKind.LIST, name="nurture", change=change)


def a_clock(*rungs: tuple[Effect, ...]) -> ClockPolicy:
    """Rung n is due after n business days."""
    ordinary = an_agreement().clock("processing")
    steps = tuple(Rung(f"day_{n}", days(n), effects) for n, effects in enumerate(rungs))
    return replace(ordinary, name="clock", rungs=steps, streams=STREAMS)


def decided(
    *rungs: tuple[Effect, ...],
    at: datetime = MONDAY,
    facts: Sequence[Fact] = HANDED_OVER,
    lead: Any = None,
    **changes: Any,
) -> Decision:
    agreement = an_agreement(clocks=(a_clock(*rungs),), create_leads=False)
    return decide(lead or a_lead(), facts, terms(at, agreement=agreement, **changes))


def of(decision: Decision, action: Action) -> list[Write]:
    return [write for write in decision.writes if write.action == action]


def readers(decision: Decision) -> list[str]:
    return [write.values["to"] for write in of(decision, Action.NOTIFY)]


# messages: to whom


PEOPLE = replace(POOL, marketing=(MO,))


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.OWNER, [ANA.email]),
        (Role.MANAGER, [MIA.email]),
        (Role.LEADERSHIP, [LEA]),
        (Role.MARKETING, [MO]),
        (Role.POOL, [ANA.email, BEN.email, CHI.email]),
    ],
)
def test_a_message_goes_to_everybody_of_its_role(role: Role, told: list[str]) -> None:
    decision = decided((message(role),), roster=a_roster(pool=PEOPLE))

    written = of(decision, Action.NOTIFY)
    assert [write.values["to"] for write in written] == told
    assert {(w.system, w.role, w.rung, w.target) for w in written} == {
        ("notify", role, "day_0", RECORD)
    }
    assert len({write.key for write in written}) == len(told)


@pytest.mark.parametrize(
    ("role", "pool", "owner", "told"),
    [
        (Role.OWNER, POOL, replace(ANA, email=None), [MIA.email]),
        (Role.OWNER, POOL, replace(ANA, email=None, manager=None), [MIA.email]),
        (
            Role.OWNER,
            replace(POOL, manager=None),
            replace(ANA, email=None, manager=None),
            [LEA],
        ),
        (Role.MANAGER, replace(POOL, manager=None), replace(ANA, manager=None), [LEA]),
        (Role.MARKETING, POOL, ANA, [LEA]),
    ],
)
def test_a_role_without_an_address_hands_its_message_up_the_chain(
    role: Role, pool: Pool, owner: User, told: list[str]
) -> None:
    decision = decided((message(role),), roster=a_roster(owner, pool=pool))

    assert readers(decision) == told
    assert any(f"nobody of {role} has an address" in said for said in decision.because)


def test_where_nobody_up_the_chain_has_an_address_that_is_said_and_the_rung_fires() -> None:
    alone = Pool("inbound", ("ana@sandbox.example",))
    owner = replace(ANA, email=None, manager=None)

    decision = decided((message(),), roster=a_roster(owner, pool=alone))

    assert readers(decision) == []
    assert "day_0: nobody of owner has an address; no message" in decision.because
    assert [f.data["effects"] for f in decision.facts if f.data.get("rung") == "day_0"] == [[]]


def test_the_pool_is_those_of_it_who_work_today() -> None:
    away = Absence(BEN.email or "", MONDAY - DAY, MONDAY + DAY)
    left = replace(CHI, active=False)

    decision = decided((message(Role.POOL),), roster=a_roster(left, absences=(away,)))

    assert readers(decision) == [ANA.email]


def test_a_pool_with_a_channel_is_told_once() -> None:
    decision = decided((message(Role.POOL, via="webhook"),))

    [write] = of(decision, Action.NOTIFY)
    assert (write.values["to"], write.values["via"]) == ("inbound", "webhook")


# messages: when, and how often


@pain("P14")
def test_a_message_waits_for_the_open_hours_of_its_reader_and_each_reader_for_his_own() -> None:
    pool = replace(POOL, of={"ben@sandbox.example": Member(calendar="sydney")})
    calendars = {"office": nine_to_five(), "sydney": nine_to_five("Australia/Sydney", "sydney")}
    late = [owned(MONDAY - DAY), scored(NIGHT)]
    clock = replace(a_clock((message(Role.POOL),)), calendar="always")
    always = nine_to_five("Australia/Sydney", "always")  # 21:00 UTC is 8:00 on Tuesday there
    agreement = an_agreement(clocks=(clock,), create_leads=False)
    at = NIGHT + 2 * HOUR  # 23:00 UTC, 10:00 in Sydney

    decision = decide(
        a_lead(),
        late,
        terms(
            at,
            agreement=agreement,
            calendars=calendars | {"always": always},
            roster=a_roster(pool=pool),
        ),
    )

    leaves = {w.values["to"]: w.values["at"] for w in of(decision, Action.NOTIFY)}
    assert leaves == {
        ANA.email: TUESDAY.isoformat(),
        BEN.email: at.isoformat(),
        CHI.email: TUESDAY.isoformat(),
    }


def test_a_readers_calendar_that_has_ended_keeps_nobody_from_deciding() -> None:
    ended = Calendar(replace(nine_to_five().spec, name="old", last=date(2026, 1, 31)))
    pool = replace(POOL, of={"ana@sandbox.example": Member(calendar="old")})
    calendars = {"office": nine_to_five(), "old": ended}

    decision = decided((message(),), roster=a_roster(pool=pool), calendars=calendars)

    assert [w.values["at"] for w in of(decision, Action.NOTIFY)] == [MONDAY.isoformat()]


def test_words_are_those_of_the_agreement_with_the_lead_in_them() -> None:
    [write] = of(decided((message(),)), Action.NOTIFY)

    assert write.values["subject"] == "Call Lou Reed (day_0)"
    assert write.values["name"] == "Ana"


def test_one_message_a_rung_however_often_is_asked() -> None:
    first = decided((message(),))
    history = [*HANDED_OVER, *first.facts]

    again = [decided((message(),), at=MONDAY + n * MINUTE, facts=history) for n in range(1, 50)]

    assert len(readers(first)) == 1
    assert [write for decision in again for write in decision.writes] == []


def test_two_ways_to_one_reader_are_two_messages_and_two_keys() -> None:
    both = (message(Role.MANAGER), message(Role.MANAGER, via="webhook"))

    keys = {write.key for write in of(decided(both), Action.NOTIFY)}

    assert len(keys) == 2


def test_of_several_rungs_due_at_once_the_highest_ones_message_goes_out() -> None:
    steps = ((message(),), (message(), sets("Open")), (message(Role.MANAGER),))

    decision = decided(*steps, at=MONDAY + 2 * DAY)

    assert [write.rung for write in of(decision, Action.NOTIFY)] == ["day_2"]
    assert [write.rung for write in of(decision, Action.STATUS)] == ["day_1"]
    assert {w.key for w in of(decision, Action.STATUS)} <= decision.late


def test_a_message_decided_long_after_it_was_due_counts_as_late() -> None:
    on_time = decided((message(),), at=MONDAY + 10 * MINUTE)
    late = decided((message(),), at=MONDAY + HOUR)

    assert not on_time.late
    assert late.late == {write.key for write in of(late, Action.NOTIFY)}


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.POOL])
def test_a_message_that_asks_for_something_is_judged_by_the_owner_it_is_about(role: Role) -> None:
    for write in of(decided((message(role),)), Action.NOTIFY):
        assert write.judged is not None
        assert write.judged.owner == ANA.key


@pytest.mark.parametrize(
    "effects",
    [
        (message(Role.LEADERSHIP),),
        (message(), Effect(EffectKind.REASSIGN)),
        (message(Role.MANAGER), Effect(EffectKind.RECYCLE, status="Nurturing", reason="no")),
        (message(), sets("Unqualified", "no answer")),
    ],
)
def test_a_message_that_reports_what_happened_is_true_whatever_happens_next(
    effects: tuple[Effect, ...],
) -> None:
    for write in of(decided(effects), Action.NOTIFY):
        assert write.judged is None


def test_digest_lines_reach_marketing_and_the_pool_too() -> None:
    lines = tuple(Effect(EffectKind.DIGEST, r, "remind") for r in (Role.MARKETING, Role.POOL))

    decision = decided(lines, roster=a_roster(pool=PEOPLE))

    assert [line.to for line in decision.digest] == [MO, ANA.email, BEN.email, CHI.email]


# statuses


def test_a_rung_sets_a_status_unless_somebody_changes_it_first() -> None:
    facts = [*HANDED_OVER, status(MONDAY - HOUR, "Open", by=BOT)]

    [write] = of(decided((sets("Late", "day 0"),), facts=facts), Action.STATUS)

    assert write.values == {"status": "Late", "why": "day 0"}
    assert write.judged is not None
    assert (write.judged.owner, write.judged.status) == (ANA.key, "Open")


def test_a_status_that_is_there_already_is_not_set() -> None:
    facts = [*HANDED_OVER, status(MONDAY - HOUR, "Late", by=BOT)]

    decision = decided((sets("Late"),), facts=facts)

    assert not of(decision, Action.STATUS)
    assert "day_0: the status is Late already" in decision.because


def test_of_two_statuses_set_at_once_the_second_builds_on_the_first() -> None:
    decision = decided((sets("Late"),), (sets("Later"),), at=TUESDAY)

    judged = [
        (w.values["status"], w.judged.status) for w in of(decision, Action.STATUS) if w.judged
    ]
    assert judged == [("Late", None), ("Later", "Late")]


def test_a_status_set_a_moment_ago_is_counted_on_though_it_was_not_read_yet() -> None:
    ladder = ((sets("Late"),), (Effect(EffectKind.RECYCLE, status="Nurturing", reason="no"),))
    clock = a_clock(*ladder)
    quick = replace(clock, rungs=(clock.rungs[0], replace(clock.rungs[1], after=days(0))))
    first = decided((sets("Late"),))
    agreement = an_agreement(clocks=(quick,), create_leads=False)

    def given_back(at: datetime) -> str | None:
        decision = decide(a_lead(), [*HANDED_OVER, *first.facts], terms(at, agreement=agreement))
        [write] = of(decision, Action.STATUS)
        return write.judged.status if write.judged else None

    assert given_back(MONDAY + MINUTE) == "Late"
    assert given_back(MONDAY + HOUR) is None  # it did not take effect: somebody was faster


def test_a_person_without_a_lead_has_no_status_to_set() -> None:
    contact = replace(RECORD, kind="contact", id="003000000000001AAA")

    decision = decided((sets("Late"),), lead=a_lead(CONTACT, contact))

    assert not of(decision, Action.STATUS)
    assert any("no lead whose status could be set" in said for said in decision.because)


# properties and lists


def test_a_rung_writes_a_field_of_the_marketing_system_and_remembers_what_it_saw() -> None:
    [write] = of(decided((writes_field(),), lead=a_lead(wanted="no")), Action.PROPERTY)

    assert (write.system, write.target) == ("hubspot", CONTACT)
    assert write.values == {"field": "wanted", "value": "yes", "before": "no"}


def test_a_field_that_is_not_read_is_written_without_a_judgement() -> None:
    [write] = of(decided((writes_field(value=None),)), Action.PROPERTY)

    assert write.values == {"field": "wanted", "value": None}


def test_a_field_that_holds_the_value_already_is_left_alone() -> None:
    decision = decided((writes_field(),), lead=a_lead(wanted="yes"))

    assert not of(decision, Action.PROPERTY)


@pytest.mark.parametrize("change", ["add", "remove"])
def test_a_rung_changes_who_is_on_a_list(change: str) -> None:
    [write] = of(decided((changes_list(change),)), Action.LIST)

    assert (write.system, write.target) == ("hubspot", CONTACT)
    assert write.values == {"list": "nurture", "change": change}


@pytest.mark.parametrize("effect", [writes_field(), changes_list()])
def test_a_lead_that_marketing_does_not_know_is_left_alone_there(effect: Effect) -> None:
    decision = decided((effect,), lead=a_lead(RECORD))

    assert not [w for w in decision.writes if w.system == "hubspot"]
    assert "day_0: hubspot has no contact of this lead" in decision.because


def test_several_fields_and_lists_of_one_rung_are_effects_of_their_own() -> None:
    effects = (
        writes_field(),
        writes_field(name="other"),
        changes_list(),
        replace(changes_list("remove"), name="hot"),
    )

    decision = decided(effects)

    keys = {w.key for w in decision.writes if w.action in {Action.PROPERTY, Action.LIST}}
    assert len(keys) == 4


EVERYTHING = (
    task(),
    message(),
    message(Role.POOL),
    sets("Late"),
    writes_field(),
    changes_list(),
    Effect(EffectKind.PROGRAMME, name="begin_nurture"),
)


@given(st.permutations([*HANDED_OVER, status(MONDAY, "Open", by=BOT)]))
def test_the_order_of_learning_changes_no_key(facts: list[Fact]) -> None:
    expected = decided(EVERYTHING, facts=sorted(facts, key=lambda f: f.place))

    assert decided(EVERYTHING, facts=facts).writes == expected.writes


# in words


def shown(decision: Decision, action: Action) -> list[str]:
    names = {ANA.key: "Ana", UserKey("x"): "X"}
    return [line for w in of(decision, action) for line in diff(w, names, {}, ZoneInfo("UTC"))]


def test_what_is_planned_is_shown_to_the_letter() -> None:
    texts = {"remind": Text("Call $lead", "Now.\nReally.")}
    agreement = an_agreement(
        clocks=(
            a_clock((message(via="smtp"), sets("Late", "slow"), writes_field(), changes_list())),
        ),
        texts=texts,
        create_leads=False,
    )
    decision = decide(a_lead(wanted=""), HANDED_OVER, terms(MONDAY, agreement=agreement))

    [about, *words] = shown(decision, Action.NOTIFY)
    assert about.startswith("+ message to Ana (ana@sandbox.example) by smtp, not before ")
    assert words == ["  subject: Call Lou Reed", "  | Now.", "  | Really."]
    assert shown(decision, Action.STATUS) == ["~ status: unknown -> Late", "  why: slow"]
    assert shown(decision, Action.PROPERTY) == ["~ wanted: nothing -> yes"]
    assert shown(decision, Action.LIST) == ["+ onto list nurture"]
    assert [described(w) for w in decision.writes if w.action in TOLD] == [
        "message: Call Lou Reed", "set a property: wanted", "change a list: nurture",
    ]  # fmt: skip


def requests(text: str = "") -> Effect:
    return Effect(EffectKind.PROGRAMME, name="begin_nurture", text=text)


def test_a_rung_has_a_campaign_run_once_and_says_since_when() -> None:
    decision = decided((requests(),))

    [write] = of(decision, Action.PROGRAMME)
    assert (write.system, write.target) == ("hubspot", CONTACT)
    assert write.values == {"programme": "begin_nurture", "at": MONDAY.isoformat()}
    assert shown(decision, Action.PROGRAMME) == ["+ programme begin_nurture"]
    assert described(write) == "request a programme: begin_nurture"


def test_the_words_of_a_rung_go_with_its_campaign() -> None:
    texts = {"remind": Text("Back: $lead", "No budget yet.\nAgain in May.")}
    agreement = an_agreement(clocks=(a_clock((requests("remind"),)),), texts=texts)

    decision = decide(a_lead(), HANDED_OVER, terms(MONDAY, agreement=agreement))

    [write] = of(decision, Action.PROGRAMME)
    assert write.values["tokens"] == {
        "slasyncSubject": "Back: Lou Reed", "slasyncText": "No budget yet.\nAgain in May.",
    }  # fmt: skip
    assert shown(decision, Action.PROGRAMME)[1:] == [
        "  | Back: Lou Reed", "  | No budget yet.", "  | Again in May.",
    ]  # fmt: skip


def test_a_campaign_is_requested_for_no_lead_that_marketing_does_not_know() -> None:
    decision = decided((requests(),), lead=a_lead(RECORD))

    assert not of(decision, Action.PROGRAMME)
    assert "day_0: hubspot has no contact of this lead" in decision.because


def test_a_list_left_is_shown_as_what_goes() -> None:
    assert shown(decided((changes_list("remove"),)), Action.LIST) == ["- off list nurture"]
