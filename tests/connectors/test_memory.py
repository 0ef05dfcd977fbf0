"""The double keeps the sink's contract."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from slasync.connectors.memory import Fault, MemorySink, MemorySource, MemorySystem
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, User, UserKey, UserKind
from slasync.ports import ActivityReading, PersonReading, UserReading
from tests.connectors.contract_sink import SinkContract
from tests.connectors.contract_source import SourceContract
from tests.connectors.in_process import DrivenClock


@dataclass
class MemoryRig:
    """People working in a memory system."""

    clock: DrivenClock = field(default_factory=DrivenClock)
    page_size: int = 100

    def __post_init__(self) -> None:
        self.system = MemorySystem(self.clock, page_size=self.page_size)
        self.sink, self.source = MemorySink(self.system), MemorySource(self.system)

    def rep(self, kind: UserKind = UserKind.PERSON) -> UserKey:
        ref = self.system.ref("user")
        user = User(UserKey(ref.id), ref.id, f"{ref.id}@acme.example", kind)
        self.system.put("users", UserReading(ref=ref, user=user, modified_at=self.system.now()))
        return user.key

    def machine(self) -> UserKey:
        return self.rep(UserKind.AUTOMATION)

    def lead(self, owner: UserKey | None = None, email: str = "ada@prospect.example") -> Ref:
        now = self.system.now()
        reading = PersonReading(
            ref=self.system.ref("lead"), modified_at=now, created_at=now, owner=owner, status="New",
            email=email, fields={"email": email},
        )  # fmt: skip
        return self.system.put("leads", reading)

    def owner(self, ref: Ref) -> UserKey:
        return UserKey(str(self._person(ref).owner))

    def stale(self, ref: Ref) -> bool:
        return ref in self.system.stale

    def tasks(self, key: str) -> list[tuple[str, UserKey, bool]]:
        task = self.system.tasks.get(key)
        seen = [task] if task and not task.deleted else []
        return [(t.subject, UserKey(str(t.owner)), t.closed) for t in seen]

    def leads_with_key(self, key: str) -> int:
        return sum(person.lead_key == key for person in self.system.people())

    def reassign(self, ref: Ref, owner: UserKey) -> None:
        self.system.change(ref, owner=owner)

    def convert(self, ref: Ref) -> None:
        self.system.change(ref, converted={"contact": "contact-1"})

    def delete(self, ref: Ref) -> None:
        self.system.change(ref, deleted=True)

    def close_task(self, key: str, by: UserKey) -> None:
        assert by
        self.system.tasks[key].closed = True

    def delete_task(self, key: str, by: UserKey) -> None:
        assert by
        self.system.tasks[key].deleted = True

    def log_call(self, ref: Ref, by: UserKey) -> None:
        now, data = self.system.now(), {"channel": "call", "grade": "strong", "subject": "Call"}
        call = ActivityReading(
            ref=self.system.ref("task"), about=ref, kind=FactKind.TOUCH, occurred_at=now,
            modified_at=now, by=by, data=data,
        )  # fmt: skip
        self.system.put("tasks", call)

    def lose_answer(self) -> None:
        self.system.faults.append(Fault.ANSWER_LOST)

    def lose_request(self) -> None:
        self.system.faults.append(Fault.REQUEST_LOST)

    def cut_off(self) -> None:
        self.system.faults.append(Fault.UNREACHABLE)

    def _person(self, ref: Ref, **changes: Any) -> PersonReading:
        person = self.system.person(ref)
        assert person is not None
        return replace(person, **changes)


@pytest.fixture
def rig() -> MemoryRig:
    return MemoryRig()


class TestMemorySink(SinkContract):
    """The sink's contract over the double."""


class TestMemorySource(SourceContract):
    """The source's contract over the double."""

    @pytest.fixture
    def small_pages(self) -> MemoryRig:
        return MemoryRig(page_size=3)
