"""A lead that sales gives back to marketing, to be told about and decided about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from slasync.domain.agreement import Agreement, Effect, EffectKind, Rung, Text
from slasync.domain.decide import Decision, decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Roster, User
from slasync.domain.nurture import OWN_FIELDS, Nurture, Path
from slasync.domain.state import State
from tests.builders import (
    DAY,
    MONDAY,
    PROCESSING,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    days,
    owned,
    scored,
    status,
    terms,
)

NOT_YET = Path(
    name="not_yet",
    reasons=frozenset({"no budget", "no time"}),
    cool_down=14 * DAY,
    returns_after=90 * DAY,
)
NO_ANSWER = Path(name="no_answer", reasons=frozenset({"not reached"}), returns_after=30 * DAY)
NEWSLETTER = Path(name="newsletter", default=True, cool_down=7 * DAY)
PATHS = (NOT_YET, NO_ANSWER)
GIVE_BACK = Effect(EffectKind.RECYCLE, status="Nurturing", reason="not reached")
RECYCLED = MONDAY + 3 * DAY


def agreed(*, paths: Sequence[Path] = PATHS, **changes: Any) -> Agreement:
    """An agreement with nurture paths whose processing clock gives leads back on day 2."""
    clock = replace(PROCESSING, rungs=(Rung("day_2", days(2), (GIVE_BACK,)),))
    nurture: dict[str, Any] = {"paths": tuple(paths), "reads": OWN_FIELDS, "writes": OWN_FIELDS}
    texts = {"remind": Text("Call $lead"), "back": Text("$lead is back from nurture")}
    return an_agreement(
        clocks=(clock,), nurture=Nurture(**nurture | changes), texts=texts, create_leads=False
    )


def wrote(at: datetime, by: User | None = None, **fields: Any) -> Fact:
    """Somebody changes fields of the lead in the CRM."""
    return a_fact(FactKind.CHANGED, at, fields, by=by, source_id=f"changed:{at}:{sorted(fields)}")


def handed_over(*more: Fact) -> list[Fact]:
    """The facts of a lead that was handed over on Monday and decided about."""
    told = [owned(MONDAY - 10 * DAY), scored(MONDAY), *more]
    return [*told, *decide(a_lead(), told[:2], terms(MONDAY, agreement=agreed())).facts]


def given_back(*more: Fact, reason: str = "no budget", at: datetime = RECYCLED) -> list[Fact]:
    """... whom a rep then recycles, with a reason."""
    return [*handed_over(), wrote(at, recycle_reason=reason), status(at, "Nurturing"), *more]


def folded(facts: Sequence[Fact], agreement: Agreement, roster: Roster | None = None) -> State:
    return fold(facts, agreement, roster or a_roster())


def decided(facts: Sequence[Fact], now: datetime, agreement: Agreement, **changes: Any) -> Decision:
    return decide(a_lead(), facts, terms(now, agreement=agreement, **changes))


def again(at: datetime, by: User | None = None) -> list[Fact]:
    """Marketing's score falls and rises over the threshold again."""
    return [
        a_fact(FactKind.CHANGED, at - timedelta(hours=1), {"score": 10}, source="hubspot"),
        a_fact(FactKind.CHANGED, at, {"score": 90}, source="hubspot", by=by),
    ]
