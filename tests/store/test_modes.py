"""Modes of leads and what shadow kept back, as they are stored."""

from datetime import timedelta

from sqlalchemy import Engine

from slasync.domain.lead import LeadKey
from slasync.domain.modes import LeadMode, Mode
from slasync.domain.writes import Action, DigestLine, Write
from slasync.store.leads import LeadUpdate, Summary
from slasync.store.modes import LeadModeRow, ModeCount
from slasync.store.unit import reading, transaction
from tests.store.given import NOW

ONE, OTHER, THIRD = LeadKey("hubspot:contact:1"), LeadKey("hubspot:contact:2"), LeadKey("x:y:3")


def row(lead: LeadKey, mode: Mode, *teams: str, last: str | None = None) -> LeadModeRow:
    return LeadModeRow(lead, LeadMode(mode, teams, "said so"), NOW, last)


def write(key: str, lead: LeadKey = ONE) -> Write:
    values = {"owner": "005ANA"}
    return Write(key=key, lead=lead, system="salesforce", action=Action.OWNER, values=values)


def test_the_last_mode_of_a_lead_stands(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.modes.put([row(ONE, Mode.SHADOW, "dach", last="left0001:"), row(OTHER, Mode.ENFORCE)])
        unit.modes.put([row(ONE, Mode.OBSERVE, "inbound")])
    with reading(engine) as unit:
        assert unit.modes.of([ONE, THIRD]) == {ONE: row(ONE, Mode.OBSERVE, "inbound")}


def test_leads_that_nothing_is_written_to_are_told_from_the_others(engine: Engine) -> None:
    rows = [row(ONE, Mode.SHADOW, last="left0001:"), row(OTHER, Mode.ENFORCE)]
    with transaction(engine) as unit:
        unit.modes.put([*rows, row(THIRD, Mode.OBSERVE)])
    with reading(engine) as unit:
        assert unit.modes.stopped([ONE, OTHER]) == {ONE: "left0001:"}
        assert unit.modes.not_enforced() == [ONE, THIRD]


def test_leads_at_work_are_counted_by_teams_and_mode(engine: Engine) -> None:
    leads = [LeadKey(f"hubspot:contact:{number}") for number in range(5)]
    states = ["open", "overdue", "open", "converted", ""]
    with transaction(engine) as unit:
        unit.leads.put([LeadUpdate(key, None, {}, None) for key in leads], NOW)
        pairs = zip(leads, states, strict=True)
        unit.leads.summarise([Summary(k, "mql", None, state, None) for k, state in pairs], NOW)
        unit.modes.put([row(key, Mode.SHADOW, "dach") for key in leads[1:]])
        unit.modes.put([row(leads[0], Mode.ENFORCE, "dach", "inbound")])
    with reading(engine) as unit:
        assert unit.modes.counts() == [
            ModeCount(("dach",), Mode.SHADOW, 2),
            ModeCount(("dach", "inbound"), Mode.ENFORCE, 1),
        ]


def test_a_write_is_kept_back_once_and_as_it_was_first(engine: Engine) -> None:
    later = NOW + timedelta(hours=1)
    with transaction(engine) as unit:
        assert unit.shadow.first_at() is None
        assert unit.shadow.add([(("dach",), [write("a"), write("b")])], NOW) == 2
        assert unit.shadow.add([(("inbound",), [write("a"), write("c", OTHER)])], later) == 1
    with reading(engine) as unit:
        found = unit.shadow.between(NOW, later)
        assert unit.shadow.known(["a", "c", "z"]) == {"a", "c"}
        assert unit.shadow.first_at() == NOW
    assert {lead: [kept.write.key for kept in every] for lead, every in found.items()} == {
        ONE: ["a", "b"],
        OTHER: ["c"],
    }
    assert (found[ONE][0].at, found[ONE][0].teams, found[ONE][0].write) == (
        NOW,
        ("dach",),
        write("a"),
    )


def test_both_ends_of_a_time_belong_to_it(engine: Engine) -> None:
    second = timedelta(seconds=1)
    with transaction(engine) as unit:
        unit.shadow.add([((), [write("a")])], NOW)
    with reading(engine) as unit:
        assert unit.shadow.between(NOW, NOW)
        assert not unit.shadow.between(NOW + second, NOW + 2 * second)
        assert not unit.shadow.between(NOW - 2 * second, NOW - second)


def test_leads_that_are_or_were_shadowed_are_found(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.modes.put([row(OTHER, Mode.SHADOW), row(THIRD, Mode.OBSERVE), row(ONE, Mode.ENFORCE)])
        unit.shadow.add([((), [write("a", ONE), write("b", ONE)])], NOW)
    with reading(engine) as unit:
        assert unit.modes.ever_shadowed() == [ONE, OTHER]


def test_lines_of_some_leads_are_told_to_nobody_any_more(engine: Engine) -> None:
    lines = [DigestLine(f"k{lead}", lead, "lea@x.example", "stale") for lead in (ONE, OTHER)]
    with transaction(engine) as unit:
        unit.digests.add(lines, NOW)
        assert unit.digests.withdraw([ONE]) == 1
        assert unit.digests.withdraw([ONE]) == 0
        assert [line.lead for line in unit.digests.lines(["lea@x.example"], NOW)] == [OTHER]
