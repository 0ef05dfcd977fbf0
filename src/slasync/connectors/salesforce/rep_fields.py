"""What reps are shown on a lead: as the record that Salesforce takes, and compared with it."""

from collections.abc import Mapping
from typing import Any

from slasync.connectors.salesforce.ids import OBJECTS
from slasync.connectors.salesforce.records import Record, cut, same_instant
from slasync.domain.lead import Ref
from slasync.domain.rep_fields import DUE, LENGTH, WHY
from slasync.domain.writes import Write
from slasync.ports import Outcome, Receipt
from slasync.systems import SalesforceConfig

NOTHING_TO_WRITE = Receipt(Outcome.ALREADY, message="connector.yaml maps none of these fields")


def fields_of(write: Write, config: SalesforceConfig) -> dict[str, str]:
    """Return the field of each word that is to be shown and has one."""
    named = {**config.shown_fields, WHY: config.why_field}
    return {word: named[word] for word in write.values if word in config.shows and word in named}


def show_record(write: Write, target: Ref, config: SalesforceConfig) -> Record | None:
    """Return the change; None where nothing of it is mapped."""
    fields = fields_of(write, config)
    if not fields:
        return None
    values = {field: _written(write.values[word]) for word, field in fields.items()}
    return {"attributes": {"type": OBJECTS[target.kind]}, "id": target.id, **values}


def _written(value: Any) -> Any:
    return cut(value, LENGTH) if isinstance(value, str) else value


def is_shown(write: Write, row: Mapping[str, Any], config: SalesforceConfig) -> bool:
    """Tell whether a record shows what it was to show."""
    for word, field in fields_of(write, config).items():
        wanted, held = _written(write.values[word]), row[field]
        same = same_instant(held, wanted) if word == DUE else held == wanted
        if not same:
            return False
    return True
