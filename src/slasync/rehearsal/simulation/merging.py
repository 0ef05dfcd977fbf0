"""People who find that two records are one person, and make them one: in marketing, in the CRM."""

from collections.abc import Callable, Mapping
from random import Random  # noqa: TID251 - its type only: a stream is given
from typing import Any, Protocol

from slasync.rehearsal.simulation.surroundings import Surroundings
from slasync.sandbox.town import MANAGER

BOTH = 0.6  # how often the other system's records of the two are merged as well, a little later
TWICE = 0.5  # how often somebody is entered a second time first, under another address
HIGH = (80, 95)
TOLD = ("firstname", "lastname", "company", "phone")


class Later(Protocol):
    def __call__(self, chance: Random, act: Callable[[], None]) -> None: ...


class Mergers:
    """Whoever keeps the records of a system clean."""

    def __init__(self, around: Surroundings, later: Later) -> None:
        self._around = around
        self._later = later
        self._crm = around.town.salesforce
        self._market = around.town.marketing.market

    def contacts(self, chance: Random) -> None:
        """Make two contacts one: two whom marketing knew, or one who came a second time."""
        ids = self._market.contacts()
        if not ids:
            return
        one = chance.choice(ids)
        if chance.random() < TWICE:
            other = self._again(chance, one)
            pair = (one, other) if chance.random() < TWICE else (other, one)
            self._later(chance, lambda: self._merge_contacts(chance, *pair))
            return
        other = chance.choice(ids)
        if one != other:
            self._merge_contacts(chance, one, other)

    def leads(self, chance: Random) -> None:
        """Make two leads of the CRM one; often those of one marketing has merged, or will."""
        leads = [row for row in self._crm.rows("Lead") if not row.get("IsConverted")]
        if len(leads) < 2:  # noqa: PLR2004 - two
            return
        stays, gone = chance.sample(leads, 2)
        self._merge_leads(stays["Id"], gone["Id"])
        if chance.random() < BOTH:
            ours = (self._contact_of(stays), self._contact_of(gone))
            self._later(chance, lambda: self._merge_known(*ours))

    def _again(self, chance: Random, contact: str) -> str:
        """The same person fills in a form from a private address."""
        known = self._market.known(contact)
        given = {name: known[name] for name in TOLD if known.get(name)}
        given |= {"email": f"private.{known.get('email', contact)}"}
        return self._market.arrive(given, chance.choice(HIGH))

    def _merge_contacts(self, chance: Random, stays: str, gone: str) -> None:
        found = [self._lead_of(self._market.known(id_)) for id_ in (stays, gone)]
        self._market.merge(stays, gone)
        first, second = found
        if first is not None and second is not None and chance.random() < BOTH:
            self._later(chance, lambda: self._merge_leads(first, second))

    def _merge_known(self, stays: str | None, gone: str | None) -> None:
        if stays is not None and gone is not None and stays != gone:
            self._market.merge(stays, gone)

    def _merge_leads(self, stays: str, gone: str) -> None:
        self._crm.merge_leads(stays, [gone], self._around.town.users[MANAGER])

    def _lead_of(self, contact: Mapping[str, Any]) -> str | None:
        email = contact.get("email")
        same = (row["Id"] for row in self._crm.rows("Lead") if row.get("Email") == email)
        return next(same, None) if email else None

    def _contact_of(self, lead: Mapping[str, Any]) -> str | None:
        email, market = lead.get("Email"), self._market
        same = (id_ for id_ in market.contacts() if market.known(id_).get("email") == email)
        return next(same, None) if email else None
