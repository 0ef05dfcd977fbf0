"""An org whose Activity cannot have a unique field: a ledger holds the keys."""

from dataclasses import dataclass, field
from typing import Any

from slasync.domain.lead import UserKey
from slasync.sandbox.faults import Kind
from slasync.sandbox.http import Handle, Request, Response
from slasync.sandbox.salesforce.customizing import add_object
from slasync.sandbox.salesforce.schema import parsed
from slasync.systems import LedgerConfig
from tests.connectors.salesforce.org import OrgRig

LEDGER = LedgerConfig()
FIELDS = (f"{LEDGER.key} string:80 key", f"{LEDGER.task} string:18")


@dataclass
class LedgerRig(OrgRig):
    """The rig of both contracts over such an org."""

    changed: dict[str, Any] = field(default_factory=lambda: {"ledger": LEDGER})

    def __post_init__(self) -> None:
        super().__post_init__()
        self.carry: Handle = self.org.handle
        for name in ("Task", "Event"):
            self.org.remove_field(name, "Slasync_Key__c")
        fields = [parsed(line) for line in FIELDS]
        add_object(self.org.org, LEDGER.object, "SLA ledger", "SLA ledger", fields)

    def _answer(self, request: Request) -> Response:
        return self.tamper(request, self.carry(request))

    def tasks(self, key: str) -> list[tuple[str, UserKey, bool]]:
        """Return every living task that was made for the key, as its text tells."""
        named = self._named(key)
        rows = [r for r in self.org.rows("Task") if r["Id"] in named]
        return [(r["Subject"], UserKey(r["OwnerId"]), bool(r["IsClosed"])) for r in rows]

    def claims(self) -> list[tuple[str, str]]:
        """Return key and task of every row of the ledger."""
        rows = self.org.rows(LEDGER.object)
        return [(r[LEDGER.key], r.get(LEDGER.task, "")) for r in rows]

    def lose_answer(self) -> None:
        self.strike(Kind.TIMEOUT_AFTER, "composite/graph")

    def lose_request(self) -> None:
        self.strike(Kind.TIMEOUT_BEFORE, "composite/graph")

    def _task(self, key: str) -> str:
        return next(iter(self._named(key)))

    def _named(self, key: str) -> set[str]:
        return {task for claimed, task in self.claims() if claimed == key}
