"""Messages as writes: what a batch of them comes to, one by one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from slasync.connectors.memory import MemorySink, MemorySystem
from slasync.connectors.notify import MESSAGES, MessageSink
from slasync.domain.digests.addressees import Hours
from slasync.domain.lead import LeadKey, Member, Pool, Ref
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import NOTIFY, Action, Role, Write
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Outcome, Receipt
from tests.builders import DAY, HOUR, MONDAY, POOL, nine_to_five
from tests.connectors.in_process import DrivenClock
from tests.workers.letters import Letterbox

SYDNEY = Pool("sydney", ("syd@sandbox.example",), calendar="sydney")


def a_message(number: int = 1, to: str = "ana@sandbox.example", **values: Any) -> Write:
    ordinary = {
        "to": to,
        "name": "Ana",
        "subject": f"Call lead {number}",
        "text": "Now",
        "at": MONDAY.isoformat(),
        "via": "",
    }
    return Write(
        key=f"k{number}", lead=LeadKey(f"hubspot:contact:{number}"), system=NOTIFY,
        action=Action.NOTIFY, values=ordinary | values, role=Role.OWNER,
    )  # fmt: skip


class Rig:
    def __init__(self, *channels: str) -> None:
        self.clock = DrivenClock()
        self.crm = MemorySystem(self.clock, "salesforce")
        self.boxes = {name: Letterbox(name, clock=self.clock) for name in channels or ("smtp",)}
        calendars: dict[str, Calendar] = {
            "office": nine_to_five(),
            "sydney": nine_to_five("Australia/Sydney", "sydney"),
        }
        pools = {"inbound": POOL, "sydney": SYDNEY}
        hours = Hours(pools, calendars, "office")
        ways = tuple(self.boxes.values())
        self.sink = MessageSink(ways, hours, MemorySink(self.crm), self.clock)

    @property
    def box(self) -> Letterbox:
        return next(iter(self.boxes.values()))

    def send(self, *writes: Write) -> Sequence[Receipt]:
        return self.sink.apply(writes)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def test_each_message_is_told_for_itself_in_order() -> None:
    rig = Rig()
    rig.box.fails.append(Refused("no such reader"))

    receipts = rig.send(a_message(1), a_message(2))

    assert outcomes(receipts) == [Outcome.REFUSED, Outcome.APPLIED]
    assert [mail.key for mail in rig.box.taken] == ["k2"]
    assert receipts[0].message == "no such reader"


def test_a_way_that_is_out_of_reach_from_the_first_on_stops_the_batch() -> None:
    rig = Rig()
    rig.box.fails.append(TryLater("out of reach", timedelta(minutes=3)))

    with pytest.raises(TryLater) as raised:
        rig.send(a_message(1), a_message(2))

    assert raised.value.after == timedelta(minutes=3)
    assert rig.box.taken == []


def test_what_was_sent_before_the_way_broke_is_not_forgotten() -> None:
    rig = Rig()
    rig.box.lost.append(TryLater("lost", unknown=True))

    receipts = rig.send(a_message(1), a_message(2), a_message(3))

    assert outcomes(receipts) == [Outcome.UNKNOWN, Outcome.TRY_LATER, Outcome.TRY_LATER]
    assert [mail.key for mail in rig.box.taken] == ["k1"]


def test_a_refused_login_is_not_tried_again_at_once() -> None:
    rig = Rig()
    rig.box.fails.append(Stopped("the password is wrong"))

    with pytest.raises(TryLater, match="the password is wrong") as raised:
        rig.send(a_message())

    assert raised.value.after is not None
    assert raised.value.after >= timedelta(minutes=5)
    assert not raised.value.unknown


@pytest.mark.parametrize(
    ("to", "at", "waits"),
    [
        ("ana@sandbox.example", MONDAY, None),
        ("ana@sandbox.example", MONDAY + 8 * HOUR, 16 * HOUR),
        ("ANA@sandbox.example", MONDAY + 8 * HOUR, 16 * HOUR),
        ("syd@sandbox.example", MONDAY, 13 * HOUR),  # 20:00 in Sydney
        ("somebody@else.example", MONDAY + 4 * DAY + 8 * HOUR, 2 * DAY + 16 * HOUR),
        ("sydney", MONDAY, 13 * HOUR),  # its channel
    ],
)
def test_everybody_is_written_to_in_his_own_hours(
    to: str, at: datetime, waits: timedelta | None
) -> None:
    rig = Rig()
    rig.clock.advance((at - rig.clock.now()).total_seconds())

    [receipt] = rig.send(a_message(to=to))

    assert receipt.after == waits
    assert receipt.outcome is (Outcome.TRY_LATER if waits else Outcome.APPLIED)
    assert len(rig.box.taken) == (0 if waits else 1)


def test_a_members_own_hours_count_before_the_pools() -> None:
    own = Pool(
        "inbound", ("ana@sandbox.example",), of={"ana@sandbox.example": Member(calendar="s")}
    )
    calendars = {"s": nine_to_five("Australia/Sydney", "s"), "office": nine_to_five()}
    hours = Hours({"inbound": own}, calendars, "office")

    assert hours.opens("Ana@sandbox.example", MONDAY) == MONDAY + 13 * HOUR


def test_a_reader_who_sleeps_does_not_keep_the_next_one_waiting() -> None:
    rig = Rig()

    receipts = rig.send(a_message(1, to="syd@sandbox.example"), a_message(2))

    assert outcomes(receipts) == [Outcome.TRY_LATER, Outcome.APPLIED]


def test_a_calendar_that_has_ended_is_said_and_looked_at_again() -> None:
    rig = Rig()
    rig.clock.advance((datetime(2029, 1, 2, tzinfo=MONDAY.tzinfo) - MONDAY).total_seconds())

    [receipt] = rig.send(a_message())

    assert receipt.outcome is Outcome.TRY_LATER
    assert "office" in receipt.message
    assert rig.box.taken == []


@pytest.mark.parametrize(("via", "used"), [("", "smtp"), ("smtp", "smtp"), ("webhook", "webhook")])
def test_mail_is_the_way_unless_the_agreement_names_another(via: str, used: str) -> None:
    rig = Rig("webhook", "smtp")

    rig.send(a_message(via=via))

    assert [name for name, box in rig.boxes.items() if box.taken] == [used]


def test_a_channel_that_many_read_says_whom_it_is_for() -> None:
    rig = Rig("webhook")

    rig.send(a_message())

    assert [mail.subject for mail in rig.box.taken] == ["Ana: Call lead 1"]


def test_a_way_that_is_not_configured_says_what_to_do() -> None:
    [receipt] = Rig("smtp").send(a_message(via="webhook"))

    assert receipt.outcome is Outcome.REFUSED
    assert receipt.message == (
        "there is no way to people by webhook: configure notify in slasync.yaml"
    )


def test_what_is_no_message_is_refused() -> None:
    rig = Rig()
    task = Write(
        key="t", lead=LeadKey("x"), system=NOTIFY, action=Action.TASK, values={"owner": "005"}
    )

    [receipt] = rig.send(task)

    assert (receipt.outcome, rig.box.taken) == (Outcome.REFUSED, [])


def test_nobody_can_look_whether_a_message_arrived_so_it_goes_out_again() -> None:
    rig = Rig()

    assert outcomes(rig.sink.look([a_message(1), a_message(2)])) == [Outcome.TRY_LATER] * 2
    assert rig.box.taken == []


def test_messages_travel_in_one_lane_in_small_batches() -> None:
    rig = Rig()

    assert rig.sink.lane(a_message()) == MESSAGES
    assert 1 <= rig.sink.lanes[MESSAGES] <= 20


def test_leads_are_read_again_where_they_are_kept() -> None:
    rig = Rig()
    gone = Ref("salesforce", "lead", "00Q")

    assert rig.sink.reread([gone]) == {gone: None}
    assert rig.crm.calls["reread"] == 1
