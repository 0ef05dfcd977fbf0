"""What scripted marketing does in a marketing system, said once for each system."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.hubspot.errors import Problem
from slasync.sandbox.marketo import Failure, Marketo

VISITOR, SCORING = "website", "scoring"  # who the journal says it was
SCORE = "hubspotscore"
REFUSALS = (Problem, Failure)
IN_MARKETO = {
    "firstname": "firstName",
    "lastname": "lastName",
    "hs_analytics_source": "leadSource",
}
"""What Marketo calls the fields of a person who is made up."""

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


@dataclass(frozen=True, slots=True)
class InHubSpot:
    hubspot: HubSpot

    def arrive(self, person: Person, score: int = 0, by: str = VISITOR) -> str:
        return self.hubspot.create("contacts", {**person, SCORE: str(score)}, by)

    def grow(self, contact: str, score: int) -> None:
        self.hubspot.update("contacts", contact, {SCORE: str(score)}, SCORING)

    def ask(self, contact: str, form: str) -> None:
        self.hubspot.submit_form(contact, form)


@dataclass(frozen=True, slots=True)
class InMarketo:
    marketo: Marketo

    def arrive(self, person: Person, score: int = 0, by: str = VISITOR) -> str:
        values = {IN_MARKETO.get(name, name): value for name, value in person.items()}
        return self.marketo.create({**values, "leadScore": score}, by)

    def grow(self, contact: str, score: int) -> None:
        now = int(self.marketo.get(contact).get("leadScore") or 0)
        self.marketo.score(contact, score - now)

    def ask(self, contact: str, form: str) -> None:
        self.marketo.fill_form(form, {"email": self.marketo.get(contact)["email"]})
