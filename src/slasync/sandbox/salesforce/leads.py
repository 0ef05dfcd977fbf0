"""Converting leads, merging leads and accounts: people do so by hand, REST has no resource."""

from collections.abc import Sequence
from dataclasses import dataclass

from slasync.sandbox.salesforce import writes
from slasync.sandbox.salesforce.derived import history
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.salesforce.unit import Unit

MOST_LOSERS = 2
COPIED = ("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "Fax",
          "LeadSource", "Description")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Converted:
    """The ids that a conversion made or used."""

    lead: str
    account: str
    contact: str
    opportunity: str | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What to convert a lead into; what is not named is made."""

    status: str | None = None
    account: str | None = None
    contact: str | None = None
    owner: str | None = None
    opportunity: str | None = None  # the name of an opportunity to make, None: none


def convert(org: Org, unit: Unit, lead_id: str, how: Conversion) -> Converted:
    """Convert a lead. Its activities move to the contact. Raises Trouble."""
    type_ = org.schema["Lead"]
    lead = writes.existing(org, type_, lead_id)
    if lead.get("IsConverted"):
        raise Trouble("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
    owner = how.owner or (lead["OwnerId"] if lead["OwnerId"].startswith("005") else unit.by)
    account = how.account or _made(
        org, unit, "Account", {"Name": lead["Company"], "OwnerId": owner, **_some(lead, ("Phone",))}
    )
    person = {k: v for k, v in _some(lead, COPIED).items() if org.schema["Contact"].has(k)}
    contact = how.contact or _made(
        org, unit, "Contact", person | {"AccountId": account, "OwnerId": owner}
    )
    opportunity = _opportunity(org, unit, account, contact, owner, how.opportunity)
    ids = {"ConvertedAccountId": account, "ConvertedContactId": contact}
    if opportunity:
        ids["ConvertedOpportunityId"] = opportunity
    new = lead | ids | {
        "IsConverted": True,
        "Status": how.status or org.converted_status,
        "ConvertedDate": org.today(unit.by),
        "OwnerId": owner,
        "IsUnreadByOwner": False,
    }  # fmt: skip
    _move_activities(org, unit, lead_id, contact)
    writes.replace(org, unit, type_, lead, new)
    unit.note("convert", "Lead", lead_id, {"IsConverted": False}, {"IsConverted": True} | ids)
    return Converted(lead_id, account, contact, opportunity)


def _opportunity(  # noqa: PLR0913, PLR0917 - one call, all of it needed
    org: Org, unit: Unit, account: str, contact: str, owner: str, name: str | None
) -> str | None:
    if name is None:
        return None
    fields = {
        "Name": name, "AccountId": account, "ContactId": contact, "OwnerId": owner,
        "StageName": "Prospecting", "CloseDate": org.today(unit.by),
    }  # fmt: skip
    return _made(org, unit, "Opportunity", fields)


def merge(org: Org, unit: Unit, winner_id: str, losers: Sequence[str]) -> None:
    """Merge up to two leads or accounts into a third: they are deleted, what is theirs moves.

    Raises Trouble.
    """
    type_ = org.schema.of(winner_id) or org.schema["Lead"]
    if not 0 < len(losers) <= MOST_LOSERS or winner_id in losers:
        raise Trouble("INVALID_NUMBER_OF_MERGE_REQUESTS", "one or two records merge into a third")
    winner = writes.existing(org, type_, winner_id)
    for loser in losers:
        old = writes.existing(org, type_, loser)
        if type_.name == "Account":
            _move_contacts(org, unit, loser, winner_id)
        else:
            _move_activities(org, unit, loser, winner_id)
        writes.bury(org, unit, type_, old, {"MasterRecordId": winner_id})
        if type_.name == "Lead":
            history(org, unit, winner_id, "leadMerged", None, None)
    writes.replace(org, unit, type_, winner, dict(winner))
    unit.note("merge", type_.name, winner_id, {}, {"losers": list(losers)})


def _move_contacts(org: Org, unit: Unit, source: str, target: str) -> None:
    type_ = org.schema["Contact"]
    for row in list(org.rows("Contact")):
        if row.get("AccountId") == source:
            writes.replace(org, unit, type_, row, row | {"AccountId": target})


def _move_activities(org: Org, unit: Unit, source: str, target: str) -> None:
    for name in ("Task", "Event"):
        type_ = org.schema[name]
        for row in org.stores[name].live("WhoId", source):
            new = row | {"WhoId": target}
            account = (org.row(target) or {}).get("AccountId")
            if account:
                new["AccountId"] = account
            writes.replace(org, unit, type_, row, new)


def _made(org: Org, unit: Unit, name: str, fields: Row) -> str:
    return writes.create(org, unit, org.schema[name], fields)


def _some(row: Row, names: Sequence[str]) -> Row:
    return {n: row[n] for n in names if n in row}
