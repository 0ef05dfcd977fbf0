"""What an organisation lacks for slasync: asked of its own descriptions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.accounts import SOMETIMES_HIDDEN, account_columns
from slasync.connectors.salesforce.activities import MAIL
from slasync.connectors.salesforce.emails import FIELDS as MAIL_FIELDS
from slasync.connectors.salesforce.metadata import (
    ACTIVITY,
    CONTACT,
    DESCRIBED,
    LEAD,
    CustomField,
    Kind,
    package,
)
from slasync.connectors.salesforce.opportunities import FIELDS as OPPORTUNITY
from slasync.connectors.salesforce.opportunities import OF_ROLE, ROLE
from slasync.connectors.salesforce.opportunities import SOMETIMES_MISSING as OPTIONAL
from slasync.connectors.salesforce.read import queries, rows_of
from slasync.connectors.salesforce.records import CLOSED
from slasync.connectors.salesforce.soql import listed
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, TryLater
from slasync.systems import CreateLeads, Direction, FieldMapping, SalesforceConfig

Described = Mapping[str, Mapping[str, Any]]
COMPLETED = "CompletedDateTime"
CLOSED_STATUSES = "SELECT ApiName FROM TaskStatus WHERE IsClosed = true"
FIGURES = {
    "Amount": "what orders are worth is not known",
    "Probability": "what orders are to be expected is not known",
    "AccountId": "which account an opportunity is of is not known",
}
UNWRITTEN = (
    f"{MAIL}.{{}} is not there, or hidden: every e-mail that a task stands for counts as one that"
    " was sent. Enhanced Email, in Setup, makes them"
)
ABSENT = "does not exist or is hidden from the integration user"
READ_ONLY = "is read-only for the integration user: give it Edit in its permission set"
MAKE = "`slasync provision salesforce` makes it and the permission set that shows it"

CREATE = "create it, or show it in its permission set: connectors/salesforce/setup.md, 3"


class Probe:
    """One look at an organisation; every method raises TryLater or Stopped."""

    def __init__(self, config: SalesforceConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._known: dict[str, Described] = {}

    def problems(self) -> list[str]:
        """Return what an admin has to mend, one sentence each."""
        config = self._config
        found = [*self._mapped(LEAD, config.lead_fields), *self._own()]
        if config.contact_fields:
            found += self._mapped(CONTACT, config.contact_fields)
        if config.accounts:
            needed = [n for n in account_columns(config.accounts) if n not in SOMETIMES_HIDDEN]
            found += self._present("Account", needed)
        if config.opportunities:
            found += self._opportunities()
        if COMPLETED not in self.described("Task"):
            found.append(
                f"Task.{COMPLETED} is hidden: completed tasks will be graded 'suspect'; show it"
                " to the integration user"
            )
        return list(dict.fromkeys([*found, *self._statuses()]))

    def _opportunities(self) -> Iterator[str]:
        """Say which figures cannot be made of opportunities as the user sees them."""
        yield from self._present("Opportunity", [n for n in OPPORTUNITY if n not in OPTIONAL])
        if self._config.opportunities and self._config.opportunities.contact_roles:
            yield from self._present(ROLE, OF_ROLE)
        for name, what in FIGURES.items():
            if self.described("Opportunity") and name not in self.described("Opportunity"):
                yield (
                    f"Opportunity.{name} is hidden: {what}; show it to the integration user in a"
                    " permission set"
                )

    @property
    def _kept_current(self) -> set[str]:
        """The fields that slasync writes for reps to read."""
        named = self._config.shown_fields
        return {named[word] for word in self._config.shows if word in named}

    def unseen(self) -> list[str]:
        """Return what is not there, and nothing fails without: e-mails, and fields for reps."""
        shown = set(self._config.shown_fields.values()) - self._kept_current
        needed = MAIL_FIELDS if self._config.emails else ()
        lacking = [name for name in needed if name not in self.described(MAIL)]
        return [UNWRITTEN.format(name) for name in lacking[:1]] + [
            f"{each.full_name} ({each.label}, for reps) is not there: {MAKE}"
            for each in package(self._config).fields
            if each.name in shown and each.name not in self.described(each.object)
        ]

    def described(self, object_name: str) -> Described:
        """Return what is told of an object's fields; nothing of one that is hidden."""
        if object_name not in self._known:
            self._known[object_name] = _describe(self._transport, object_name)
        return self._known[object_name]

    def _own(self) -> Iterator[str]:
        """Compare the fields that slasync writes with what it needs them to be."""
        config = self._config
        flags = {config.stale_field, config.stale_since_field, config.why_field}
        for each in package(config).fields:
            is_flag = each.name in flags and (each.object == LEAD or bool(config.contact_fields))
            of_lead = each.name == config.lead_key_field
            makes_leads = config.create_leads is CreateLeads.AT_HANDOVER
            is_shown = each.object == LEAD and each.name in self._kept_current
            if (of_lead and makes_leads) or is_flag or is_shown or self._claims(each):
                yield from self._fit(each)

    def _claims(self, each: CustomField) -> bool:
        ledger = self._config.ledger
        return each.object == (ledger.object if ledger else ACTIVITY)

    def _fit(self, needed: CustomField) -> Iterator[str]:
        object_name = "Task" if needed.object == ACTIVITY else needed.object
        name, there = f"{object_name}.{needed.name}", self.described(object_name).get(needed.name)
        if there is None:
            yield from self._present(object_name, [needed.name])
            return
        if not there.get("updateable"):
            yield f"{name} {READ_ONLY}"
        kind = there.get("type")
        if kind != DESCRIBED[needed.kind]:
            yield f"{name} is of type {kind}, needed is {DESCRIBED[needed.kind]}: {_OTHER}"
        elif needed.kind is Kind.TEXT and int(there.get("length") or 0) < needed.length:
            length = there.get("length")
            yield f"{name} holds {length} characters, needed are {needed.length}: lengthen it"
        for word in ("externalId", "unique"):
            if needed.unique and not there.get(word):
                yield f"{name} is not marked '{word}': mark it, without it slasync writes nothing"

    def _mapped(self, object_name: str, mapped: Iterable[FieldMapping]) -> Iterator[str]:
        mapped = list(mapped)
        written = [each.field for each in mapped if each.direction is not Direction.READ]
        yield from self._present(object_name, [each.field for each in mapped])
        for name in written:
            if name in self.described(object_name) and not self.described(object_name)[name].get(
                "updateable"
            ):
                yield f"{object_name}.{name} {READ_ONLY}, or map it with direction: read"

    def _present(self, object_name: str, names: Iterable[str]) -> Iterator[str]:
        absent = [name for name in names if name not in self.described(object_name)]
        shown_by = self._shown_by(object_name, absent) if absent else {}
        for name in absent:
            full = f"{object_name}.{name}"
            sets = shown_by.get(full)
            remedy = f"the permission set '{sets}' shows it, assign that" if sets else ""
            yield f"{full} {ABSENT}: {remedy or self._remedy(object_name, name)}"

    def _remedy(self, object_name: str, name: str) -> str:
        """Say how a field comes to be seen; only of slasync's own that slasync makes it."""
        where = ACTIVITY if object_name == "Task" else object_name
        if any((each.object, each.name) == (where, name) for each in package(self._config).fields):
            return MAKE
        return CREATE if name.endswith("__c") else "show it in its permission set"

    def _shown_by(self, object_name: str, names: Iterable[str]) -> Mapping[str, str]:
        """Tell which permission set shows a field that slasync's user does not see."""
        fields = listed(f"{object_name}.{name}" for name in names)
        text = (
            "SELECT Field,Parent.Label FROM FieldPermissions"  # noqa: S608 - literals are quoted
            f" WHERE PermissionsRead = true AND Field IN {fields}"
        )
        try:
            told = self._transport.call(Lane.READ, "GET", f"query/?q={quote(text, safe='')}")
            rows = told["records"]
            return {str(row["Field"]): str((row.get("Parent") or {}).get("Label")) for row in rows}
        except Refused:  # it may not read permission sets: told among its rights
            return {}
        except (KeyError, TypeError) as error:
            raise TryLater("the answer to a query is not one") from error

    def _statuses(self) -> list[str]:
        told = queries(self._transport, Lane.READ, [CLOSED_STATUSES])
        closed = {row["ApiName"] for row in rows_of(told[0])}
        words = f"no closed task status is named '{CLOSED}': add it to the statuses of tasks"
        return [] if CLOSED in closed else [words]


_OTHER = "give another name in connector.yaml, or make it anew"


def probe(config: SalesforceConfig, transport: Transport) -> list[str]:
    """Return what an admin has to mend, one sentence each. Raises TryLater or Stopped."""
    return Probe(config, transport).problems()


def _describe(transport: Transport, object_name: str) -> Described:
    try:
        told = transport.call(Lane.READ, "GET", f"sobjects/{object_name}/describe")
        return {each["name"]: each for each in told["fields"]}
    except Refused:  # the object is hidden: each of its fields is reported
        return {}
    except (KeyError, TypeError) as error:
        raise TryLater(f"the description of {object_name} is not one") from error
