"""Two teams at one office, each under a mode, and what leads go through between them."""

from dataclasses import replace
from typing import Any

from slasync.connectors.memory import SIZES
from slasync.domain.lead import LeadKey, Pool, User, UserKey
from slasync.domain.modes import Canary, Mode, Modes, TeamMode
from slasync.domain.writes import Action, Write
from slasync.store.modes import LeadModeRow
from slasync.store.outbox_values import OutboxView, Settlement, State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.decide import Deciding
from slasync.workers.deciding.modes import brake
from tests.builders import DAY, HOUR, POOL, a_roster, owned, terms
from tests.workers.office import Office

DORA = User(UserKey("005DOR"), "Dora", "dora@sandbox.example", manager=UserKey("005MIA"))
DACH = Pool(
    "dach",
    ("dora@sandbox.example",),
    manager="mia@sandbox.example",
    leadership=("lea@sandbox.example",),
)
POOLS = {POOL.name: POOL, DACH.name: DACH}


def modes(deployment: Mode = Mode.ENFORCE, canary: Canary | None = None, **teams: Mode) -> Modes:
    """Return modes by the names of teams."""
    rules = {name: TeamMode(mode) for name, mode in teams.items()}
    return Modes(TeamMode(deployment, canary), rules, POOLS)


class Teams(Office):
    """`inbound` has Ana, Ben and Chi, `dach` has Dora. `under` is what processes start with."""

    under: Modes = modes()

    def __post_init__(self) -> None:
        super().__post_init__()
        with transaction(self.engine) as unit:
            unit.users.put([DORA], self.clock.now())

    def deciding(self, **changes: Any) -> Deciding:
        return super().deciding(**{"modes": self.under, "pools": POOLS} | changes)

    def start_under(self, under: Modes) -> int:
        """End the process and start it with other modes, as `assemble` does."""
        self.under = under
        now = self.clock.now()
        roster = replace(a_roster(DORA), pools=POOLS)
        made = terms(now, agreement=self.agreement, modes=under, roster=roster)
        with transaction(self.engine) as unit:
            at_work = {*unit.clocks.not_ended(None), *unit.modes.not_enforced()}
            unit.leads.mark_dirty(sorted(at_work), now)
            return brake(unit, made)

    def given_to(self, lead: LeadKey, user: User, by: User | None = None) -> None:
        """Have a person, or a machine, give a lead to somebody."""
        self.learn(lead, owned(self.clock.now(), user, by))

    def settle(self, state: State = State.DONE) -> None:
        """Have all that is queued be sent, and end so."""
        now = self.clock.now()
        for system in ("salesforce", "hubspot"):
            with transaction(self.engine) as unit:
                while batch := unit.outbox.claim(system, SIZES, "pusher", now, now + HOUR):
                    sent = unit.outbox.mark_sent(batch, now)
                    ends = [Settlement(r.id, r.term, state, "", not_before=now) for r in sent.rows]
                    unit.outbox.settle(ends, "pusher", now)
                    if state is State.MAYBE_SENT:
                        break

    def queued(self, lead: LeadKey) -> list[OutboxView]:
        return [v for v in self.writes() if v.lead == lead and v.state is State.PENDING]

    def states(self, lead: LeadKey) -> list[tuple[Action, State]]:
        return [(view.write.action, view.state) for view in self.writes() if view.lead == lead]

    def shadowed(self, lead: LeadKey) -> list[Write]:
        """Return what mode shadow has kept back of a lead."""
        with reading(self.engine) as unit:
            found = unit.shadow.between(self.clock.now() - 365 * DAY, self.clock.now())
        return [kept.write for kept in found.get(lead, [])]

    def mode(self, lead: LeadKey) -> LeadModeRow:
        with reading(self.engine) as unit:
            return unit.modes.of([lead])[lead]
