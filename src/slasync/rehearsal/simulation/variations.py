"""What befalls a company in some seeds, besides what every seed draws: changes of a drawn plan."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random  # noqa: TID251 - its type only: a stream is given

from slasync.rehearsal.simulation.plan import (
    DAY,
    FIRST,
    SECOND,
    ActPart,
    OutagePart,
    PausePart,
    Plan,
    SecondPart,
)

HELD_AT = (  # where a process that stands still leaves work half done
    "pull.claimed", "pull.page_received", "push.claimed", "push.marked", "push.answered",
    "inbox.claimed",
)  # fmt: skip
DOUBLED = "double_lead"
MERGING = ("merge_contacts", "merge_leads")
RESTING = ("snooze", "wake", "dispute", "decide_dispute")
IN_MARKETO = {
    "hubspot/contacts": "marketo/",
    "hubspot": "marketo",
    "crm/v3": "rest/v1",
    "batch/update": "v1/leads.json",
    "search": "activities",
}
"""Systems and paths of HubSpot: what a fault of them strikes there."""
READ_IN_MARKETO, FIRST_CALLS = "pull:marketo:pull.claimed>marketo.answered", 16


def standing_still(plan: Plan, chance: Random) -> Plan:
    """In some seeds two daemons work all day, and one stands still in the middle of its work for
    longer than its leases last: the other does the work, and it comes back.
    """
    if chance.random() < 0.85:  # noqa: PLR2004 - a share
        return plan
    pauses = tuple(
        PausePart(
            daemon=chance.choice((FIRST, SECOND)),
            at=round(chance.uniform(0, DAY), 1),
            minutes=round(chance.uniform(6, 40), 1),
            place=chance.choice(HELD_AT),
        )
        for _ in range(chance.randint(3, 8))
    )
    return plan.changed(pauses=pauses, second=SecondPart(since=1.0, until=DAY))


def hasty(plan: Plan, chance: Random) -> Plan:
    """In some seeds people in the CRM are often faster than a write that is on its way."""
    if chance.random() < 0.8:  # noqa: PLR2004 - a share
        return plan
    share = round(chance.uniform(0.1, 0.6), 2)
    return plan.changed(company=replace(plan.company, hasty=share))


def doubled(plan: Plan, chance: Random) -> Plan:
    """In some seeds somebody is in the CRM twice before marketing meets him."""
    if chance.random() < 0.8:  # noqa: PLR2004 - a share
        return plan
    times = [round(chance.uniform(0, DAY), 2) for _ in range(chance.randint(1, 3))]
    first = len(plan.acts) + 1
    more = (ActPart(number=first + n, kind=DOUBLED, at=at) for n, at in enumerate(times))
    return plan.changed(acts=(*plan.acts, *more))


def merging(plan: Plan, chance: Random) -> Plan:
    """In some seeds marketing and sales find that two of their records are one person."""
    if chance.random() < 0.8:  # noqa: PLR2004 - a share
        return plan
    return _with_acts(plan, chance, MERGING, chance.randint(2, 6), since=60)


def resting(plan: Plan, chance: Random) -> Plan:
    """In some seeds reps may put leads aside and dispute breaches, and a manager decides."""
    if chance.random() < 0.8:  # noqa: PLR2004 - a share
        return plan
    plan = plan.changed(company=replace(plan.company, rests=True))
    return _with_acts(plan, chance, RESTING, chance.randint(6, 24), since=30)


def _with_acts(
    plan: Plan, chance: Random, kinds: Sequence[str], times: int, *, since: float
) -> Plan:
    first = len(plan.acts) + 1
    more = (
        ActPart(
            number=first + n, kind=chance.choice(kinds), at=round(chance.uniform(since, DAY), 2)
        )
        for n in range(times)
    )
    return plan.changed(acts=(*plan.acts, *more))


def catching_up(plan: Plan, chance: Random) -> Plan:
    """Have so much be late at once that a cap is reached, and somebody allow what was held."""
    since = round(chance.uniform(60, 480), 1)
    until = round(since + chance.uniform(60, 300), 1)
    out = OutagePart(system="salesforce", how="unavailable", since=since, until=until)
    number = len(plan.acts) + 1
    acts = tuple(
        ActPart(number=number + n, kind="let_go", at=until + minutes)
        for n, minutes in enumerate((chance.uniform(8, 20), chance.uniform(30, 120)))
    )
    return plan.changed(outages=(*plan.outages, out), acts=(*plan.acts, *acts))


def with_marketo(plan: Plan) -> Plan:
    """Have the same day befall a company whose marketing works in Marketo."""
    crash = replace(plan.crash, named=tuple(map(_in_marketo, plan.crash.named)))
    return plan.changed(
        company=replace(plan.company, marketing="marketo"),
        faults=tuple(replace(fault, path=_in_marketo(fault.path)) for fault in plan.faults),
        outages=tuple(replace(out, system=_in_marketo(out.system)) for out in plan.outages),
        crash=crash,
    )


def dying_early(plan: Plan, chance: Random) -> Plan:
    """In some seeds the daemon dies again and again while it reads whom Marketo has already: it
    stays dead for about as long as Marketo takes to prepare that."""
    if chance.random() < 0.6:  # noqa: PLR2004 - a share
        return plan
    numbers = chance.sample(range(1, FIRST_CALLS), 3)
    named = tuple(f"{READ_IN_MARKETO}#{number}" for number in sorted(numbers))
    longest = max(plan.crash.longest, 6.0)
    crash = replace(plan.crash, named=(*plan.crash.named, *named), longest=longest)
    return plan.changed(crash=crash)


def _in_marketo(named: str) -> str:
    for theirs, own in IN_MARKETO.items():
        named = named.replace(theirs, own)
    return named
