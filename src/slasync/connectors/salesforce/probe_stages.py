"""Whether the organisation's stages of opportunities are those that the agreement names."""

from collections.abc import Collection

from slasync.connectors import naming
from slasync.connectors.http import Lane
from slasync.connectors.provisioning import Findings
from slasync.connectors.salesforce.read import queries, rows_of
from slasync.connectors.salesforce.transport import Transport
from slasync.systems import SalesforceConfig

STAGES = "SELECT ApiName,IsClosed FROM OpportunityStage WHERE IsActive = true"


def stages(named: Collection[str], config: SalesforceConfig, transport: Transport) -> Findings:
    """Compare the agreement's stages with the organisation's, where opportunities are read.

    Raises TryLater, Refused or Stopped.
    """
    if not named or config.opportunities is None:
        return Findings()
    told = queries(transport, Lane.READ, [STAGES])
    closed = {str(row["ApiName"]): bool(row["IsClosed"]) for row in rows_of(told[0])}
    return naming.stages(named, closed, "opportunity", "Salesforce")
