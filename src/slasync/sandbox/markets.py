"""What scripted marketing does in a marketing system, said once for each system."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.hubspot.errors import Problem
from slasync.sandbox.marketo import Failure, Marketo

VISITOR, SCORING = "website", "scoring"  # who the journal says it was
CONTACTS, SCORE = "contacts", "hubspotscore"
REFUSALS = (Problem, Failure)
IN_MARKETO = {
    "firstname": "firstName",
    "lastname": "lastName",
    "hs_analytics_source": "leadSource",
}
"""What Marketo calls the fields of a person who is made up."""
IN_HUBSPOT = {theirs: name for name, theirs in IN_MARKETO.items()}

Person = Mapping[str, str]
"""Somebody who is made up, as HubSpot names the fields."""


class Market(Protocol):
    """A marketing system, as marketing works in it. Each raises one of REFUSALS."""

    def arrive(self, person: Person, score: int = 0, by: str = VISITOR) -> str:
        """Have somebody arrive; return the id."""

    def grow(self, contact: str, score: int) -> None:
        """Have a score come to a value."""

    def ask(self, contact: str, form: str) -> None:
        """Have somebody who is known send a form."""

    def contacts(self) -> list[str]:
        """Return the ids of those who are there."""

    def known(self, contact: str) -> Person:
        """Return what is known of somebody."""

    def edit(self, contact: str, person: Person) -> None:
        """Have somebody in marketing change what is known."""

    def delete(self, contact: str) -> None:
        """Have somebody in marketing delete a contact."""

    def deleted(self) -> list[str]:
        """Return the ids of those who can be taken back."""

    def restore(self, contact: str) -> None:
        """Take back somebody who was deleted, where that can be done."""

    def merge(self, stays: str, gone: str) -> None:
        """Make one contact of two."""


@dataclass(frozen=True, slots=True)
class InHubSpot:
    hubspot: HubSpot

    def arrive(self, person: Person, score: int = 0, by: str = VISITOR) -> str:
        return self.hubspot.create(CONTACTS, {**person, SCORE: str(score)}, by)

    def grow(self, contact: str, score: int) -> None:
        self.hubspot.update(CONTACTS, contact, {SCORE: str(score)}, SCORING)

    def ask(self, contact: str, form: str) -> None:
        self.hubspot.submit_form(contact, form)

    def contacts(self) -> list[str]:
        return [row["hs_object_id"] for row in self.hubspot.rows(CONTACTS)]

    def known(self, contact: str) -> Person:
        return self.hubspot.get(CONTACTS, contact)

    def edit(self, contact: str, person: Person) -> None:
        self.hubspot.update(CONTACTS, contact, person)

    def delete(self, contact: str) -> None:
        self.hubspot.archive(CONTACTS, contact)

    def deleted(self) -> list[str]:
        return [str(number) for number in sorted(self.hubspot.portal.tables[CONTACTS].archived)]

    def restore(self, contact: str) -> None:
        self.hubspot.restore(CONTACTS, contact)

    def merge(self, stays: str, gone: str) -> None:
        self.hubspot.merge(CONTACTS, stays, gone)


@dataclass(frozen=True, slots=True)
class InMarketo:
    """Who is deleted here is gone for good."""

    marketo: Marketo

    def arrive(self, person: Person, score: int = 0, by: str = VISITOR) -> str:
        return self.marketo.create({**_in_marketo(person), "leadScore": score}, by)

    def grow(self, contact: str, score: int) -> None:
        now = int(self.marketo.get(contact).get("leadScore") or 0)
        self.marketo.score(contact, score - now)

    def ask(self, contact: str, form: str) -> None:
        self.marketo.fill_form(form, {"email": self.marketo.get(contact)["email"]})

    def contacts(self) -> list[str]:
        return [str(row["id"]) for row in self.marketo.rows()]

    def known(self, contact: str) -> Person:
        found = self.marketo.get(contact).items()
        return {IN_HUBSPOT.get(name, name): str(value) for name, value in found if value}

    def edit(self, contact: str, person: Person) -> None:
        self.marketo.update(contact, _in_marketo(person))

    def delete(self, contact: str) -> None:
        self.marketo.delete(contact)

    def deleted(self) -> list[str]:
        return []

    def restore(self, contact: str) -> None:
        """Do nothing: nobody can."""

    def merge(self, stays: str, gone: str) -> None:
        self.marketo.merge(stays, [gone])


def _in_marketo(person: Person) -> dict[str, str]:
    return {IN_MARKETO.get(name, name): value for name, value in person.items()}
