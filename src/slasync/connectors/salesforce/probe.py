"""What an organisation lacks for slasync: asked of its own descriptions."""

from collections.abc import Iterable, Mapping
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.accounts import SOMETIMES_HIDDEN, account_columns
from slasync.connectors.salesforce.read import queries, rows_of
from slasync.connectors.salesforce.records import CLOSED
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, TryLater
from slasync.systems import CreateLeads, Direction, FieldMapping, SalesforceConfig

Described = Mapping[str, Mapping[str, Any]]
COMPLETED = "CompletedDateTime"
CLOSED_STATUSES = "SELECT ApiName FROM TaskStatus WHERE IsClosed = true"


def probe(config: SalesforceConfig, transport: Transport) -> list[str]:
    """Return what an admin has to mend, one sentence each. Raises TryLater or Stopped."""
    lead, task = _describe(transport, "Lead"), _describe(transport, "Task")
    problems = [
        *_mapped("Lead", lead, config.lead_fields),
        *_key("Task", task, config.task_key_field),
        *_writable("Lead", lead, (config.stale_field, config.stale_since_field, config.why_field)),
    ]
    if config.create_leads is CreateLeads.AT_HANDOVER:
        problems += _key("Lead", lead, config.lead_key_field)
    if config.contact_fields:
        described = _describe(transport, "Contact")
        problems += _mapped("Contact", described, config.contact_fields)
    if config.accounts:
        described = _describe(transport, "Account")
        needed = [name for name in account_columns(config.accounts) if name not in SOMETIMES_HIDDEN]
        problems += _present("Account", described, needed)
    if COMPLETED not in task:
        problems.append(f"Task.{COMPLETED} is hidden: completed tasks will be graded 'suspect'")
    return problems + _statuses(transport)


def _describe(transport: Transport, object_name: str) -> Described:
    try:
        told = transport.call(Lane.READ, "GET", f"sobjects/{object_name}/describe")
        return {each["name"]: each for each in told["fields"]}
    except Refused:  # the object is hidden: each of its fields is reported
        return {}
    except (KeyError, TypeError) as error:
        raise TryLater(f"the description of {object_name} is not one") from error


def _mapped(object_name: str, fields: Described, mapped: Iterable[FieldMapping]) -> list[str]:
    mapped = list(mapped)
    written = [each.field for each in mapped if each.direction is not Direction.READ]
    read = [each.field for each in mapped if each.direction is Direction.READ]
    return _present(object_name, fields, read) + _writable(object_name, fields, written)


def _present(object_name: str, fields: Described, names: Iterable[str]) -> list[str]:
    return [
        f"{object_name}.{name} does not exist or is hidden from the integration user"
        for name in names
        if name not in fields
    ]


def _writable(object_name: str, fields: Described, names: Iterable[str]) -> list[str]:
    names = list(names)
    read_only = [n for n in names if n in fields and not fields[n].get("updateable")]
    return _present(object_name, fields, names) + [
        f"{object_name}.{name} is read-only for the integration user" for name in read_only
    ]


def _key(object_name: str, fields: Described, name: str) -> list[str]:
    """Check a field by which slasync finds its own records again."""
    described = fields.get(name, {})
    unfit = [word for word in ("externalId", "unique") if described and not described.get(word)]
    return _writable(object_name, fields, (name,)) + [
        f"{object_name}.{name} is not marked '{word}': without it slasync writes nothing"
        for word in unfit
    ]


def _statuses(transport: Transport) -> list[str]:
    told = queries(transport, Lane.READ, [CLOSED_STATUSES])
    closed = {row["ApiName"] for row in rows_of(told[0])}
    return [] if CLOSED in closed else [f"no closed task status is named '{CLOSED}'"]
