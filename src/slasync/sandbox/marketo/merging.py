"""Several leads made one: the winner's values stand, what it lacks comes from the losers.

Guessed: the words of the refusals; that the losers' values are taken in the order of their ids in
the call; that values so filled make no Change Data Value.
"""

from typing import Any

from slasync.sandbox.marketo.activity_types import DELETE, MERGE
from slasync.sandbox.marketo.failures import Failure, invalid, missing, no_lead
from slasync.sandbox.marketo.instance import Instance, Source, full_name
from slasync.sandbox.marketo.leads import Lead

MOST_LOSERS = 25
_RANK = {"contact": 2, "lead": 1}  # what a record in Salesforce is worth when it merges too


def merge(
    instance: Instance, winner_id: int, loser_ids: list[int], source: Source, *, in_crm: bool
) -> Lead:
    """Merge leads and return the survivor, with `in_crm` not always the one asked for."""
    winner, losers = _checked(instance, winner_id, loser_ids)
    if in_crm:
        winner, losers = _by_rank(instance, [winner, *losers])
    filled: dict[str, Any] = {}
    for loser in losers:
        filled = {**loser.values, **filled}
        instance.lists.merge(loser.id, winner.id)
        instance.take_out(loser)
        instance.merged(loser.id, winner.id)
    lacking = {n: v for n, v in filled.items() if winner.values.get(n) is None}
    if lacking:
        winner = instance.write(winner, instance.changes(winner, lacking), source)
    _tell(instance, winner, losers, sorted(lacking), source)
    return winner


def _checked(instance: Instance, winner_id: int, ids: list[int]) -> tuple[Lead, list[Lead]]:
    if not ids:
        raise missing("leadId")
    if len(set(ids)) > MOST_LOSERS:
        raise Failure("1080", f"More than {MOST_LOSERS} leads to merge")
    if winner_id in ids:
        raise invalid("A lead cannot be merged with itself")
    winner = instance.leads.rows.get(winner_id)
    losers = [instance.leads.rows.get(each) for each in dict.fromkeys(ids)]
    found = [lead for lead in losers if lead is not None]
    if winner is None or len(found) < len(losers):
        raise no_lead()
    return winner, found


def _by_rank(instance: Instance, leads: list[Lead]) -> tuple[Lead, list[Lead]]:
    """Let a Salesforce contact win over a Salesforce lead, and that over any other."""
    if not instance.options.native_sync:
        raise Failure("1076", "Merge Leads call with mergeInCRM flag is 4")
    best = max(leads, key=lambda lead: _RANK.get(str(lead.values.get("sfdcType")).lower(), 0))
    return best, [lead for lead in leads if lead is not best]


def _tell(
    instance: Instance, winner: Lead, losers: list[Lead], filled: list[str], source: Source
) -> None:
    ids = ",".join(str(loser.id) for loser in losers)
    instance.journal(winner.id, "merge", source.by, after={"mergedIds": ids})
    told = (
        ("Master Updated", bool(filled)),
        ("Merge Fields", ",".join(filled)),
        ("Merge IDs", ids),
        ("Merge Source", source.name),
    )
    name = full_name(winner)
    instance.tell(MERGE, winner.id, primary_id=winner.id, primary=name, attributes=told)
    chance = instance.world.chance("marketo.merges")
    for loser in losers:
        if chance.random() < instance.options.losers_among_deleted:
            instance.tell(DELETE, loser.id, primary_id=loser.id, primary=full_name(loser))
