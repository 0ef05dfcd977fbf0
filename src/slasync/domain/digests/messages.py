"""`do: notify`: a message to the people of a role, outside the CRM, within their open hours."""

from dataclasses import replace
from datetime import datetime

from slasync.domain import locales
from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.digests.addressees import Addressee, Hours, addressees
from slasync.domain.draft import Draft
from slasync.domain.recorded import said
from slasync.domain.saying import occasion
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.wording import render
from slasync.domain.writes import NOTIFY, Action, Judged, Role

CHANNEL = "webhook"
"""The way to a channel that a pool's people share."""
MOVING_ON = frozenset({EffectKind.REASSIGN, EffectKind.RECYCLE, EffectKind.STATUS})
"""A message of such a rung tells what became of the lead: it stays true when that has happened."""
REPORTED_TO = frozenset({Role.LEADERSHIP, Role.MARKETING})
"""They are told what happened, and asked for nothing: that stays true, too."""


def notify(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """Queue one message for each of the role's people; its words are those of now."""
    role, readers = _readers(draft, effect)
    if not readers:
        draft.because.append(said("no_message", rung=rung.name, role=effect.role))
        return None
    key, instead = "message" if role is effect.role else "message_instead", effect.role
    for reader in readers:
        because = said(key, rung=rung.name, role=role, name=reader.name, instead=instead)
        _queue(draft, cycle, clock, rung, effect, reader, because)
        if lapses(effect.role, rung):
            draft.writes[-1] = replace(draft.writes[-1], judged=Judged(draft.owner, None))
    to = ", ".join(reader.address for reader in readers)
    return {"kind": EffectKind.NOTIFY.value, "role": effect.role.value, "to": to}


def lapses(role: Role, rung: Rung) -> bool:
    """Tell whether a message asks for something that may be done before it leaves."""
    moves_on = any(effect.kind in MOVING_ON for effect in rung.effects)
    return role not in REPORTED_TO and not moves_on


def _readers(draft: Draft, effect: Effect) -> tuple[Role, tuple[Addressee, ...]]:
    pool = draft.terms.pool
    if effect.role is Role.POOL and effect.via == CHANNEL and pool:
        return Role.POOL, (Addressee(pool.name, pool.name),)
    return addressees(draft, effect.role)


def _queue(  # noqa: PLR0913, PLR0917 - a message is about all of these
    draft: Draft,
    cycle: Cycle,
    clock: ClockRun,
    rung: Rung,
    effect: Effect,
    reader: Addressee,
    because: str,
) -> None:
    terms = draft.terms
    locale = locales.of_address(terms, reader.address)
    about = occasion(draft, cycle, clock, rung, locale)
    subject, text = render(terms.agreement.texts[effect.text], about)
    hours = Hours(terms.roster.pools, terms.calendars, terms.agreement.calendar)
    values = {
        "to": reader.address,
        "name": reader.name,
        "subject": subject,
        "text": text,
        "at": _leaves(hours, reader.address, terms.now).isoformat(),
        "via": effect.via,
    }
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    extra = {"to": reader.address.lower(), "via": effect.via}
    draft.write(
        replace(parts, role=effect.role, extra=extra),
        Action.NOTIFY,
        values,
        system=NOTIFY,
        target=draft.record,
        because=because,
    )


def _leaves(hours: Hours, address: str, now: datetime) -> datetime:
    """Return when a reader may be written to.

    A calendar that has ended keeps no lead from being decided about: the sending waits instead.
    """
    try:
        return hours.opens(address, now)
    except CoverageEnded:
        return now
