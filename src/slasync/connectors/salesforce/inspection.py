"""Everything that `check --live` asks an organisation; nothing is written but a wanted proof."""

from dataclasses import replace

from slasync.connectors.naming import Named, statuses
from slasync.connectors.provisioning import Findings
from slasync.connectors.salesforce import SalesforceConnector
from slasync.connectors.salesforce.metadata import LEAD
from slasync.connectors.salesforce.probe import Probe
from slasync.connectors.salesforce.probe_ledger import ledger_problems
from slasync.connectors.salesforce.probe_owners import keepers
from slasync.connectors.salesforce.probe_people import people
from slasync.connectors.salesforce.probe_quota import quotas
from slasync.connectors.salesforce.probe_rights import rights
from slasync.connectors.salesforce.probe_stages import stages
from slasync.connectors.salesforce.prove import prove

BY_DESCRIPTION = (
    "that a task comes once is read from the description of its key, not tried: --prove-keys tries"
    " it with a task to slasync's own user"
)


def inspect(connector: SalesforceConnector, named: Named, proof_key: str | None) -> Findings:
    """Compare the organisation with the configuration. `proof_key`: also prove, under this key.

    Raises TryLater, Refused or Stopped.
    """
    config, transport = connector.config, connector.transport
    probe = Probe(config, transport)
    status = probe.described(LEAD).get("Status", {})
    values = [str(v["value"]) for v in status.get("picklistValues") or () if v.get("active")]
    fields = probe.problems()
    ledger = ledger_problems(config.ledger, transport)
    found = (
        Findings(
            (*fields, *ledger, *people(named, transport), *statuses(named, values, "Lead.Status"))
        )
        + rights(config, transport, connector.user_id)
        + stages(named.stages, config, transport)
        + quotas(config.budget, transport)
    )
    kept = keepers(config, named, transport)
    found = replace(found, notes=(*found.notes, *probe.unseen(), *kept))
    if proof_key is None:
        return replace(found, notes=(*found.notes, BY_DESCRIPTION))
    if fields:
        words = "nothing was tried: mend the fields first"
        return replace(found, notes=(*found.notes, words))
    return found + prove(config, transport, connector.user_id, proof_key)
