"""Fields that two systems keep: read, compared with what was agreed, written, and read again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.caps import Caps
from slasync.domain.facts import FactKind
from slasync.domain.identity.three_way import Base, ConflictKind
from slasync.domain.lead import LeadKey, Ref, Value
from slasync.domain.modes import LeadMode, Mode
from slasync.domain.writes import Action
from slasync.ports import ActivityReading
from slasync.sandbox.world import Chance
from slasync.store.kept_fields import FieldConflict
from slasync.store.modes import LeadModeRow
from slasync.store.outbox_values import State
from slasync.store.unit import Unit, reading, transaction
from slasync.systems import Direction, FieldMapping
from slasync.workers.fields import Fields, settle_conflict
from slasync.workers.kept_alike import kept_in
from slasync.workers.pulling.ingest import Rules
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.mirror import Mirror

CONTACT, RECORD = Ref("hubspot", "contact", "1"), Ref("salesforce", "lead", "00Q1")
LEAD = LeadKey(str(CONTACT))
RULES = Rules(watched=frozenset({"title"}), kept=frozenset({"title"}))
A_WHILE = timedelta(minutes=10)


@dataclass
class Two:
    """Two systems that keep a title, and a daemon that keeps them alike."""

    engine: Engine
    crm: Direction = Direction.TWO_WAY
    marketing: Direction = Direction.TWO_WAY
    nulls: bool = False
    writes: bool = True
    most: int = 200
    mirror: Mirror = field(init=False)
    held: dict[Ref, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.engine)

    @property
    def step(self) -> Fields:
        def mapping(direction: Direction) -> list[FieldMapping]:
            return [FieldMapping("title", "Title", direction, nulls=self.nulls)]

        kept = kept_in({
            ("salesforce", "lead"): mapping(self.crm),
            ("hubspot", "contact"): mapping(self.marketing),
        })  # fmt: skip
        seams = Seams(clock=self.mirror.clock, chance=Chance(1))
        return Fields(
            self.engine, seams, kept, "00D1", lambda _: "fields", self.writes,
            Caps(total=self.most),
        )  # fmt: skip

    def say(self, ref: Ref, title: Value, **more: Any) -> None:
        """Have somebody change a record; it is read, and the step runs."""
        self.mirror.advance(A_WHILE)
        self.held[ref] = title
        fields: Mapping[str, Value] = {"title": title}
        person = self.mirror.person(ref=ref, email="lou@x.example", fields=fields, **more)
        self.mirror.take(person, rules=RULES)
        while self.step.run():
            pass

    def agree(self, title: Value) -> None:
        self.say(CONTACT, title)
        self.say(RECORD, title)

    def queued(self) -> dict[Ref, Value]:
        """Return what is on its way."""
        with reading(self.engine) as unit:
            views = unit.outbox.of_lead(LEAD)
        return {
            v.write.target: v.write.values["value"]
            for v in views
            if v.state is State.PENDING and v.write.target
        }

    def send(self) -> int:
        """Let what is queued take effect, and be read again; return how many writes that were."""
        wanted = self.queued()
        with transaction(self.engine) as unit:
            keys = [v.key for v in unit.outbox.of_lead(LEAD) if v.state is State.PENDING]
            unit.outbox.supersede(keys, "taken as sent by the test", self.mirror.clock.now())
        for ref, title in wanted.items():
            self.say(ref, title)
        return len(wanted)

    def conflict(self) -> FieldConflict | None:
        with reading(self.engine) as unit:
            return unit.kept_fields.conflicts([LEAD]).get((LEAD, "title"))

    def settle(self, title: Value) -> None:
        conflict = self.conflict()
        assert conflict is not None
        with transaction(self.engine) as unit:
            settle_conflict(unit, conflict, Base(title), "mia", self.mirror.clock.now())
        while self.step.run():
            pass

    def ask(self, question: Any) -> Any:
        with reading(self.engine) as unit:
            return question(unit)


@pytest.fixture
def two(engine: Engine) -> Two:
    made = Two(engine)
    made.agree("Head of IT")
    return made


def test_what_changed_in_one_system_is_written_to_the_other_once(two: Two) -> None:
    two.say(RECORD, "CIO")
    assert two.queued() == {CONTACT: "CIO"}

    assert two.send() == 1
    two.say(RECORD, "CIO")

    assert two.queued() == {}
    assert two.conflict() is None


def test_the_same_change_has_the_same_key_however_often_it_is_looked_at(two: Two) -> None:
    two.say(RECORD, "CIO")
    two.say(RECORD, "CIO", status="Working")
    two.say(CONTACT, "Head of IT", owner=None)

    assert len(two.ask(lambda unit: unit.outbox.of_lead(LEAD))) == 1


def test_what_is_written_says_what_stood_there_before(two: Two) -> None:
    two.say(RECORD, "CIO")
    (view,) = two.ask(lambda unit: unit.outbox.of_lead(LEAD))

    assert view.write.action is Action.PROPERTY
    assert view.write.values == {"field": "title", "value": "CIO", "before": "Head of IT"}
    assert "title kept alike: 'Head of IT' becomes 'CIO'" in view.write.because


def test_what_changed_in_both_is_kept_with_both_values_until_a_person_settles_it(two: Two) -> None:
    two.mirror.advance(A_WHILE)
    two.writes = False  # both are changed before either is written
    two.say(RECORD, "CIO")
    two.writes = True
    two.say(CONTACT, "CTO")

    conflict = two.conflict()
    assert conflict is not None
    assert (conflict.kind, conflict.base) == (ConflictKind.BOTH_CHANGED, Base("Head of IT"))
    assert {side.ref: side.value for side in conflict.sides} == {RECORD: "CIO", CONTACT: "CTO"}
    assert two.queued() == {}

    two.settle("CTO")
    assert two.queued() == {RECORD: "CTO"}
    two.send()

    assert two.conflict() is None
    two.say(CONTACT, "COO")
    assert two.queued() == {RECORD: "COO"}


def test_a_write_that_still_waits_does_not_undo_what_somebody_did_meanwhile(two: Two) -> None:
    two.say(RECORD, "CIO")
    assert two.queued() == {CONTACT: "CIO"}

    two.say(CONTACT, "CTO")

    assert two.queued() == {}
    assert two.conflict() is not None


def test_a_later_change_takes_the_place_of_one_that_still_waits(two: Two) -> None:
    two.say(RECORD, "CIO")
    two.say(RECORD, "CEO")
    assert two.queued() == {CONTACT: "CEO"}

    two.say(RECORD, "Head of IT")

    assert two.queued() == {}


def test_a_conflict_that_the_systems_put_right_themselves_is_gone(two: Two) -> None:
    two.writes = False
    two.say(RECORD, "CIO")
    two.writes = True
    two.say(CONTACT, "CTO")
    assert two.conflict() is not None

    two.say(CONTACT, "CIO")

    assert two.conflict() is None


@pain("also/echoes")
@fault("V32")
def test_two_systems_that_undo_each_other_are_left_alone_and_a_person_is_told(two: Two) -> None:
    """Something else in the CRM sets the title back as often as we write it."""
    rounds = 0
    while two.conflict() is None:
        two.say(RECORD, "CIO")
        two.send()
        two.say(CONTACT, "Head of IT")
        two.send()
        rounds += 1
        assert rounds < 5

    conflict = two.conflict()
    assert conflict is not None
    assert conflict.kind is ConflictKind.LOOP
    assert "it goes to and fro between" in conflict.why
    two.say(RECORD, "CIO")
    two.say(RECORD, "Head of IT")
    two.say(RECORD, "CIO")
    assert two.queued() == {}

    two.settle("CIO")
    assert two.queued() == {CONTACT: "CIO"}
    two.send()
    two.say(RECORD, "CEO")
    assert two.queued() == {CONTACT: "CEO"}


def test_the_newest_wins_by_the_times_that_the_systems_tell(engine: Engine) -> None:
    two = Two(engine, crm=Direction.NEWEST_WINS, marketing=Direction.NEWEST_WINS)
    two.agree("Head of IT")
    two.writes = False
    two.say(RECORD, "CIO")
    two.writes = True
    two.say(CONTACT, "CTO")  # some time after the version of it that we know, perhaps before

    conflict = two.conflict()
    assert conflict is not None
    assert conflict.kind is ConflictKind.WHICH_IS_NEWER
    at = two.mirror.crm.now() - timedelta(minutes=1)
    told = ActivityReading(
        ref=Ref("hubspot", "activity", "1"), about=CONTACT, kind=FactKind.CHANGED, occurred_at=at,
        modified_at=at, data={"title": "CTO"},
    )  # fmt: skip
    two.mirror.take(told, rules=RULES)
    while two.step.run():
        pass

    assert two.queued() == {RECORD: "CTO"}


def test_a_blank_goes_over_only_where_nulls_are_written(engine: Engine) -> None:
    two = Two(engine, nulls=True)
    two.agree("Head of IT")
    two.say(RECORD, None)

    assert two.queued() == {CONTACT: None}


def test_a_blank_stays_where_it_is_by_default(two: Two) -> None:
    two.say(RECORD, None)

    assert two.queued() == {}


def test_nothing_is_written_in_a_mode_that_writes_nothing_and_all_of_it_afterwards(
    two: Two,
) -> None:
    two.writes = False
    two.say(RECORD, "CIO")
    assert two.queued() == {}

    two.writes = True
    with transaction(two.engine) as unit:
        unit.kept_fields.wake(two.mirror.clock.now())
    while two.step.run():
        pass

    assert two.queued() == {CONTACT: "CIO"}


def test_nothing_is_written_to_a_lead_whose_team_writes_nothing(two: Two) -> None:
    observe = LeadMode(Mode.OBSERVE, ("inbound",), "its team")
    with transaction(two.engine) as unit:
        unit.modes.put([LeadModeRow(LEAD, observe, two.mirror.clock.now(), None)])

    two.say(RECORD, "CIO")

    assert two.queued() == {}


def test_above_the_cap_of_an_hour_leads_wait_for_the_next(two: Two) -> None:
    two.most = 0
    two.say(RECORD, "CIO")
    assert two.queued() == {}

    two.most = 200
    two.mirror.advance(timedelta(hours=1))
    assert two.step.next_at() is not None
    while two.step.run():
        pass

    assert two.queued() == {CONTACT: "CIO"}


def test_a_converted_lead_is_no_side_any_more(two: Two) -> None:
    two.say(RECORD, "CIO", converted={"contact": "0031"})

    assert two.queued() == {}


def test_the_shipped_directions_keep_nothing_alike() -> None:
    plain = [FieldMapping("title", "Title", Direction.BOTH)]
    one_way = [FieldMapping("title", "jobtitle", Direction.READ)]

    assert kept_in({("salesforce", "lead"): plain, ("hubspot", "contact"): one_way}) == {}


def test_what_one_side_reads_another_may_be_written_from() -> None:
    sides = kept_in({
        ("salesforce", "lead"): [FieldMapping("title", "Title", Direction.UNLESS_BLANK)],
        ("hubspot", "contact"): [FieldMapping("title", "jobtitle", Direction.READ)],
    })  # fmt: skip

    assert {place: keeping.value for place, (keeping, _) in sides["title"].items()} == {
        ("salesforce", "lead"): "unless_blank", ("hubspot", "contact"): "read",
    }  # fmt: skip


def test_leads_whose_fields_nobody_keeps_alike_are_not_looked_at(engine: Engine) -> None:
    mirror = Mirror(engine)
    mirror.take(mirror.person(ref=CONTACT))

    def waiting(unit: Unit) -> int:
        return unit.kept_fields.waiting()

    with reading(engine) as unit:
        assert waiting(unit) == 0
