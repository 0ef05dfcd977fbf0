"""Accounts: which phases the leads of a company are in, and how far any of them came."""

from collections import Counter
from dataclasses import dataclass, field

from slasync.domain.agreement import Stage
from slasync.domain.figures.handed import PHASES, Handed
from slasync.domain.identity.company import CONTACTS_COMPANY, name_key
from slasync.domain.lead import Lead


@dataclass(slots=True)
class Account:
    """One company's leads that were handed over."""

    name: str
    leads: int = 0
    now: Counter[Stage] = field(default_factory=Counter)
    reached: Stage = Stage.MQL  # the farthest that any came

    @property
    def open(self) -> int:
        return sum(self.now[phase] for phase in PHASES[:-1])


@dataclass(slots=True)
class Accounts:
    """All companies, by the CRM's account where the lead has one, else by the company's name."""

    by_key: dict[str, Account] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of the CRM's accounts, by their keys
    without: int = 0  # leads that name no company

    def take(self, lead: Lead, stage: Stage, last: Handed) -> None:
        """Add a lead with its stage now; `last`: its last hand-over."""
        own, name = lead.text(CONTACTS_COMPANY), lead.text("company")
        key = own or name_key(name)
        if not key:
            self.without += 1
            return
        account = self.by_key.setdefault(key, Account(self.names.get(own) or name or own))
        account.leads += 1
        reached = max((Stage.MQL, *last.reached), key=PHASES.index)
        account.now[reached if last.ended is None else _after(stage, reached)] += 1
        account.reached = max(account.reached, reached, key=PHASES.index)

    def by_size(self) -> list[Account]:
        """Return the accounts, those that came farthest first, then those with most leads."""
        order = {phase: number for number, phase in enumerate(PHASES)}
        return sorted(
            self.by_key.values(), key=lambda a: (-order[a.reached], -a.open, -a.leads, a.name)
        )


def _after(stage: Stage, reached: Stage) -> Stage:
    """Of a cycle that is over, what the lead is now: converted ones stay where they came to."""
    return stage if stage in {Stage.RECYCLED, Stage.DISQUALIFIED} else reached
