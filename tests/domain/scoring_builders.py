"""Scoring models and scores to test with. Say only what the test is about."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Fields
from slasync.domain.score_model import (
    About,
    Behaviour,
    Check,
    Criterion,
    Model,
    Sign,
    Threshold,
    Urgent,
)
from tests.builders import DAY, MONDAY, a_fact

Rule = Callable[[Fields], bool]


def criterion(name: str, rule: Rule, reads: str, points: float, about: About | None = None) -> Any:
    return Criterion(name, name, rule, tuple(sorted(reads.split())), points, about)


def is_(field: str, value: object) -> Rule:
    return lambda fields: fields.get(field) == value


def sign(rule: Rule, *reads: str, name: str = "pricing", at: str | None = None) -> Sign:
    return Sign(name, name, rule, reads, at)


def seen(form: str = "Pricing", **changes: Any) -> Sign:
    """The form `form` was sent."""
    return sign(is_("form", form), "form", **changes)


def behaviour(
    shown: Sign | None = None,
    points: float = 40,
    half_life: timedelta = 10 * DAY,
    per: str | None = None,
) -> Behaviour:
    return Behaviour(shown or seen(), points, half_life, per)


BOSS = criterion("boss", is_("title", "CEO"), "title", 30, About.AUTHORITY)
GERMAN = criterion("german", is_("country", "DE"), "country", 10)
FREEMAIL = criterion("freemail", is_("email", "lou@gmail.com"), "email", -25)


def a_check(**changes: Any) -> Check:
    ordinary: dict[str, Any] = {
        "fit": (BOSS, GERMAN, FREEMAIL),
        "interest": (behaviour(),),
        "fit_cap": 50,
        "interest_cap": 100,
        "threshold": Threshold(total=60),
    }
    return Check(**ordinary | changes)


def counting(**changes: Any) -> Check:
    """Two points for each page seen."""
    pages = Sign("pages", "pages rises", lambda _: True, ("pages",))
    return a_check(fit=(), interest=(behaviour(pages, 2, per="pages"),), **changes)


def urgent(form: str = "Demo request", lasts: timedelta | None = None, **changes: Any) -> Urgent:
    return Urgent(seen(form, name=form, **changes), lasts)


def a_model(*urgents: Urgent) -> Model:
    return Model(a_check(), urgents or (urgent(),))


def told(
    days: float = 0, source: str = "hubspot", source_id: str | None = None, **data: Any
) -> Fact:
    """Fields had these values `days` after Monday."""
    at = MONDAY + days * DAY
    name = source_id or f"{at.isoformat()}:{sorted(data)}"
    return a_fact(FactKind.CHANGED, at, data, source=source, source_id=name)


def entered(days: float = 0) -> Fact:
    at = MONDAY + days * DAY
    return a_fact(FactKind.ENTERED, at, {"system": "hubspot"}, source="hubspot")


def names(parts: Iterable[Any]) -> list[str]:
    return [part.name for part in parts]
