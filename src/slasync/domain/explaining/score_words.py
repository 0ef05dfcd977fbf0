"""A check score in words: each part with its evidence, and how far it is from marketing's score."""

from collections.abc import Iterator, Sequence
from math import fsum

from slasync.domain.agreement import Agreement
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.tongue import PLAIN, Tongue
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
    agreement, now, tongue = account.terms.agreement, account.terms.now, account.tongue
    if agreement.scoring is None:
        return
    if agreement.scoring.check is not None:
        found = score(account.facts, agreement.scoring.check, now, account.lead.fields)
        yield from score_lines(found, agreement, account.lead.fields, tongue)
    yield from immediate_lines(immediates(account.facts, agreement.scoring), tongue)


def score_lines(
    found: Score, agreement: Agreement, fields: Fields, tongue: Tongue = PLAIN
) -> Iterator[str]:
    """Tell a score beside marketing's. `fields`: the lead's, as they are known now."""
    check = _check(agreement)
    yield tongue.say(
        "score.check",
        total=_points(found.total, tongue),
        fit=_of(found, Axis.FIT, check.fit_cap, tongue),
        interest=_of(found, Axis.INTEREST, check.interest_cap, tongue),
    )
    yield _verdict(found, check, tongue)
    yield from _beside(found, agreement, fields, tongue)
    yield from (_part(part, tongue) for part in found.parts)
    if found.unmet:
        yield tongue.say("score.unmet", what=", ".join(found.unmet))
    if found.unknown:
        yield tongue.say("score.unknown", what=", ".join(found.unknown))
    yield from _bant(found, check, tongue)


def immediate_lines(found: Sequence[Immediate], tongue: Tongue = PLAIN) -> Iterator[str]:
    """Tell what asked for immediate action, first to last."""
    for each in found:
        key = "score.immediate_until" if each.lapses_at else "score.immediate"
        until, evidence = each.lapses_at or "", _told(each.evidence, tongue)
        yield tongue.say(key, at=each.at, until=until, name=each.name, evidence=evidence)


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


def _points(value: float, tongue: Tongue) -> str:
    return tongue.digits(points(value))


def _of(found: Score, axis: Axis, cap: float, tongue: Tongue) -> str:
    made = fsum(part.value for part in found.parts if part.axis is axis)
    key = "score.cut" if made > cap else "score.of"
    return tongue.say(key, made=_points(made, tongue), cap=_points(cap, tongue))


def _verdict(found: Score, check: Check, tongue: Tongue) -> str:
    short = [_short(*each, tongue) for each in shortfalls(found, check.threshold)]
    return tongue.say("score.falls_short" if short else "score.qualifies", what=", ".join(short))


def _short(name: str, reached: float, asked: float, tongue: Tongue) -> str:
    just = points(reached) == points(asked)  # decayed by less than the tenth that is shown
    values = {"reached": _points(reached, tongue), "asked": _points(asked, tongue)}
    what = tongue.name("axis", name)
    return tongue.say("score.just_below" if just else "score.below", what=what, **values)


def _beside(found: Score, agreement: Agreement, fields: Fields, tongue: Tongue) -> Iterator[str]:
    marketing = marketing_score(fields)
    if marketing is None:
        yield tongue.say("score.no_marketing")
    else:
        apart = marketing - found.total
        way = "above" if apart > 0 else "under"
        key = "score.same" if points(apart) == "0" else f"score.{way}"
        by = _points(abs(apart), tongue)
        yield tongue.say(key, points=_points(marketing, tongue), by=by)
    against = contradicted(found, agreement, fields)
    if against is not None:
        yield tongue.say(f"score.{against.name.lower()}")


def _part(part: Part, tongue: Tongue) -> str:
    dated = {Axis.FIT: "score.since", Axis.INTEREST: "score.at"}[part.axis]
    faded = points(part.value) != points(part.points)
    made, worth = tongue.digits(f"{part.points:+g}"), _points(part.value, tongue)
    about = f" ({tongue.name('about', part.about)})" if part.about else ""
    name = f"{part.name}{about}"
    return tongue.say(
        "score.part_faded" if faded else "score.part",
        axis=tongue.name("axis", part.axis), points=made, now=worth,
        name=tongue.say(dated, name=name, at=part.at) if part.at else name,
        evidence=_told(part.evidence, tongue),
    )  # fmt: skip


def _told(evidence: Fields, tongue: Tongue) -> str:
    known = ((name, tongue.value(v)) for name, v in evidence.items() if v is not None)
    said = ", ".join(tongue.say("value.is", name=name, value=value) for name, value in known)
    return said or tongue.say("score.no_values")


def _bant(found: Score, check: Check, tongue: Tongue) -> Iterator[str]:
    """Say of budget, authority, need and time what is known, where the check asks for any."""
    said = []
    met = {part.name for part in found.parts if part.points > 0}
    for about in BANT:
        names = {c.name for c in check.fit if c.about is about and c.points > 0}
        if names:
            known = "unknown" if names <= set(found.unknown) else "unmet"
            verdict = "met" if names & met else known
            said.append(tongue.say(f"bant.{verdict}", what=tongue.name("about", about)))
    if said:
        yield tongue.say("score.bant", what=", ".join(said))
