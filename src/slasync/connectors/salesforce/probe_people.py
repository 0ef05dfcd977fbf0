"""Whether the people and queues that the files name are there in the organisation."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from slasync.connectors.http import Lane
from slasync.connectors.naming import Found, Named, no_leader, no_queue, person
from slasync.connectors.salesforce.people import Row
from slasync.connectors.salesforce.read import QUERIES_A_CALL, queries, rows_of
from slasync.connectors.salesforce.soql import listed
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Pool

A_QUERY = 100


def people(named: Named, transport: Transport) -> list[str]:
    """Return who and what is not there, one sentence each. Raises TryLater, Refused or Stopped."""
    wanted = named.people
    leaders = {email for pool in named.pools.values() for email in pool.leadership}
    users = _by_email(transport, wanted.keys() | (leaders if named.tasks_for_leadership else set()))
    found: list[str] = []
    for email, where in wanted.items():
        rows = users.get(email.lower(), [])
        active = [str(row["Id"]) for row in rows if row["IsActive"]]
        found += person(email, where, Found(active, len(rows)), "Salesforce")
    for name, pool in named.pools.items():
        found += _managers(name, pool, users)
        found += _leaders(pool, users) if named.tasks_for_leadership else ()
    return [*found, *_queues(named, transport)]


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


def _managers(name: str, pool: Pool, users: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Without a manager a rung to the manager reaches nobody."""
    if pool.manager:
        return
    for email in pool.members:
        rows = [row for row in users.get(email.lower(), ()) if row["IsActive"]]
        if rows and not any(row["ManagerId"] for row in rows):
            yield f"{email} has no manager in Salesforce and pool {name} names none: give him one"


def _leaders(pool: Pool, users: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """A task needs somebody in the CRM."""
    active = (row for who in pool.leadership for row in users.get(who.lower(), ()))
    if not any(row["IsActive"] for row in active):
        yield no_leader(pool, "Salesforce")


def _queues(named: Named, transport: Transport) -> Iterator[str]:
    wanted = named.queues
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
            yield no_queue(queue, pool)
        elif queue not in owning:
            yield f"queue '{queue}' (pool {pool}) takes no leads: add Lead to its objects"
