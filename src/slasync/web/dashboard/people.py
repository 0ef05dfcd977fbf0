"""Who is who: users of the CRM by key, and which teams they are in."""

from collections.abc import Sequence
from dataclasses import dataclass

from slasync.domain.lead import LeadKey, Roster, User, UserKey
from slasync.domain.wording import name_of
from slasync.settings import Settings
from slasync.store.unit import Unit


@dataclass(frozen=True, slots=True)
class People:
    """The roster, as pages ask it."""

    roster: Roster

    @classmethod
    def of(cls, settings: Settings, unit: Unit) -> "People":
        return cls(Roster.of(unit.users.all(), settings.pools, settings.absences))

    def name(self, key: str | None) -> str:
        """Name a user or queue; empty for nobody."""
        if not key:
            return ""
        user = self.roster.users.get(UserKey(key))
        return user.name if user else key

    def members(self, team: str) -> list[User]:
        """Return the members of a team that the CRM knows."""
        pool = self.roster.pools.get(team)
        found = (self.roster.member(email) for email in (pool.members if pool else ()))
        return [user for user in found if user]

    def team_of(self, key: str) -> str:
        """Return the first team that somebody is in; empty: in none."""
        user = self.roster.users.get(UserKey(key))
        address = (user.email or "").lower() if user else ""
        for name, pool in self.roster.pools.items():
            if address and address in {email.lower() for email in pool.members}:
                return name
        return ""


@dataclass(frozen=True, slots=True)
class Known:
    """A lead as lists show it."""

    name: str
    company: str


def known_leads(unit: Unit, keys: Sequence[LeadKey]) -> dict[LeadKey, Known]:
    """Return name and company of leads."""
    leads = unit.leads.get(keys)
    return {key: Known(name_of(lead), lead.text("company")) for key, lead in leads.items()}
