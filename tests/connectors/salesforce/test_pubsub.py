"""Change Data Capture by the Pub/Sub API: what is told, and what is polled because it is not."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.salesforce.pubsub import SILENT, PubSubFeed
from slasync.connectors.salesforce.pubsub_events import Headers, Unreadable, meaning
from slasync.connectors.salesforce.pubsub_messages import FetchResponse
from slasync.domain.lead import Ref
from slasync.errors import Stopped, TryLater
from slasync.ports import Change, Heard, Position
from slasync.sandbox.salesforce import Field
from slasync.sandbox.salesforce.pubsub import PubSub
from slasync.sandbox.salesforce.pubsub_schema import Schemas
from slasync.systems import PubSubConfig
from tests.connectors.contract_sink import a_task
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault

IDLE = 0.1
MANY = 1_000


@dataclass
class Listening:
    """An org on a gRPC server of this machine, and slasync's feed of it."""

    rig: OrgRig = field(default_factory=OrgRig)
    channel: str = "/data/ChangeEvents"

    def __post_init__(self) -> None:
        self.server = PubSub(self.rig.org, idle=IDLE)
        self.feed = self.another()
        self.position: Position | None = None

    def another(self) -> PubSubFeed:
        config = PubSubConfig(self.server.url, self.channel)
        return PubSubFeed(config, self.rig.connector.transport.tokens, self.rig.clock)

    def hear(self) -> Heard:
        heard = self.feed.hear(self.position)
        self.position = heard.position
        return heard

    def until(self, enough: Callable[[Heard], object]) -> Heard:
        """Listen until something was told; return all of it together."""
        changes: tuple[Change, ...] = ()
        for _ in range(200):
            heard = self.hear()
            changes += heard.changes
            together = Heard(heard.position, changes, heard.rejected, heard.alive, heard.poll)
            if enough(together):
                return together
        raise AssertionError("nothing of the kind was told")

    def told(self, number: int = 1) -> list[Ref]:
        """Return so many records that are told to have changed."""
        heard = self.until(lambda heard: len(heard.changes) >= number)
        return [change.ref for change in heard.changes]

    def poll(self) -> str:
        """Return why everything is to be polled."""
        return self.until(lambda heard: heard.poll).poll

    def begin(self) -> None:
        """Listen from now on: what happened before is not told."""
        self.until(lambda heard: heard.alive)

    def close(self) -> None:
        self.feed.close()
        self.server.stop()
        self.rig.close()


@pytest.fixture
def listening() -> Iterator[Listening]:
    with closing(Listening()) as made:
        made.begin()
        yield made


def test_a_record_that_was_saved_is_told_and_nothing_of_its_values(listening: Listening) -> None:
    lead = listening.rig.lead(email="grace@prospect.example")
    heard = listening.until(lambda heard: heard.changes)
    assert [change.ref for change in heard.changes] == [lead]
    assert "grace" not in repr(heard)


def test_leads_contacts_tasks_and_events_are_told_and_nothing_else(listening: Listening) -> None:
    rig, rep = listening.rig, listening.rig.rep()
    lead = rig.lead()
    rig.log_call(lead, rep)
    rig.org.log_meeting(lead.id, rep)
    rig.convert(lead)
    kinds = {ref.kind for ref in listening.told(5)}
    assert kinds == {"lead", "task", "event", "contact"}


@fault("V46")
def test_records_that_changed_alike_in_one_transaction_are_told_each_by_itself(
    listening: Listening,
) -> None:
    rig, rep = listening.rig, listening.rig.rep()
    leads = [rig.lead() for _ in range(3)]
    listening.told(3)
    for lead in leads:
        rig.reassign(lead, rep)
    heard = listening.until(lambda heard: len(heard.changes) == 3)
    assert [change.ref for change in heard.changes] == leads
    assert len({change.key for change in heard.changes}) == 3
    assert len(listening.server.log.after(0, MANY, "Lead")) == 4


@fault("V31")
def test_what_slasync_itself_has_written_is_passed_over(listening: Listening) -> None:
    rig, rep = listening.rig, listening.rig.rep()
    lead = rig.lead()
    listening.told()
    rig.sink.apply([a_task(lead, rep)])
    rig.log_call(lead, rep)
    heard = listening.until(lambda heard: heard.changes)
    assert len(heard.changes) == 1  # the call
    assert rig.org.rows("Task")


@fault("V29")
def test_a_deletion_is_polled_for_as_only_a_poll_tells_of_a_merge(listening: Listening) -> None:
    lead = listening.rig.lead()
    listening.told()
    listening.rig.delete(lead)
    assert listening.poll() == "a record of Lead was deleted"


@fault("V46")
def test_a_gap_names_the_record_that_is_to_be_read(listening: Listening) -> None:
    lead = listening.rig.lead()
    listening.told()
    listening.server.log.gap("Lead", "GAP_UPDATE", [lead.id])
    assert listening.told() == [lead]


@fault("V46")
@pytest.mark.parametrize(
    ("change", "ids", "why"),
    [
        ("GAP_OVERFLOW", ["000000000000000AAA"], "too many records of Task changed at once"),
        ("GAP_DELETE", ["00T000000000001AAA"], "a record of Task was deleted"),
        ("UPDATE", ["00T*"], "records of Task changed that are not named"),
    ],
)
def test_what_is_not_told_record_by_record_is_polled(
    listening: Listening, change: str, ids: list[str], why: str
) -> None:
    listening.server.log.gap("Task", change, ids)
    assert why in listening.poll()


@fault("V46")
def test_listening_goes_on_where_it_ended_and_nothing_is_told_twice(listening: Listening) -> None:
    first = listening.rig.lead()
    assert listening.told() == [first]
    listening.feed.close()
    missed = [listening.rig.lead() for _ in range(5)]
    listening.feed = listening.another()
    assert listening.told(5) == missed


def test_who_stands_elsewhere_than_the_stream_is_told_from_there(listening: Listening) -> None:
    listening.rig.lead()
    before = listening.position
    listening.told()
    listening.position = before  # what was told could not be kept
    assert len(listening.told()) == 1


@fault("V46")
def test_after_72_hours_it_begins_at_the_end_and_everything_is_polled(listening: Listening) -> None:
    listening.rig.lead()
    listening.told()
    listening.feed.close()
    for _ in range(3):
        listening.rig.lead()
    listening.rig.clock.advance(timedelta(hours=73).total_seconds())
    listening.rig.lead()
    heard = listening.hear()
    assert (heard.position, heard.changes) == (None, ())
    assert "is not there any more" in heard.poll
    listening.begin()
    later = listening.rig.lead()
    assert listening.told() == [later]


@fault("V46")
@pytest.mark.parametrize("place", ["00", "nonsense"])
def test_a_place_that_never_was_is_left_for_the_end_and_a_poll(
    listening: Listening, place: str
) -> None:
    listening.position = place
    heard = listening.hear()
    assert heard.position is None
    assert heard.poll


@fault("V13")
def test_a_session_that_ends_is_renewed_once_and_no_change_is_missed(listening: Listening) -> None:
    listening.rig.org.expire_sessions()
    lead = listening.rig.lead()
    assert listening.told() == [lead]
    listening.rig.org.expire_sessions()
    lead = listening.rig.lead()
    assert listening.told() == [lead]


@fault("V14")
def test_where_no_session_is_accepted_it_is_said_and_not_tried_without_end(
    listening: Listening,
) -> None:
    listening.rig.org.org_id = "00Dg50000000002EAA"  # the calls name another organisation
    with pytest.raises(TryLater, match="accepts no session"):
        listening.until(lambda _: False)
    assert listening.server.calls.count("Subscribe") == 1


def test_an_object_that_gets_a_field_has_its_new_schema_asked_for_once(
    listening: Listening,
) -> None:
    rig = listening.rig
    leads = [rig.lead(), rig.lead()]
    assert listening.told(2) == leads
    rig.org.add_field("Lead", Field("Budget__c", "double"))
    leads = [rig.lead(), rig.lead()]
    assert listening.told(2) == leads
    assert listening.server.calls.count("GetSchema") == 2


@fault("W9", "W13")
@pytest.mark.parametrize("schema_id", [None, "nobody-knows-it"])
def test_an_event_that_cannot_be_read_is_set_aside_and_the_others_are_told(
    listening: Listening, schema_id: str | None
) -> None:
    listening.server.log.broken("Lead", b"\xff" * 7, schema_id)
    lead = listening.rig.lead()
    heard = listening.until(lambda heard: heard.rejected or heard.changes)
    assert [rejected.stream for rejected in heard.rejected] == ["salesforce.changes"]
    assert heard.poll == "an event cannot be read"
    assert lead in ([change.ref for change in heard.changes] or listening.told())


def test_no_more_than_a_hundred_are_under_way_however_many_there_are(listening: Listening) -> None:
    leads = [listening.rig.lead() for _ in range(MANY)]  # more asked for is refused by the server
    assert listening.told(MANY) == leads
    assert listening.server.calls.count("Subscribe") == 1


def test_a_sign_of_life_moves_the_place_to_go_on_from(listening: Listening) -> None:
    account = {"Name": "Engines Ltd"}
    before = listening.position
    listening.rig.org.create("Account", account, listening.rig.org.admin_id)
    heard = listening.hear()
    assert heard.alive
    assert not heard.changes
    assert heard.position == before  # accounts are not on the channel


@fault("V40")
def test_a_stream_that_stays_silent_is_given_up_and_opened_anew() -> None:
    with closing(Listening()) as listening:
        listening.server.stop()
        listening.server = PubSub(listening.rig.org, idle=3600)
        listening.feed = listening.another()
        assert not listening.hear().alive
        listening.rig.clock.advance(SILENT.total_seconds() + 1)
        with pytest.raises(TryLater, match="no sign of life"):
            listening.hear()
        assert not listening.hear().alive
        assert listening.server.calls.count("Subscribe") == 2


@fault("V40", "V5")
def test_when_the_other_side_goes_it_is_taken_up_again_where_it_was(listening: Listening) -> None:
    lead = listening.rig.lead()
    assert listening.told() == [lead]
    log, port = listening.server.log, listening.server.port
    listening.server.stop()
    with pytest.raises(TryLater, match=r"UNAVAILABLE|ended|CANCELLED"):
        listening.until(lambda _: False)
    later = listening.rig.lead()
    listening.server = PubSub(listening.rig.org, port, IDLE)
    listening.server.log = log
    assert listening.told() == [later]


def test_a_channel_that_is_not_there_is_named_with_how_to_mend_it() -> None:
    with closing(Listening(channel="/data/Nothing__chn")) as listening:
        with pytest.raises(Stopped, match=r"topic\.not\.found.*Setup, Change Data Capture"):
            listening.hear()
        [lack] = listening.feed.probe()
        assert "pubsub.channel" in lack


def test_a_channel_of_one_object_tells_of_that_object_alone() -> None:
    with closing(Listening(channel="/data/TaskChangeEvent")) as listening:
        listening.begin()
        lead = listening.rig.lead()
        listening.rig.log_call(lead, listening.rig.rep())
        assert [ref.kind for ref in listening.told()] == ["task"]
        assert listening.feed.probe() == []


@given(st.binary(max_size=60))
def test_no_bytes_make_reading_a_header_fail_otherwise_than_by_saying_so(payload: bytes) -> None:
    told = FetchResponse(events=[{"event": {"schema_id": "1", "payload": payload}}])
    with suppress(Unreadable):
        header = Headers().read(told.events[0].event, lambda _: schema_of_leads())
        meaning(header, "00Dg50000000001EAA", "005g50000000001EAA")


@cache
def schema_of_leads() -> str:
    schemas = Schemas(OrgRig().org.org.schema)
    return schemas.text(schemas.current("Lead")[0]) or ""


WITHOUT = """
import sys
sys.modules["grpc"] = None
from tests.connectors.salesforce.org import OrgRig
from slasync.systems import PubSubConfig
from slasync.errors import Stopped
assert OrgRig().connector.feed() is None
try:
    OrgRig(changed={"pubsub": PubSubConfig()}).connector.feed()
except Stopped as error:
    print(error)
from slasync.sandbox.runner import Settings, Up
try:
    Up(Settings(people=False, pubsub=True))
except ValueError as error:
    print(error)
"""


def test_without_its_libraries_it_says_what_to_install_and_polling_needs_none() -> None:
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    assert "pip install 'slasync[pubsub]', or write changes: poll" in done.stdout
    assert "--pubsub needs gRPC: pip install 'slasync[pubsub]'" in done.stdout
