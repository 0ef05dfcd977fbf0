"""The worked example keeps both contracts: what docs/new_connector.md says is true of it."""

from dataclasses import dataclass, field

import httpx
import pytest

from slasync.connectors.http import Calls
from slasync.domain.lead import Ref, UserKey
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Ask, Outcome
from slasync.systems import Budget, Secret
from tests.connectors.contract_sink import SinkContract, a_task
from tests.connectors.contract_source import SourceContract
from tests.connectors.example.crm import OURS, ExampleCrm
from tests.connectors.example.sink import BATCH, ExampleSink
from tests.connectors.example.source import SYSTEM, ExampleSource
from tests.connectors.example.wire import Wire
from tests.connectors.in_process import DrivenClock, httpx_carrier
from tests.faults.marks import fault


@dataclass
class ExampleRig:
    """The CRM on one side, slasync's ports on the other, and the people in between."""

    clock: DrivenClock = field(default_factory=DrivenClock)
    page_size: int = 100
    token: str = "secret"

    def __post_init__(self) -> None:
        self.crm = ExampleCrm(self.clock)
        client = httpx.Client(
            base_url="https://crm.example", transport=httpx_carrier(self.crm.handle)
        )
        calls = Calls(SYSTEM, self.clock, Budget(daily_calls=100_000))
        wire = Wire(client, Secret(self.token), calls)
        self.source, self.sink = ExampleSource(wire, self.page_size), ExampleSink(wire)

    def rep(self) -> UserKey:
        return UserKey(self.crm.put("users", {"name": "Rep", "email": "rep@acme.example"}))

    def machine(self) -> UserKey:
        return UserKey(OURS)

    def lead(self, owner: UserKey | None = None, email: str = "ada@prospect.example") -> Ref:
        made = self.crm.put("leads", {"email": email, "owner": owner, "status": "New"})
        return Ref(SYSTEM, "lead", made)

    def owner(self, ref: Ref) -> UserKey:
        return UserKey(self.crm.rows["leads"][ref.id]["owner"])

    def stale(self, ref: Ref) -> bool:
        return bool(self.crm.rows["leads"][ref.id].get("stale"))

    def tasks(self, key: str) -> list[tuple[str, UserKey, bool]]:
        rows = [r for r in self.crm.rows["tasks"].values() if r.get("key") == key]
        return [
            (r["subject"], UserKey(r["owner"]), bool(r.get("closed")))
            for r in rows if not r["deleted"]
        ]  # fmt: skip

    def leads_with_key(self, key: str) -> int:
        return sum(row.get("key") == key for row in self.crm.rows["leads"].values())

    def reassign(self, ref: Ref, owner: UserKey) -> None:
        self.crm.change("leads", ref.id, owner, owner=owner)

    def convert(self, ref: Ref) -> None:
        self.crm.change("leads", ref.id, converted="C1")

    def delete(self, ref: Ref) -> None:
        self.crm.change("leads", ref.id, deleted=True)

    def log_call(self, ref: Ref, by: UserKey) -> None:
        ended = self.clock.now().isoformat()
        self.crm.put("tasks", {"about": ref.id, "owner": by, "subject": "Call", "channel": "call",
                               "closed": True, "ended": ended})  # fmt: skip

    def close_task(self, key: str, by: UserKey) -> None:
        self._task(key, by, closed=True)

    def delete_task(self, key: str, by: UserKey) -> None:
        self._task(key, by, deleted=True)

    def lose_answer(self) -> None:
        self.crm.faults.append("answer lost")

    def lose_request(self) -> None:
        self.crm.faults.append("request lost")

    def cut_off(self) -> None:
        self.crm.faults.append("down")

    def _task(self, key: str, by: UserKey, **values: bool) -> None:
        row = self.crm.by_key("tasks", key)
        assert row
        self.crm.change("tasks", row["id"], by, **values)


@pytest.fixture
def rig() -> ExampleRig:
    return ExampleRig()


class TestExampleSource(SourceContract):
    """The source's contract over the example."""

    @pytest.fixture
    def small_pages(self) -> ExampleRig:
        return ExampleRig(page_size=3)


class TestExampleSink(SinkContract):
    """The sink's contract over the example."""


# beyond the contract: what each vendor says in words of its own


@fault("V14")
def test_a_token_that_is_refused_stops_the_system_and_names_what_to_mend() -> None:
    rig = ExampleRig(token="guessed")
    with pytest.raises(Stopped, match=r"mend example\.token in config/slasync\.yaml"):
        rig.source.vendor_now()


def test_a_batch_that_is_too_large_is_refused_in_the_vendors_words(rig: ExampleRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    with pytest.raises(Refused, match=r"422.*more than 50 operations"):
        rig.sink.apply([a_task(lead, rep)] * (BATCH + 1))


def test_a_row_that_cannot_be_understood_is_set_aside_and_the_rest_is_read(
    rig: ExampleRig,
) -> None:
    kept, broken = rig.lead(), rig.lead()
    rig.crm.rows["leads"][broken.id]["created"] = "yesterday"
    [answer] = rig.source.read([Ask(f"{SYSTEM}.leads", rig.source.vendor_now())])
    assert [reading.ref for reading in answer.readings] == [kept]
    assert [(each.id, each.raw["created"]) for each in answer.rejected] == [
        (broken.id, "yesterday")
    ]


@fault("V11")
def test_an_answer_of_another_length_is_no_answer(rig: ExampleRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.crm.faults.append("row lost")
    writes = [a_task(lead, rep), a_task(lead, rep, "ef" * 20)]
    assert [told.outcome for told in rig.sink.apply(writes)] == [Outcome.UNKNOWN] * 2
    assert [told.outcome for told in rig.sink.look(writes)] == [Outcome.APPLIED] * 2


def test_one_stream_that_fails_does_not_cost_the_others(rig: ExampleRig) -> None:
    rig.lead()
    now = rig.source.vendor_now()
    rig.cut_off()
    users, leads = rig.source.read([Ask(f"{SYSTEM}.users", now), Ask(f"{SYSTEM}.leads", now)])
    assert isinstance(users.error, TryLater)
    assert len(leads.readings) == 1
