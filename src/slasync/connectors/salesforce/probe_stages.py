"""Whether the organisation's stages of opportunities are those that the agreement names."""

from collections.abc import Collection

from slasync.connectors.http import Lane
from slasync.connectors.provisioning import Findings
from slasync.connectors.salesforce.read import queries, rows_of
from slasync.connectors.salesforce.transport import Transport
from slasync.systems import SalesforceConfig

STAGES = "SELECT ApiName,IsClosed FROM OpportunityStage WHERE IsActive = true"
WHERE = "definitions.opportunities (agreement.yaml)"


def stages(named: Collection[str], config: SalesforceConfig, transport: Transport) -> Findings:
    """Compare the agreement's stages with the organisation's, where opportunities are read.

    Raises TryLater, Refused or Stopped.
    """
    if not named or config.opportunities is None:
        return Findings()
    told = queries(transport, Lane.READ, [STAGES])
    closed = {str(row["ApiName"]): bool(row["IsClosed"]) for row in rows_of(told[0])}
    problems = [problem for name in sorted(named) if (problem := _problem(name, closed))]
    notes = [
        f"Opportunity stage '{name}' is not in {WHERE}: Salesforce's own probability counts"
        for name, is_closed in closed.items()
        if not is_closed and name not in named
    ]
    return Findings(tuple(problems), tuple(notes))


def _problem(name: str, closed: dict[str, bool]) -> str:
    if name not in closed:
        return f"there is no opportunity stage '{name}': correct it in {WHERE}, or add it there"
    if closed[name]:
        return f"opportunity stage '{name}' is a closed one: take it out of {WHERE}"
    return ""
