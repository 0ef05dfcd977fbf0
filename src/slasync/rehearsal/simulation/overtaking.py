"""People in the CRM who are faster than a write: they act on a lead while it is on its way."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random  # noqa: TID251 - its type only: a stream is given
from typing import Any

from slasync.rehearsal.simulation.surroundings import Surroundings
from slasync.sandbox.http import Request
from slasync.sandbox.salesforce import Trouble
from slasync.sandbox.town import MANAGER, REPS

LEAD = re.compile(r"/sobjects/Lead/(\w{15,18})$")
TRAVELS = (2.0, 10.0)  # seconds before and after: stamps tell whole ones, so none is the same


class Overtakers:
    """Looks at each request to the CRM; now and then does something to a lead it is about."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._crm = around.town.salesforce
        self._users = around.town.users

    def overtake(self, request: Request, sleep: Callable[[timedelta], None]) -> None:
        """Have somebody act while this request is on its way, or nobody."""
        around = self._around
        share = around.plan.company.hasty
        if around.safe or not share or request.method not in {"POST", "PATCH"}:
            return
        leads = list(dict.fromkeys(_leads(request)))
        chance = around.world.chance("overtaking")
        if not leads or chance.random() >= share:
            return
        sleep(timedelta(seconds=chance.uniform(*TRAVELS)))
        self._act(chance, chance.choice(leads))
        sleep(timedelta(seconds=chance.uniform(*TRAVELS)))

    def _act(self, chance: Random, lead: str) -> None:
        row = self._crm.get("Lead", lead)
        if row is None or row.get("IsConverted") or row.get("IsDeleted"):
            return
        self._around.trace.count("write overtaken")
        with suppress(Trouble):
            kind = chance.choice(("owner", "owner", "status", "call", "task", "task"))
            if kind == "owner":
                others = [self._users[r] for r in REPS if self._users[r] != row["OwnerId"]]
                given = {"OwnerId": chance.choice(others)}
                self._crm.update("Lead", lead, given, self._users[MANAGER])
            elif kind == "status":
                given = {"Status": "Working - Contacted"}
                self._crm.update("Lead", lead, given, self._rep(chance))
            elif kind == "call":
                self._crm.log_call(lead, by=self._rep(chance))
            else:
                self._drop_task(chance, lead)

    def _rep(self, chance: Random) -> str:
        return self._users[chance.choice(tuple(REPS))]

    def _drop_task(self, chance: Random, lead: str) -> None:
        us = self._crm.integration_user_id
        tasks = [
            row
            for row in self._crm.rows("Task")
            if row.get("WhoId") == lead and row.get("CreatedById") == us and not row["IsClosed"]
        ]
        if tasks:
            self._crm.delete("Task", chance.choice(tasks)["Id"], self._users[MANAGER])


def _leads(request: Request) -> Iterator[str]:
    """Yield the ids of the leads that a request would write, or write a task about."""
    try:
        told: Any = json.loads(request.body or b"null")
    except ValueError:
        return
    if not isinstance(told, dict):
        return
    for part in told.get("compositeRequest") or ():
        found = LEAD.search(str(part.get("url"))) if part.get("method") == "PATCH" else None
        if found:
            yield found[1]
    for record in told.get("records") or ():
        kind = (record.get("attributes") or {}).get("type")
        about = record.get("WhoId") if kind == "Task" else None
        if kind == "Lead":
            about = record.get("id") or record.get("Id")
        if about:
            yield str(about)
