"""A whole sandbox: one world, a Salesforce, a HubSpot, a Marketo, and the people who work there.

Ana, Ben, Chi and Dora sell, Mia is their manager, Lea leads sales; unassigned leads wait in the
queue "Inbound queue"; in marketing work Max and Nora. Addresses are NAME@sandbox.example.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slasync.sandbox.habits import Habits, Person, Words
from slasync.sandbox.hours import Hours
from slasync.sandbox.http import Request, Response
from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.loading import Loader
from slasync.sandbox.marketing import Marketing
from slasync.sandbox.marketo import Marketo
from slasync.sandbox.markets import InHubSpot, InMarketo
from slasync.sandbox.native_sync import NativeSync, Rules
from slasync.sandbox.people import Staff
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.world import World

Deliver = Callable[[Request], Response]

HOST = "sandbox.example"
REPS = {"ana": "Ana Albers", "ben": "Ben Brock", "chi": "Chi Chen", "dora": "Dora Dreyer"}
MANAGER, LEADER = "mia", "lea"
ABOVE = {MANAGER: "Mia Mohn", LEADER: "Lea Lindt"}
MARKETING = {"max": "Max Mertens", "nora": "Nora Nolte"}
QUEUE = "Inbound queue"
CONNECTOR = "HubSpot Connector"
MARKETO_FIELDS = {
    "slasyncStage": "string",
    "slasyncOwner": "string",
    "slasyncSlaState": "string",
    "slasyncDue": "datetime",
}
ZONE = "Europe/Berlin"
# Ana is quick, Dora needs every reminder: a demo shows all rungs of a ladder.
HABITS: Mapping[str, Habits] = {
    "ana": Habits(diligence=0.95, reminded=0.9, first_answer=timedelta(hours=1)),
    "ben": Habits(diligence=0.75, reminded=0.6),
    "chi": Habits(diligence=0.6, reminded=0.5, first_answer=timedelta(hours=5)),
    "dora": Habits(diligence=0.25, reminded=0.3, first_answer=timedelta(hours=8)),
    MANAGER: Habits(reminded=0.3),
    LEADER: Habits(reminded=0.2),
}


@dataclass(frozen=True, slots=True)
class Town:
    """What `build` made. `users` and `owners`: id by first name; `queues`: id by queue name."""

    world: World
    salesforce: Salesforce
    hubspot: HubSpot
    marketo: Marketo
    staff: Staff
    marketing: Marketing
    loader: Loader
    users: Mapping[str, str]
    owners: Mapping[str, str]
    queues: Mapping[str, str]

    def vendor(self, system: str) -> Salesforce | HubSpot | Marketo:
        """Return a system by its name."""
        if system == "salesforce":
            return self.salesforce
        return self.marketo if system == "marketo" else self.hubspot


def build(  # noqa: PLR0913 - what a town is made of
    world: World,
    *,
    salesforce: Mapping[str, Any] | None = None,
    hubspot: Mapping[str, Any] | None = None,
    marketo: Mapping[str, Any] | None = None,
    market: str = "hubspot",
    hours: Hours | None = None,
    words: Words | None = None,
) -> Town:
    """Build a sandbox; `salesforce`, `hubspot`, `marketo` are handed to the systems as they are.

    `market` is where marketing works, hubspot or marketo: the other one stays empty. Nobody acts
    before `staff.begin()`, `staff.look()` or `marketing.begin(plan)` is called.
    """
    crm, portal = Salesforce(world, **(salesforce or {})), HubSpot(world, **(hubspot or {}))
    instance = Marketo(world, **(marketo or {}))
    for name, kind in MARKETO_FIELDS.items():
        instance.add_field(name, kind)
    works, says = hours or Hours(ZoneInfo(ZONE)), words or Words()
    _teach(crm, says)
    users = _sales(crm, works.zone.key)
    queue = crm.add_queue(QUEUE)
    crm.assign_leads_to(queue)
    for name in REPS:
        crm.add_member(queue, users[name])
    everybody = [*REPS, MANAGER, LEADER]
    people = [
        Person(name, users[name], works, HABITS[name], works_leads=name in REPS)
        for name in everybody
    ]
    return Town(
        world,
        crm,
        portal,
        instance,
        Staff(world, crm, people, says),
        Marketing(world, InMarketo(instance) if market == "marketo" else InHubSpot(portal)),
        Loader(crm, portal, instance),
        users,
        _owners(portal),
        {QUEUE: queue},
    )


def connect(town: Town, rules: Rules | None = None) -> NativeSync:
    """Let HubSpot's own connector keep both systems alike, under a Salesforce user of its own."""
    user = town.salesforce.add_user(CONNECTOR, f"{CONNECTOR.replace(' ', '.').lower()}@{HOST}")
    made = NativeSync(town.world, town.salesforce, town.hubspot, user=user, rules=rules)
    made.begin()
    return made


def idle(town: Town) -> None:
    """Have nobody answer anything by themselves, as in a replay of a history."""
    for person in town.staff.people:
        nothing = replace(person.habits, diligence=0, reminded=0)
        town.staff.change(replace(person, habits=nothing))


def _teach(crm: Salesforce, words: Words) -> None:
    """Have the org know the statuses that its people use."""
    status = crm.org.schema["Lead"].fields["Status"]
    own = (words.working, words.recycled, words.disqualified)
    crm.add_field("Lead", replace(status, choices=tuple(dict.fromkeys((*status.choices, *own)))))


def _sales(crm: Salesforce, zone: str) -> dict[str, str]:
    users = {LEADER: crm.add_user(ABOVE[LEADER], f"{LEADER}@{HOST}", zone=zone)}
    users[MANAGER] = crm.add_user(ABOVE[MANAGER], f"{MANAGER}@{HOST}", users[LEADER], zone=zone)
    for name, full in REPS.items():
        users[name] = crm.add_user(full, f"{name}@{HOST}", users[MANAGER], zone=zone)
    return users


def _owners(portal: HubSpot) -> dict[str, str]:
    owners = {}
    for name, full in {**MARKETING, **REPS, **ABOVE}.items():
        first, _, last = full.partition(" ")
        team = "Marketing" if name in MARKETING else "Sales"
        owners[name] = portal.add_owner(f"{name}@{HOST}", first, last, team=team)
    return owners
