"""What people saw in a rehearsal: reps their tasks, leadership the escalations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from slasync.domain.counting import so_many
from slasync.domain.lead import LeadKey
from slasync.rehearsal.stage import Stage
from slasync.store.unit import reading

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain values, to be printed by the command line."""

    title: str
    columns: Sequence[str]
    rows: Rows


def tables(stage: Stage, sample: int) -> list[Table]:
    """Return what there is to see at the end of a rehearsal."""
    return [by_rep(stage), some_tasks(stage, sample), escalated(stage, sample), outcomes(stage)]


def by_rep(stage: Stage) -> Table:
    """Each person's tasks, as Salesforce shows them."""
    crm, us = stage.town.salesforce, stage.town.salesforce.integration_user_id
    names = {id_: crm.get("User", id_) or {} for id_ in stage.town.users.values()}
    ours = [row for row in crm.rows("Task") if row.get("CreatedById") == us]
    written = Counter(row["OwnerId"] for row in ours)
    closed = Counter(row["OwnerId"] for row in ours if row.get("IsClosed"))
    leads = Counter(row["OwnerId"] for row in crm.rows("Lead"))
    rows = [
        (user.get("Name", id_), leads[id_], written[id_], closed[id_], written[id_] - closed[id_])
        for id_, user in names.items()
    ]
    columns = ("who", "leads owned", "SLA tasks", "closed", "open")
    return Table("What the reps saw in Salesforce", columns, rows)


def some_tasks(stage: Stage, sample: int) -> Table:
    """The last tasks written, word for word."""
    crm, us = stage.town.salesforce, stage.town.salesforce.integration_user_id
    ours = [row for row in crm.rows("Task") if row.get("CreatedById") == us][-sample:]
    rows = [
        (
            (crm.get("User", str(row["OwnerId"])) or {}).get("Name", row["OwnerId"]),
            row.get("ActivityDate", ""),
            row.get("Priority", ""),
            row.get("Subject", ""),
            "closed" if row.get("IsClosed") else "open",
        )
        for row in ours
    ]
    return Table(
        f"The last {len(rows)} of their tasks", ("for", "due", "priority", "subject", ""), rows
    )


def escalated(stage: Stage, sample: int) -> Table:
    """The lines of leadership's digest: who was escalated, and why."""
    with reading(stage.engine) as unit:
        lines = unit.digests.since(stage.application.agreement.effective_from or EARLIEST)
    rows = [(line.to, line.text) for line in lines]
    title = f"Escalated to leadership: {so_many(len(rows), 'line')}"
    if len(rows) > sample:
        title += f", the last {sample}"
    return Table(title, ("to", "why"), rows[-sample:])


def outcomes(stage: Stage) -> Table:
    """Where the leads stand."""
    with reading(stage.engine) as unit:
        counts: Mapping[str, int] = unit.leads.counts()
    return Table("Where the leads stand", ("stage", "leads"), sorted(counts.items()))


def most_eventful(stage: Stage) -> LeadKey:
    """Return the lead with the longest history: the one worth explaining."""
    with reading(stage.engine) as unit:
        facts = unit.facts.of(unit.leads.all_keys())
    return max(facts, key=lambda key: (len(facts[key]), key))
