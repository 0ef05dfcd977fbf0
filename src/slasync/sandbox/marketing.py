"""Scripted marketing: contacts arrive by a plan, gather a score, and some ask for a demo."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random  # noqa: TID251 - its type only: a stream is given

from slasync.sandbox.habits import around
from slasync.sandbox.hours import Hours
from slasync.sandbox.markets import REFUSALS, Market
from slasync.sandbox.world import World

FIRST = (
    "Ada", "Bela", "Carla", "Dana", "Edda", "Finn", "Greta", "Henri", "Ines", "Jonas", "Kira",
    "Lars", "Mara", "Nils", "Olga", "Paul", "Rosa", "Sven", "Tara", "Udo",
)  # fmt: skip
LAST = (
    "Albrecht", "Brandt", "Conrad", "Dietrich", "Engel", "Fischer", "Graf", "Haas", "Jansen",
    "Keller", "Lorenz", "Moser", "Neumann", "Otto", "Peters", "Richter", "Sommer", "Thiel",
)  # fmt: skip
COMPANIES = (
    "Alpenglas", "Bergmann Bau", "Cargo Nord", "Delta Druck", "Elbe Energie", "Falke Foods",
    "Hansa Holz", "Isar Instruments", "Kupferwerk", "Lindner Logistik", "Main Mechanik",
)  # fmt: skip
SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "SOCIAL_MEDIA", "REFERRALS")
AT_NIGHT = 0.25  # share of contacts that arrive at any hour, on any day


@dataclass(frozen=True, slots=True)
class Plan:
    """So many contacts from `start` on, over `length`; what becomes of them is drawn."""

    start: datetime
    length: timedelta
    contacts: int
    hours: Hours  # of the country the contacts live in: most arrive during the day
    form: str = "Demo request"
    asks: float = 0.3  # share that sends the form
    ripens: float = 0.4  # share whose score passes `threshold`
    threshold: int = 75
    first_reaction: timedelta = timedelta(hours=6)  # median, from arrival to the first event


@dataclass(slots=True)
class Marketing:
    """Carries out plans in one marketing system."""

    world: World
    market: Market
    arrived: int = 0

    def begin(self, plan: Plan) -> None:
        """Put the arrivals of a plan on the agenda."""
        for at in arrivals(plan, self.world.chance("marketing.arrivals")):
            self.world.agenda.add(at, "contact arrives", partial(self.arrive, plan))

    def arrive(self, plan: Plan) -> None:
        """Have one contact arrive now."""
        self.arrived += 1
        person = made_up(self.arrived, self.world.chance("marketing.people"))
        contact = self.market.arrive(person)
        chance = self.world.chance("marketing.interest")
        interest = chance.random()
        if interest < plan.asks:
            self._later(self._wait(plan), "form", partial(self._ask, plan, contact))
        elif interest < plan.asks + plan.ripens:
            self._ripen(plan, contact, plan.threshold + chance.randrange(plan.threshold))
        else:
            self._ripen(plan, contact, chance.randrange(1, plan.threshold))

    def _ripen(self, plan: Plan, contact: str, score: int) -> None:
        """Let a score grow to its end in two steps."""
        wait = self._wait(plan)
        for share in (0.5, 1.0):
            grown = max(1, int(score * share))
            self._later(wait * share, "score", partial(self.market.grow, contact, grown))

    def _ask(self, plan: Plan, contact: str) -> None:
        self.market.ask(contact, plan.form)

    def _wait(self, plan: Plan) -> timedelta:
        return around(plan.first_reaction, self.world.chance("marketing.delays"))

    def _later(self, wait: timedelta, name: str, action: partial[None]) -> None:
        def attempt() -> None:
            with suppress(*REFUSALS):  # the contact is gone, or the account refuses: so be it
                action()

        self.world.agenda.add(self.world.now() + wait, f"marketing {name}", attempt)


def arrivals(plan: Plan, chance: Random) -> Iterator[datetime]:
    """Yield the instants at which contacts arrive, all of them inside the plan."""
    for _ in range(plan.contacts):
        at = plan.start + plan.length * chance.random()
        if chance.random() >= AT_NIGHT:
            during_the_day = plan.hours.next_open(at)
            at = during_the_day if during_the_day < plan.start + plan.length else at
        yield at


def made_up(number: int, chance: Random) -> dict[str, str]:
    """Return a contact that does not exist, as HubSpot names it; the e-mail address is its own."""
    first, last, company = chance.choice(FIRST), chance.choice(LAST), chance.choice(COMPANIES)
    host = company.lower().replace(" ", "-")
    return {
        "email": f"{first}.{last}.{number}@{host}.example".lower(),
        "firstname": first,
        "lastname": last,
        "company": company,
        "phone": f"+49 30 5550{number:05d}",
        "hs_analytics_source": chance.choice(SOURCES),
    }
