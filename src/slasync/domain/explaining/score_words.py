"""A check score in words: each part with its evidence, and how far it is from marketing's score."""

from collections.abc import Iterator, Sequence
from math import fsum

from slasync.domain.agreement import Agreement
from slasync.domain.explaining.account import Account, when
from slasync.domain.lead import Fields
from slasync.domain.score_model import BANT, Check
from slasync.domain.scoring import (
    Axis,
    Contradiction,
    Immediate,
    Part,
    Score,
    contradiction,
    immediates,
    score,
    shortfalls,
)

SCORE = "score"
"""The field that holds the marketing system's score."""


def account_lines(account: Account) -> Iterator[str]:
    """Tell the scores of a lead that is explained; nothing, where the agreement has no check."""
    agreement, now = account.terms.agreement, account.terms.now
    if agreement.scoring is None:
        return
    if agreement.scoring.check is not None:
        found = score(account.facts, agreement.scoring.check, now, account.lead.fields)
        yield from score_lines(found, agreement, account.lead.fields)
    yield from immediate_lines(immediates(account.facts, agreement.scoring))


def score_lines(found: Score, agreement: Agreement, fields: Fields) -> Iterator[str]:
    """Tell a score beside marketing's. `fields`: the lead's, as they are known now."""
    check = _check(agreement)
    yield (
        f"check score {points(found.total)}: fit {_of(found, Axis.FIT, check.fit_cap)},"
        f" interest {_of(found, Axis.INTEREST, check.interest_cap)}"
    )
    yield _verdict(found, check)
    yield from _beside(found, agreement, fields)
    yield from map(_part, found.parts)
    if found.unmet:
        yield f"not met: {', '.join(found.unmet)}"
    if found.unknown:
        yield f"not known, for want of a value: {', '.join(found.unknown)}"
    yield from _bant(found, check)


def immediate_lines(found: Sequence[Immediate]) -> Iterator[str]:
    """Tell what asked for immediate action, first to last."""
    for each in found:
        until = f", until {when(each.lapses_at)}" if each.lapses_at else ""
        yield f"immediate action since {when(each.at)}{until}: {each.name}, {_told(each.evidence)}"


def marketing_score(fields: Fields) -> float | None:
    """Return the marketing system's score, None when it gave none."""
    value = fields.get(SCORE)
    return float(value) if isinstance(value, int | float) else None


def qualified(agreement: Agreement, fields: Fields) -> bool | None:
    """Tell whether marketing's score makes an MQL; None when no definition asks for a score."""
    asked = [d for d in agreement.definitions if SCORE in d.reads]
    return any(definition.rule(fields) for definition in asked) if asked else None


def contradicted(found: Score, agreement: Agreement, fields: Fields) -> Contradiction | None:
    """Tell how marketing's score and the check contradict each other, if they do."""
    makes = qualified(agreement, fields)
    return contradiction(found, _check(agreement), marketing_score(fields), qualified=makes)


def points(value: float) -> str:
    """Write points to a tenth: "14.1", "20"."""
    return f"{value:z.1f}".removesuffix(".0")


def _check(agreement: Agreement) -> Check:
    if agreement.scoring is None or agreement.scoring.check is None:
        raise ValueError("the agreement has no check score")
    return agreement.scoring.check


def _of(found: Score, axis: Axis, cap: float) -> str:
    made = fsum(part.value for part in found.parts if part.axis is axis)
    if made > cap:
        return f"{points(cap)}, cut from {points(made)}"
    return f"{points(made)} of at most {points(cap)}"


def _verdict(found: Score, check: Check) -> str:
    short = [_short(*each) for each in shortfalls(found, check.threshold)]
    return f"the check does not qualify: {', '.join(short)}" if short else "the check qualifies"


def _short(name: str, reached: float, asked: float) -> str:
    if points(reached) == points(asked):  # decayed by less than the tenth that is shown
        return f"{name} is just below {points(asked)}"
    return f"{name} {points(reached)} is below {points(asked)}"


def _beside(found: Score, agreement: Agreement, fields: Fields) -> Iterator[str]:
    marketing = marketing_score(fields)
    if marketing is None:
        yield "marketing's score: none"
    else:
        apart = marketing - found.total
        far = f"{points(abs(apart))} {'above' if apart > 0 else 'below'} the check"
        same = points(apart) == "0"
        yield f"marketing's score: {points(marketing)}, {'as the check has it' if same else far}"
    against = contradicted(found, agreement, fields)
    if against is not None:
        yield f"they contradict each other: {against.value}"


def _part(part: Part) -> str:
    since = f" since {when(part.at)}" if part.at and part.axis is Axis.FIT else ""
    at = f" at {when(part.at)}" if part.at and part.axis is Axis.INTEREST else ""
    now = f", now {points(part.value)}" if points(part.value) != points(part.points) else ""
    about = f" ({part.about.value.replace('_', ' ')})" if part.about else ""
    told = _told(part.evidence)
    return f"{part.axis.value} {part.points:+g}{now}: {part.name}{about}{since}{at}: {told}"


def _told(evidence: Fields) -> str:
    return ", ".join(f"{n} is {v!r}" for n, v in evidence.items() if v is not None) or "no values"


def _bant(found: Score, check: Check) -> Iterator[str]:
    """Say of budget, authority, need and time what is known, where the check asks for any."""
    said = []
    met = {part.name for part in found.parts if part.points > 0}
    for about in BANT:
        names = {c.name for c in check.fit if c.about is about and c.points > 0}
        if names:
            known = "not known" if names <= set(found.unknown) else "not met"
            said.append(f"{about.value} {'met' if names & met else known}")
    if said:
        yield f"BANT: {', '.join(said)}"
