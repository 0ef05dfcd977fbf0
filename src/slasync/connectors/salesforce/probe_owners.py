"""Who keeps the leads that they make, though no pool knows them: integrations, as a rule."""

from collections.abc import Iterator, Mapping

from slasync.connectors.http import Lane
from slasync.connectors.naming import Named
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.people import MACHINES, Row
from slasync.connectors.salesforce.read import queries, rows_of
from slasync.connectors.salesforce.soql import listed
from slasync.connectors.salesforce.transport import Transport
from slasync.systems import SalesforceConfig

FEW = 10  # leads of the last 30 days: somebody who adds so many by hand is no machine
_LEADS = (
    "SELECT OwnerId,CreatedById,COUNT(Id) made FROM Lead"
    " WHERE IsConverted = false AND CreatedDate = LAST_N_DAYS:30"
    " GROUP BY OwnerId,CreatedById ORDER BY COUNT(Id) DESC LIMIT 50"
)
_USERS = "SELECT Id,Name,Username,Email,UserType FROM User WHERE IsActive = true AND Id IN {}"


def keepers(config: SalesforceConfig, named: Named, transport: Transport) -> Iterator[str]:
    """Yield who would be taken for a rep. Raises TryLater, Refused or Stopped."""
    made = {
        to18(row["OwnerId"]): int(row["made"])
        for row in _rows(transport, _LEADS)
        if row["OwnerId"] == row["CreatedById"] and row["made"] > FEW
    }
    if not made:
        return
    known = {name.lower() for name in config.automation_users} | _in_pools(named)
    for user in _rows(transport, _USERS.format(listed(sorted(made)))):
        names = {str(user["Username"]).lower(), str(user["Email"]).lower()}
        if user["UserType"] not in MACHINES and not names & known:
            yield _words(user, made)


def _rows(transport: Transport, text: str) -> list[Row]:
    return list(rows_of(queries(transport, Lane.READ, [text])[0]))


def _in_pools(named: Named) -> set[str]:
    people = (email for pool in named.pools.values() for email in (*pool.members, pool.manager))
    return {email.lower() for email in people if email}


def _words(user: Row, made: Mapping[str, int]) -> str:
    count = made[to18(user["Id"])]
    return (
        f"{user['Name']} ({user['Username']}) keeps {count} leads that it made within 30 days, and"
        " is in no pool: slasync takes it for a rep and leaves such leads with it. If it is an"
        " integration, add that user name to automation_users in connector.yaml"
    )
