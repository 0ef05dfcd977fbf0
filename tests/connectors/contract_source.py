"""What every source promises. Suites bring a rig, and one whose pages hold three rows."""

from datetime import datetime
from typing import Any, Protocol

import pytest

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, UserKey, UserKind
from slasync.errors import TryLater
from slasync.ports import ActivityReading, Ask, PersonReading, Reading, Source, UserReading
from tests.faults.marks import fault


class Advancing(Protocol):
    """A clock that a test moves."""

    def now(self) -> datetime: ...
    def advance(self, by: float) -> object: ...


class ReadingRig(Protocol):
    """A system that is read, seen by the people who work in it."""

    @property
    def clock(self) -> Advancing: ...
    @property
    def source(self) -> Source: ...
    def lead(self) -> Ref: ...
    def delete(self, ref: Ref) -> None: ...
    def cut_off(self) -> None: ...


class SourceRig(ReadingRig, Protocol):
    """A CRM."""

    def rep(self) -> UserKey: ...
    def machine(self) -> UserKey: ...
    def lead(self, owner: UserKey | None = None, email: str = "") -> Ref: ...
    def reassign(self, ref: Ref, owner: UserKey) -> None: ...
    def convert(self, ref: Ref) -> None: ...
    def log_call(self, ref: Ref, by: UserKey) -> None: ...


def read_all(rig: ReadingRig, stream: str, since: datetime | None = None) -> list[Reading]:
    """Make one complete pass over a stream, page by page."""
    name, upto = f"{rig.source.system}.{stream}", rig.source.vendor_now()
    readings: list[Reading] = []
    position = None
    for _ in range(100):
        answer = rig.source.read([Ask(name, upto, since, position)])[0]
        assert answer.error is None
        assert not answer.rejected
        readings.extend(answer.readings)
        position = answer.position
        if answer.wait is not None:
            rig.clock.advance(answer.wait.total_seconds())
        elif position is None:
            return readings
    raise AssertionError("the pass does not end")


def people(
    rig: ReadingRig, since: datetime | None = None, stream: str = "leads"
) -> dict[Ref, PersonReading]:
    read = read_all(rig, stream, since)
    return {each.ref: each for each in read if isinstance(each, PersonReading)}


class ReadingContract:
    """What any source promises. Inherit, and give `rig` and `small_pages` as fixtures."""

    stream = "leads"
    """Where its people are read, of the name behind the system's."""

    def edit(self, rig: Any, ref: Ref) -> None:
        """Have somebody change a record."""
        rig.reassign(ref, rig.rep())

    def named(self, rig: ReadingRig) -> str:
        return f"{rig.source.system}.{self.stream}"

    @fault("V22")
    def test_many_rows_with_one_stamp_are_each_read_once(self, small_pages: ReadingRig) -> None:
        leads = [small_pages.lead() for _ in range(10)]
        read = [reading.ref for reading in read_all(small_pages, self.stream)]
        assert sorted(read) == sorted(leads)

    @fault("V20")
    def test_a_page_is_the_same_when_it_is_read_again(self, small_pages: ReadingRig) -> None:
        for _ in range(7):
            small_pages.lead()
        source = small_pages.source
        first = source.read([Ask(self.named(small_pages), source.vendor_now())])[0]
        ask = Ask(self.named(small_pages), source.vendor_now(), None, first.position)
        assert source.read([ask]) == source.read([ask])

    def test_an_increment_holds_what_changed_since_and_nothing_older(self, rig: ReadingRig) -> None:
        old, changed = rig.lead(), rig.lead()
        rig.clock.advance(60)
        since = rig.source.vendor_now()
        rig.clock.advance(60)
        self.edit(rig, changed)
        found = people(rig, since, self.stream)
        assert changed in found
        assert old not in found

    def test_both_ends_of_the_interval_belong_to_it(self, rig: ReadingRig) -> None:
        lead = rig.lead()
        now = rig.clock.now()
        answer = rig.source.read([Ask(self.named(rig), upto=now, since=now)])[0]
        assert [r.ref for r in answer.readings if isinstance(r, PersonReading)] == [lead]

    def test_what_changed_after_the_interval_is_left_for_the_next(self, rig: ReadingRig) -> None:
        rig.lead()
        upto = rig.clock.now()
        rig.clock.advance(1)
        later = rig.lead()
        answer = rig.source.read([Ask(self.named(rig), upto)])[0]
        assert later not in [reading.ref for reading in answer.readings]

    @fault("V21")
    def test_rows_that_change_while_a_pass_reads_are_not_lost(
        self, small_pages: ReadingRig
    ) -> None:
        rig, leads = small_pages, [small_pages.lead() for _ in range(8)]
        start = rig.source.vendor_now()
        first = rig.source.read([Ask(self.named(rig), start)])[0]
        rig.clock.advance(5)
        self.edit(rig, leads[7])
        seen = {r.ref for r in first.readings}
        position = first.position
        while position is not None:
            answer = rig.source.read([Ask(self.named(rig), start, None, position)])[0]
            seen |= {r.ref for r in answer.readings}
            position = answer.position
            if answer.wait is not None:
                rig.clock.advance(answer.wait.total_seconds())
        seen |= set(people(rig, start, self.stream))
        assert seen == set(leads)

    def test_fetching_leaves_out_what_is_gone(self, rig: ReadingRig) -> None:
        kept, gone = rig.lead(), rig.lead()
        rig.delete(gone)
        assert [reading.ref for reading in rig.source.fetch([gone, kept])] == [kept]

    @fault("V26")
    def test_the_vendors_time_is_never_ahead(self, rig: ReadingRig) -> None:
        rig.clock.advance(0.7)
        assert rig.source.vendor_now() <= rig.clock.now()
        rig.lead()
        rig.clock.advance(3.9)
        assert rig.source.vendor_now() <= rig.clock.now()

    def test_asks_are_answered_in_their_order(self, rig: ReadingRig) -> None:
        now = rig.source.vendor_now()
        asks = [Ask(name, now) for name in reversed(rig.source.streams)]
        assert [a.stream for a in rig.source.read(asks)] == [ask.stream for ask in asks]

    def test_a_system_that_cannot_be_asked_says_so(self, rig: ReadingRig) -> None:
        now = rig.source.vendor_now()
        rig.cut_off()
        with pytest.raises(TryLater):
            rig.source.read([Ask(self.named(rig), now, since=now)])


class SourceContract(ReadingContract):
    """What the source of a CRM promises besides."""

    def test_users_and_queues_are_the_first_streams(self, rig: SourceRig) -> None:
        names = [name.partition(".")[2] for name in rig.source.streams]
        assert names[:2] == ["users", "queues"]

    def test_a_lead_is_read_with_owner_and_fields(self, rig: SourceRig) -> None:
        rep = rig.rep()
        lead = rig.lead(rep, "grace@prospect.example")
        found = people(rig)[lead]
        assert (found.owner, found.email) == (rep, "grace@prospect.example")
        assert found.fields["email"] == "grace@prospect.example"
        assert not found.deleted

    def test_a_deleted_lead_is_read_as_deleted(self, rig: SourceRig) -> None:
        lead = rig.lead()
        rig.delete(lead)
        assert people(rig)[lead].deleted

    def test_a_converted_lead_names_its_contact(self, rig: SourceRig) -> None:
        lead = rig.lead()
        rig.convert(lead)
        converted = people(rig)[lead].converted
        assert converted
        assert converted["contact"]

    def test_a_logged_call_is_a_touch_by_who_made_it(self, rig: SourceRig) -> None:
        lead, rep = rig.lead(), rig.rep()
        rig.clock.advance(30)
        rig.log_call(lead, rep)
        [touch] = [r for r in read_all(rig, "tasks") if isinstance(r, ActivityReading)]
        assert (touch.kind, touch.about, touch.by) == (FactKind.TOUCH, lead, rep)
        assert touch.occurred_at == rig.clock.now()
        assert touch.data["channel"] == "call"

    def test_users_are_people_except_the_integration(self, rig: SourceRig) -> None:
        rep, machine = rig.rep(), rig.machine()
        users = [r.user for r in read_all(rig, "users") if isinstance(r, UserReading)]
        kinds = {user.key: user.kind for user in users}
        assert (kinds[rep], kinds[machine]) == (UserKind.PERSON, UserKind.AUTOMATION)
