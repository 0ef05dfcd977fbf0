"""What `slasync parity --live` asks the CRM: tasks that others made about the leads compared."""

from collections.abc import Mapping, Sequence

from slasync.cli.surroundings import Surroundings, WrongCall
from slasync.domain.lead import LeadKey, Ref
from slasync.ports import Asked
from slasync.reports.parity import Span
from slasync.settings import Settings

AskedOf = Mapping[LeadKey, Sequence[Asked]]
PEOPLE = ("lead", "contact")


def asked_live(
    surroundings: Surroundings,
    settings: Settings,
    leads: Mapping[LeadKey, Sequence[Ref]],
    span: Span,
) -> AskedOf:
    """Return for each lead the tasks that others made in the time compared.

    Raises WrongCall where the CRM cannot be asked, else TryLater, Refused or Stopped.
    """
    from slasync.connectors.salesforce import SalesforceConnector  # noqa: PLC0415 - half a second

    keys = {
        ref: key
        for key, refs in leads.items()
        for ref in refs
        if ref.system == "salesforce" and ref.kind in PEOPLE
    }
    with surroundings.connected(settings) as connectors:
        if not isinstance(connectors.crm, SalesforceConnector):
            raise WrongCall("--live asks Salesforce: HubSpot's tasks of others cannot be told yet")
        found: dict[LeadKey, list[Asked]] = {}
        for each in connectors.crm.asked(list(keys), span.since - span.tolerance):
            found.setdefault(keys[each.about], []).append(each)
    return found
