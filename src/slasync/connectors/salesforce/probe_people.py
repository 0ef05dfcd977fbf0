"""Whether the people, queues and statuses that the files name are there in the organisation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.people import Row
from slasync.connectors.salesforce.read import QUERIES_A_CALL, queries, rows_of
from slasync.connectors.salesforce.soql import listed
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Pool

A_QUERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the files name of the CRM."""

    pools: Mapping[str, Pool] = field(default_factory=dict)
    tasks_for_leadership: bool = False  # whether a rung has any
    absent: tuple[str, ...] = ()  # addresses of those who are away
    statuses: Mapping[str, str] = field(default_factory=dict)  # status -> where it is named
    stages: frozenset[str] = frozenset()  # of opportunities


def people(named: Named, transport: Transport) -> list[str]:
    """Return who and what is not there, one sentence each. Raises TryLater, Refused or Stopped."""
    wanted = dict(_users(named))
    leaders = {email for pool in named.pools.values() for email in pool.leadership}
    users = _by_email(transport, wanted.keys() | (leaders if named.tasks_for_leadership else ()))
    found: list[str] = []
    for email, where in wanted.items():
        found += _user(email, where, users.get(email.lower(), []))
    for name, pool in named.pools.items():
        found += _managers(name, pool, users)
        found += _leaders(name, pool, users) if named.tasks_for_leadership else ()
    return [*found, *_queues(named, transport)]


def _users(named: Named) -> Iterator[tuple[str, str]]:
    for name, pool in named.pools.items():
        yield from ((email, f"a member of pool {name}") for email in pool.members)
        if pool.manager:
            yield pool.manager, f"the manager of pool {name}"
    yield from ((email, "among the absences") for email in named.absent)


def _by_email(transport: Transport, wanted: Collection[str]) -> dict[str, list[Row]]:
    emails = sorted(wanted)
    texts = [
        "SELECT Id,Name,Email,IsActive,ManagerId FROM User"  # noqa: S608 - quoted
        f" WHERE Email IN {listed(emails[n : n + A_QUERY])}"
        for n in range(0, len(emails), A_QUERY)
    ]
    users: dict[str, list[Row]] = {}
    for row in _asked(transport, texts):
        users.setdefault(str(row["Email"]).lower(), []).append(row)
    return users


def _asked(transport: Transport, texts: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(texts), QUERIES_A_CALL):
        for told in queries(transport, Lane.READ, texts[start : start + QUERIES_A_CALL]):
            yield from rows_of(told)


def _user(email: str, where: str, rows: Sequence[Row]) -> Iterator[str]:
    active = [row for row in rows if row["IsActive"]]
    if not rows:
        yield f"{email} ({where}) is no user of Salesforce: correct teams.yaml, or add the user"
    elif not active:
        yield f"{email} ({where}) is not active: take the address out of teams.yaml"
    elif len(active) > 1:
        names = ", ".join(str(row["Id"]) for row in active)
        yield f"{email} ({where}) is several users ({names}): give each an address of his own"


def _managers(name: str, pool: Pool, users: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Without a manager a rung to the manager reaches nobody."""
    if pool.manager:
        return
    for email in pool.members:
        rows = [row for row in users.get(email.lower(), ()) if row["IsActive"]]
        if rows and not any(row["ManagerId"] for row in rows):
            yield f"{email} has no manager in Salesforce and pool {name} names none: give him one"


def _leaders(name: str, pool: Pool, users: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """A task needs somebody in the CRM."""
    active = (row for who in pool.leadership for row in users.get(who.lower(), ()))
    if not any(row["IsActive"] for row in active):
        who = ", ".join(pool.leadership)
        yield (
            f"none of pool {name}'s leadership ({who}) is an active user of Salesforce: a task to"
            " leadership becomes a line in their digest; name one who is, or say digest there"
        )


def _queues(named: Named, transport: Transport) -> Iterator[str]:
    wanted = {pool.queue: name for name, pool in named.pools.items() if pool.queue}
    if not wanted:
        return
    names = listed(sorted(wanted))
    text = f"SELECT Id,Name FROM Group WHERE Type = 'Queue' AND Name IN {names}"  # noqa: S608 - quoted
    rows = _asked(transport, [text])
    ids = {str(row["Id"]): str(row["Name"]) for row in rows}
    owning = set()
    if ids:
        text = (
            "SELECT QueueId FROM QueueSobject WHERE SobjectType = 'Lead'"  # noqa: S608 - quoted
            f" AND QueueId IN {listed(sorted(ids))}"
        )
        owning = {ids[str(row["QueueId"])] for row in _asked(transport, [text])}
    for queue, pool in wanted.items():
        if queue not in ids.values():
            yield f"there is no queue '{queue}' (pool {pool}): make it, or correct teams.yaml"
        elif queue not in owning:
            yield f"queue '{queue}' (pool {pool}) takes no leads: add Lead to its objects"


def statuses(named: Named, picklist: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Compare the values of Lead.Status with those of the agreement."""
    known = [str(each["value"]) for each in picklist if each.get("active")]
    if not known or not named.statuses:
        return
    for status, where in named.statuses.items():
        if status not in known:
            yield f"Lead.Status has no value '{status}' ({where}): add it, or take it out there"
    for value in known:
        if value not in named.statuses:
            yield f"Lead.Status '{value}' has no stage: add it to stages.of_status (agreement.yaml)"
