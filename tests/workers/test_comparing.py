"""What the CRM's automation makes of our writes: it becomes known, and a person is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from structlog.testing import capture_logs

from slasync.clock import Seams
from slasync.connectors.memory import MemorySink
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import Ref, UserKey, UserKind, lead_key
from slasync.domain.writes import Action, Judged, Write
from slasync.ports import ActivityReading, Receipt
from slasync.sandbox.world import Chance
from slasync.store.joins import Join
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import OutboxItem, OutboxView
from slasync.store.tables import OUTBOX
from slasync.store.unit import transaction
from slasync.workers.pushing.comparing import AFTERWARDS
from slasync.workers.pushing.push import Push
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.store.given import statements
from tests.workers.mirror import Mirror

KNOWN = lead_key(Ref("hubspot", "contact", "9"))
MINUTE = timedelta(minutes=1)
PASSED = timedelta(minutes=9)  # then the mirror is known to be past what was written


class Meddling(MemorySink):
    """The CRM's own rules do something whenever a write has taken effect."""

    meddle: Callable[[Write], object] = staticmethod(lambda _: None)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        told = super().apply(writes)
        for write in writes:
            self.meddle(write)
        return told


@dataclass
class Org:
    """A CRM with a lead of Ana's, its mirror, and a process that writes."""

    mirror: Mirror
    keys: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ana, self.ben, self.chi = (self.mirror.user() for _ in range(3))
        self.us = self.mirror.user(UserKind.AUTOMATION)
        self.lead = self.mirror.lead(owner=self.ana, status="New")
        self.sink = Meddling(self.mirror.crm)
        self.mirror.read()
        self.mirror.advance(MINUTE)

    def give(self, to: UserKey) -> Write:
        return self.sent(Action.OWNER, {"owner": to})

    def sent(self, action: Action, values: dict[str, Any], **more: Any) -> Write:
        """Queue a write and send it."""
        mirror, person = self.mirror, self.mirror.crm.person(self.lead)
        assert person is not None
        judged = Judged(person.owner, person.modified_at, person.status)
        about: dict[str, Any] = {"lead": mirror.keys()[0], "target": self.lead, "judged": judged}
        write = Write(
            key=f"key-{next(self.keys)}", system="salesforce", action=action, values=values,
            **about | more,
        )  # fmt: skip
        now = mirror.clock.now()
        with transaction(mirror.engine) as unit:
            unit.outbox.add([OutboxItem(write, self.sink.lane(write), now)], now)
        seams = Seams(clock=mirror.clock, chance=Chance(1))
        Push(mirror.engine, seams, self.sink, "process").run()
        return write

    def history(self, kind: FactKind, value: UserKey | str, by: UserKey) -> None:
        """Have the CRM's history tell of a change, made now."""
        now = self.mirror.crm.now()
        change = ActivityReading(
            ref=self.mirror.crm.ref("history"), about=self.lead, kind=kind, occurred_at=now,
            modified_at=now, by=by, data={str(kind): value},
        )  # fmt: skip
        self.mirror.crm.put("tasks", change)

    def pass_by(self) -> list[str]:
        """Let time pass and read; return what people are alarmed by."""
        self.mirror.advance(PASSED)
        with capture_logs() as lines:
            self.mirror.read()
        return [line["event"] for line in lines if line["log_level"] == "error"]

    def row(self, write: Write) -> OutboxView:
        found: OutboxView = self.mirror.ask(lambda unit: unit.outbox.get(write.key))
        return found

    def owners(self) -> list[str]:
        facts = sorted(self.mirror.facts(FactKind.OWNER), key=lambda fact: fact.place)
        return [str(fact.data["owner"]) for fact in facts]

    def change(self, **changes: Any) -> None:
        self.mirror.crm.change(self.lead, **changes)


ALARM = ["the CRM changed what was written"]


@pytest.fixture
def org(sqlite_engine: Engine) -> Org:
    return Org(Mirror(sqlite_engine))


@fault("V47")
@pain("P20/unheeded")
def test_a_change_of_owner_that_was_confirmed_and_not_made_is_found(org: Org) -> None:
    org.sink.meddle = lambda _: org.change(owner=org.ana)
    write = org.give(org.ben)
    assert org.owners() == [org.ana, org.ben]  # as it was confirmed

    assert org.pass_by() == ALARM

    assert org.owners() == [org.ana, org.ben, org.ana]
    assert org.row(write).outcome == (
        f"applied, but the owner is {org.ana} since: automation there (a flow, a trigger, an"
        " assignment rule) changed what was written"
    )


@fault("V47")
def test_a_version_from_before_the_write_says_nothing_of_it(org: Org) -> None:
    """What was written shows minutes later than its stamp says, and a rep's note before it."""
    before = org.mirror.crm.person(org.lead)
    assert before is not None
    org.sink.meddle = lambda _: org.mirror.crm.put("leads", before)
    write = org.give(org.ben)

    assert org.pass_by() == []

    assert org.owners() == [org.ana, org.ben]
    assert org.row(write).outcome == "applied"


@fault("V47")
def test_what_was_written_to_two_that_became_one_lead_is_compared_with_what_happened_to_it(
    org: Org,
) -> None:
    second = org.mirror.lead(owner=org.ana, status="New")
    org.mirror.read()
    org.mirror.advance(MINUTE)
    gone, kept = lead_key(org.lead), lead_key(second)
    org.sink.meddle = lambda write: org.mirror.crm.change(write.target or second, owner=org.ana)
    org.sent(Action.OWNER, {"owner": org.ben}, lead=gone)
    org.sent(Action.OWNER, {"owner": org.ben}, lead=kept, target=second)
    with transaction(org.mirror.engine) as unit:
        joined_at = org.mirror.clock.now()
        unit.joins.add(Join(gone, kept, kept, "hand", {}, joined_at))

    assert org.pass_by() == ALARM


@fault("V47")
def test_another_owner_than_was_written_is_what_counts_and_no_person_is_said_to_have_chosen_him(
    org: Org,
) -> None:
    org.sink.meddle = lambda _: org.change(owner=org.chi)
    org.give(org.ben)
    org.pass_by()

    last: Fact = max(org.mirror.facts(FactKind.OWNER), key=lambda fact: fact.place)
    assert (last.data["owner"], last.by, last.source) == (org.chi, None, "salesforce")


@fault("V47", "V37")
def test_automation_that_the_history_tells_of_is_told_without_a_second_fact(org: Org) -> None:
    def meddle(_: Write) -> None:
        org.mirror.advance(MINUTE / 60)
        org.change(owner=org.chi)
        org.history(FactKind.OWNER, org.chi, org.us)

    org.sink.meddle = meddle
    write = org.give(org.ben)

    assert org.pass_by() == ALARM
    assert org.owners() == [org.ana, org.ben, org.chi]
    assert f"the owner is {org.chi} since" in str(org.row(write).outcome)


@fault("V47")
def test_a_status_that_was_put_back_is_found(org: Org) -> None:
    org.sink.meddle = lambda _: org.change(status="Working")
    write = org.sent(Action.STATUS, {"status": "Recycled"})

    assert org.pass_by() == ALARM
    assert "the status is Working since" in str(org.row(write).outcome)
    statuses = [fact.data["status"] for fact in org.mirror.facts(FactKind.STATUS)]
    assert "Working" in statuses


@fault("V47")
def test_what_a_person_changed_after_us_is_his_choice(org: Org) -> None:
    write = org.give(org.ben)
    org.mirror.advance(MINUTE)
    org.change(owner=org.chi)
    org.history(FactKind.OWNER, org.chi, org.ana)

    assert org.pass_by() == []
    assert org.row(write).outcome == "applied"


@fault("V47")
@pytest.mark.parametrize("back", [False, True])
def test_what_a_person_chose_after_us_in_one_second_is_his_choice_though_its_stamp_is_earlier(
    org: Org, *, back: bool
) -> None:
    """A simulated day: the CRM tells whole seconds, and ours was sent in the middle of one."""
    chosen = org.ana if back else org.chi

    def meddle(_: Write) -> None:
        org.change(owner=chosen)
        org.history(FactKind.OWNER, chosen, org.ana)

    org.mirror.advance(timedelta(seconds=0.4))
    org.sink.meddle = meddle
    write = org.give(org.ben)

    assert org.pass_by() == []
    last: Fact = max(org.mirror.facts(FactKind.OWNER), key=lambda fact: fact.place)
    assert (last.data["owner"], last.by) == (chosen, org.ana)
    assert org.row(write).outcome == "applied"


@fault("V47")
def test_what_was_stored_as_it_was_written_is_right(org: Org) -> None:
    write = org.give(org.ben)

    assert org.pass_by() == []
    assert org.row(write).outcome == "applied"
    assert org.owners() == [org.ana, org.ben]


@fault("V47")
def test_of_two_changes_of_ours_the_later_is_compared(org: Org) -> None:
    first = org.give(org.ben)
    org.mirror.advance(MINUTE)
    second = org.give(org.chi)

    assert org.pass_by() == []
    assert [org.row(write).outcome for write in (first, second)] == ["applied", "applied"]


@fault("V47")
def test_nothing_is_said_before_the_mirror_is_past_the_write(org: Org) -> None:
    org.sink.meddle = lambda _: org.change(owner=org.ana)
    org.give(org.ben)
    org.mirror.advance(MINUTE)
    with capture_logs() as lines:
        org.mirror.read()

    assert [line["event"] for line in lines if line["log_level"] == "error"] == []
    assert org.pass_by() == ALARM


@fault("V47")
def test_what_shows_later_than_another_change_of_the_same_second_is_not_missed_yet(
    org: Org,
) -> None:
    org.sink.meddle = lambda _: org.change(owner=org.ana)  # all that can be read of it so far
    org.give(org.ben)
    org.mirror.advance(4 * MINUTE)
    with capture_logs() as lines:
        org.mirror.read()
    org.change(owner=org.ben)

    assert [line["event"] for line in lines if line["log_level"] == "error"] == []
    assert org.pass_by() == []
    assert org.owners()[-1] == org.ben


@fault("V47")
def test_each_write_is_compared_once(org: Org) -> None:
    org.sink.meddle = lambda _: org.change(owner=org.ana)
    org.give(org.ben)
    org.pass_by()

    assert org.pass_by() == []
    assert org.owners() == [org.ana, org.ben, org.ana]


def test_while_nothing_is_written_most_passes_do_not_ask_whether_there_is(org: Org) -> None:
    pull, asked = org.mirror.pull(), list[bool]()
    for _ in range(20):
        org.mirror.advance(MINUTE)
        with statements(org.mirror.engine) as told:
            pull.run()
        asked.append(any("outbox.settled_at >" in text for text in told))

    assert 1 <= sum(asked) <= 4


@fault("V47")
def test_what_is_written_after_many_idle_passes_of_one_process_is_compared(org: Org) -> None:
    pull = org.mirror.pull()
    for _ in range(20):
        org.mirror.advance(MINUTE)
        pull.run()
    org.sink.meddle = lambda _: org.change(owner=org.ana)
    org.give(org.ben)
    with capture_logs() as lines:
        for _ in range(20):
            org.mirror.advance(MINUTE)
            pull.run()

    assert [line["event"] for line in lines if line["log_level"] == "error"] == ALARM


@fault("V47")
def test_a_lead_that_is_gone_or_converted_has_no_owner_to_be_compared(org: Org) -> None:
    def convert(_: Write) -> None:
        org.change(owner=org.chi, converted={"contact": "003"})

    org.sink.meddle = convert
    org.give(org.ben)

    assert org.pass_by() == []


def made_for_ben(org: Org) -> Write:
    """Have a lead be made of somebody whom marketing knows."""
    with transaction(org.mirror.engine) as unit:
        unit.leads.put([LeadUpdate(KNOWN, None, {}, None)], org.mirror.clock.now())
    values = {"owner": org.ben, "lead_key": KNOWN}
    return org.sent(Action.CREATE_LEAD, values, lead=KNOWN, target=None, judged=None)


def test_a_lead_made_by_us_is_compared_as_well(org: Org) -> None:
    made: list[Ref] = []

    def meddle(write: Write) -> None:
        person = org.mirror.crm.lead_of(str(write.values["lead_key"]))
        assert person is not None
        made.append(person.ref)
        org.mirror.crm.change(person.ref, owner=org.chi)

    org.sink.meddle = meddle
    write = made_for_ben(org)

    assert org.pass_by() == ALARM
    assert org.row(write).external_ref == str(made[0])


def test_another_owner_of_a_lead_made_by_us_has_it_since_then_not_since_its_last_change(
    org: Org,
) -> None:
    """Simulated day 40452: an earlier try had made it, for whom the CRM then refused; his clock
    began with what we showed of it later.
    """
    mirror = org.mirror
    ref = mirror.lead(owner=org.chi, lead_key=KNOWN, since=mirror.clock.now())
    mirror.advance(MINUTE)
    write = made_for_ben(org)
    mirror.advance(MINUTE)
    mirror.crm.change(ref, fields={"Shown": "overdue"})

    assert org.pass_by() == ALARM
    (found,) = [f for f in mirror.facts(FactKind.OWNER) if ":instead:" in f.source_id]
    assert found.data == {"owner": org.chi}
    assert found.occurred_at - AFTERWARDS == org.row(write).sent_at


def test_a_first_reading_dated_after_a_lead_was_made_says_nothing_of_whom_we_gave_it(
    org: Org,
) -> None:
    """Simulated day 95030: the CRM's history tells of owners, so that reading stands back behind
    what we wrote; whom the CRM kept in his place was not learned.
    """
    mirror = org.mirror
    ref = mirror.lead(owner=org.chi, lead_key=KNOWN)
    write = made_for_ben(org)
    mirror.advance(MINUTE)
    mirror.crm.change(ref, since=mirror.clock.now())

    assert org.pass_by() == ALARM
    told = [f for f in mirror.facts(FactKind.OWNER) if f.about == str(ref) and f.source != OURS]
    first, found = sorted(told, key=lambda fact: ":instead:" in fact.source_id)
    assert first.data == {"owner": org.chi, "history": True}
    assert first.occurred_at > found.occurred_at - AFTERWARDS == org.row(write).sent_at
    assert found.data == {"owner": org.chi}


def test_a_write_that_cannot_be_compared_holds_up_no_reading(org: Org) -> None:
    write = org.give(org.ben)
    one = OUTBOX.c.key == write.key
    with transaction(org.mirror.engine) as unit:
        payload = unit.db.execute(select(OUTBOX.c.payload).where(one)).scalar_one()
        unit.db.execute(update(OUTBOX).where(one).values(payload=payload | {"values": {}}))
    org.change(owner=org.chi)

    with pytest.raises(KeyError):
        org.pass_by()

    records = org.mirror.ask(lambda unit: unit.records.current([org.lead]))
    assert records[org.lead].owner == org.chi
    assert org.mirror.cursor().upto is None
