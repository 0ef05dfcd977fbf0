"""HubSpot's own connector to Salesforce, simulated: a second writer in both systems.

Every quarter of an hour it takes up what others have changed since. Contacts that qualify become
leads, or are tied to the person who has their e-mail; new people of Salesforce become contacts. A
contact keeps the ids in `salesforceleadid` and, once converted, `salesforcecontactid`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.hubspot.errors import Problem
from slasync.sandbox.hubspot.people import CONNECTOR
from slasync.sandbox.journal import Entry
from slasync.sandbox.salesforce import Salesforce, Trouble
from slasync.sandbox.world import World

LEAD_ID, CONTACT_ID = "salesforceleadid", "salesforcecontactid"
OWNER_ID, DELETED, SYNCED = "salesforceownerid", "salesforcedeleted", "salesforcelastsynctime"
PEOPLE = ("Contact", "Lead")
"""Objects of people, in the order in which an e-mail is looked for."""
NO_COMPANY = "[not provided]"

Row = Mapping[str, Any]


class Prefers(StrEnum):
    """Whose value stands where the two differ."""

    SALESFORCE = "salesforce"
    UNLESS_BLANK = "unless_blank"  # Salesforce's, where it has one
    LATER = "later"  # the one that was changed last


FIELDS: Mapping[str, tuple[str, Prefers]] = {
    "email": ("Email", Prefers.LATER),
    "firstname": ("FirstName", Prefers.LATER),
    "lastname": ("LastName", Prefers.LATER),
    "company": ("Company", Prefers.LATER),
    "phone": ("Phone", Prefers.LATER),
    "jobtitle": ("Title", Prefers.UNLESS_BLANK),
}


def everybody(contact: Row) -> bool:
    """Have all contacts with an e-mail become leads."""
    return bool(contact.get("email"))


@dataclass(frozen=True, slots=True)
class Rules:
    """How the connector is set up. `fields`: HubSpot's name to Salesforce's."""

    fields: Mapping[str, tuple[str, Prefers]] = field(default_factory=lambda: FIELDS)
    includes: Callable[[Row], bool] = everybody  # the inclusion list
    makes_contacts: bool = True  # of leads and contacts that only Salesforce has
    every: timedelta = timedelta(minutes=15)


Changed = dict[str, dict[str, datetime]]
"""By record: the fields that others changed, and when last."""


class NativeSync:
    """The connector of one town. `user`: the Salesforce user it writes as.

    `refused` has what a system would not take, by the contact's id: as its page of sync errors.
    """

    def __init__(
        self,
        world: World,
        salesforce: Salesforce,
        hubspot: HubSpot,
        *,
        user: str,
        rules: Rules | None = None,
    ) -> None:
        self._world, self._crm, self._hub = world, salesforce, hubspot
        self._rules, self._user = rules or Rules(), user
        self._seen = 0
        self.refused: dict[str, str] = {}

    def begin(self) -> None:
        """Have it run from now on; what is there already is taken up by the first run."""
        at = self._world.now() + self._rules.every
        self._world.agenda.add(at, "native sync", self._again)

    def run(self) -> None:
        """Take up what others have changed since the last run."""
        entries = list(self._world.journal.entries(self._seen))
        self._seen += len(entries)
        foreign = [entry for entry in entries if entry.by not in {self._user, CONNECTOR}]
        of_crm = _changed(entry for entry in foreign if entry.object in PEOPLE)
        of_hub = _changed(
            entry for entry in foreign if (entry.system, entry.object) == ("hubspot", "contacts")
        )
        tied = self._tied()
        for id_, changed in of_crm.items():
            self._from_crm(id_, changed, of_hub, tied)
        for id_, changed in of_hub.items():
            self._from_hub(id_, changed, of_crm)

    def _again(self) -> None:
        self.run()
        self.begin()

    def _tied(self) -> dict[str, str]:
        """Return contacts by the Salesforce ids they keep."""
        rows = self._hub.rows("contacts")
        ids = ((row[name], row["hs_object_id"]) for row in rows for name in _KEPT if row.get(name))
        return dict(ids)

    # from Salesforce

    def _from_crm(
        self, id_: str, changed: Mapping[str, datetime], of_hub: Changed, tied: dict[str, str]
    ) -> None:
        name, row = self._person(id_)
        contact = tied.get(id_)
        with self._refusals(contact or id_):
            if row.get("IsDeleted"):
                self._gone(row, contact, tied)
            elif row.get("IsConverted") and contact:
                self._keep(contact, {CONTACT_ID: row["ConvertedContactId"]})
                tied[row["ConvertedContactId"]] = contact
            elif not row.get("IsConverted"):
                contact = contact or self._contact_for(name, row)
                if contact:
                    tied[id_] = contact
                    self._meet(contact, id_, of_hub.pop(contact, {}), changed)

    def _gone(self, row: Row, contact: str | None, tied: dict[str, str]) -> None:
        """Tell of a deletion; of a merge the contact goes with the record that remains."""
        master = row.get("MasterRecordId")
        if contact and master:
            self._keep(contact, {_kept_as(master): master})
            tied[master] = contact
        elif contact:
            self._keep(contact, {DELETED: "true"})

    def _contact_for(self, name: str, row: Row) -> str | None:
        """Tie somebody who is new in Salesforce to a contact, or make one."""
        email = str(row.get("Email") or "").lower()
        found = next((c for c in self._hub.rows("contacts") if c.get("email") == email), None)
        if not email or (found is None and not self._rules.makes_contacts):
            return None
        kept = {LEAD_ID if name == "Lead" else CONTACT_ID: row["Id"]}
        if found is None:
            return self._hub.create("contacts", {"email": email, **kept}, CONNECTOR)
        self._keep(found["hs_object_id"], kept)
        return found["hs_object_id"]

    # from HubSpot

    def _from_hub(self, contact: str, changed: Mapping[str, datetime], of_crm: Changed) -> None:
        row = next((r for r in self._hub.rows("contacts") if r["hs_object_id"] == contact), None)
        if row is None:
            return  # what is deleted in HubSpot stays in Salesforce
        with self._refusals(contact):
            id_ = row.get(CONTACT_ID) or row.get(LEAD_ID)
            if id_ is None and self._rules.includes(row):
                id_ = self._tie(contact, row)
            if id_ and not self._person(id_)[1].get("IsDeleted"):
                self._meet(contact, id_, changed, of_crm.get(id_, {}))

    def _tie(self, contact: str, row: Row) -> str:
        """Find the person with a contact's e-mail in Salesforce, or make a lead; return the id."""
        name, found = self._known_as(row["email"])
        if found is None:
            name, found = "Lead", self._crm.create("Lead", self._lead(row), self._user)
        self._keep(contact, {LEAD_ID if name == "Lead" else CONTACT_ID: found})
        return found

    def _known_as(self, email: str) -> tuple[str, str | None]:
        for name in PEOPLE:
            for row in self._crm.rows(name):
                if str(row.get("Email") or "").lower() == email and not row.get("IsConverted"):
                    return name, row["Id"]
        return "", None

    def _lead(self, row: Row) -> dict[str, Any]:
        """Return a new lead: HubSpot's owner has it, else the user that the connector writes as."""
        values = {crm: row[name] for name, (crm, _) in self._rules.fields.items() if row.get(name)}
        owner = self._user_of(row.get("hubspot_owner_id"))
        needed = {"LastName": row["email"], "Company": NO_COMPANY}
        return needed | values | ({"OwnerId": owner} if owner else {})

    # both ways

    def _meet(
        self,
        contact: str,
        id_: str,
        of_hub: Mapping[str, datetime],
        of_crm: Mapping[str, datetime],
    ) -> None:
        """Let the two agree, field by field; Salesforce says who owns the person."""
        name, theirs = self._person(id_)
        ours = self._hub.get("contacts", contact)
        to_hub: dict[str, Any] = {}
        to_crm: dict[str, Any] = {}
        for prop, (column, prefers) in self._rules.fields.items():
            if not self._crm.org.schema[name].has(column):
                continue
            one, other = ours.get(prop) or None, theirs.get(column)
            if (one or "") == str(other or ""):
                continue
            if _crm_stands(prefers, other, of_hub.get(prop), of_crm.get(column)):
                to_hub[prop] = str(other or "")
            else:
                to_crm[column] = one
        if to_crm:
            self._crm.update(name, id_, to_crm, self._user)
        self._keep(contact, to_hub | self._owner(theirs, ours))

    def _owner(self, theirs: Row, ours: Row) -> dict[str, str]:
        """Return the owner as HubSpot is to have it; of a queue it knows the id alone."""
        found = {OWNER_ID: theirs["OwnerId"]}
        user = self._crm.get("User", theirs["OwnerId"]) or {}
        email = user.get("Email")
        owners = self._hub.portal.owners
        same = [str(o.id) for o in owners if email and o.email == email and not o.archived]
        if same:
            found["hubspot_owner_id"] = same[0]
        return {name: value for name, value in found.items() if ours.get(name) != value}

    def _user_of(self, owner: str | None) -> str | None:
        emails = {o.email for o in self._hub.portal.owners if str(o.id) == owner}
        users = (u for u in self._crm.rows("User") if u.get("IsActive"))
        return next((user["Id"] for user in users if user.get("Email") in emails), None)

    def _keep(self, contact: str, values: Mapping[str, Any]) -> None:
        if values:
            stamp = self._world.now().isoformat()
            self._hub.update("contacts", contact, {**values, SYNCED: stamp}, CONNECTOR)

    def _person(self, id_: str) -> tuple[str, Row]:
        """Return object and row, deleted or not."""
        for name in PEOPLE:
            if (row := self._crm.get(name, id_)) is not None:
                return name, row
        return "", {"IsDeleted": True}

    @contextmanager
    def _refusals(self, contact: str) -> Iterator[None]:
        """Note what a system would not take, and go on with the others."""
        try:
            yield
        except (Trouble, Problem) as error:
            self.refused[contact] = str(error)
        else:
            self.refused.pop(contact, None)


_KEPT = (LEAD_ID, CONTACT_ID)


def _kept_as(id_: str) -> str:
    return LEAD_ID if id_.startswith("00Q") else CONTACT_ID


def _changed(entries: Iterable[Entry]) -> Changed:
    found: Changed = {}
    for entry in entries:
        found.setdefault(entry.id, {}).update(dict.fromkeys(entry.after, entry.at))
    return found


def _crm_stands(
    prefers: Prefers, theirs: object, of_hub: datetime | None, of_crm: datetime | None
) -> bool:
    """Tell whether Salesforce's value stands, by the rule for the field."""
    if prefers is Prefers.SALESFORCE:
        return True
    if prefers is Prefers.UNLESS_BLANK:
        return bool(theirs)
    if of_hub is None:
        return of_crm is not None or bool(theirs)
    return of_crm is not None and of_crm >= of_hub
