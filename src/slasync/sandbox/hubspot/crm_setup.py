"""An account made ready to be the CRM: the properties that an admin makes for slasync."""

from collections.abc import Mapping
from typing import Any

from slasync.sandbox.hubspot.people import People
from slasync.sandbox.hubspot.properties_api import define

LEAD_STATE = "lead_state"
"""A property for the status of leads that takes any words; hs_lead_status has a list of its own."""
SHOWN = ("status", "next_step", "attempts", "lately")
YES_NO = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]


def make_ready(hubspot: People) -> None:
    """Make slasync's properties of contacts and tasks; the lead's key there is made unique."""
    contacts = [
        _property("slasync_stale", "bool", "booleancheckbox", options=YES_NO),
        _property("slasync_stale_since", "datetime", "date"),
        _property("slasync_why", "string", "text"),
        _property(LEAD_STATE, "string", "text"),
        *(_property(f"slasync_{name}", "string", "text") for name in SHOWN),
        _property("slasync_priority", "number", "number"),
        _property("slasync_shown_due", "datetime", "date"),
    ]
    tasks = [
        _property("slasync_key", "string", "text", hasUniqueValue=True),
        _property("slasync_contact", "string", "text"),
    ]
    portal = hubspot.portal
    with portal.lock:
        schema = portal.schema(portal.kind("contacts"))
        schema.properties.pop("slasync_lead_key", None)  # of a fresh account: not unique
        contacts.append(_property("slasync_lead_key", "string", "text", hasUniqueValue=True))
        for kind, made in (("contacts", contacts), ("tasks", tasks)):
            schema = portal.schema(portal.kind(kind))
            group = next(iter(schema.groups))
            for each in made:
                define(schema, {**each, "groupName": group}, portal.now)


def _property(name: str, type_: str, field_type: str, **more: Any) -> Mapping[str, Any]:
    return {"name": name, "label": name, "type": type_, "fieldType": field_type, **more}
