"""`do: notify`: a message to the people of a role, outside the CRM, within their open hours."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from slasync.domain import locales
from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.digests.addressees import Addressee, Hours, addressees
from slasync.domain.draft import Draft
from slasync.domain.facts import Fact
from slasync.domain.recorded import said
from slasync.domain.saying import occasion
from slasync.domain.state import Cycle
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.wording import render
from slasync.domain.writes import NOTIFY, Action, Judged, Role, write_key

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
    role_value = effect.role.value
    return {"kind": EffectKind.NOTIFY.value, "role": role_value, "to": to, "via": effect.via}


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
    values = _addressed(draft, reader, effect.via) | {"subject": subject, "text": text}
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    draft.write(
        replace(parts, role=effect.role, extra=_place(reader.address, effect.via)),
        Action.NOTIFY,
        values,
        system=NOTIFY,
        target=draft.record,
        because=because,
    )


def _addressed(draft: Draft, reader: Addressee, via: str) -> dict[str, str]:
    terms = draft.terms
    hours = Hours(terms.roster.pools, terms.calendars, terms.agreement.calendar)
    at = _leaves(hours, reader.address, terms.now).isoformat()
    return {"to": reader.address, "name": reader.name, "at": at, "via": via}


def _place(address: str, via: str) -> dict[str, str]:
    """Return what tells a rung's messages apart, for their keys."""
    return {"to": address.lower(), "via": via}


def _leaves(hours: Hours, address: str, now: datetime) -> datetime:
    """Return when a reader may be written to.

    A calendar that has ended keeps no lead from being decided about: the sending waits instead.
    """
    try:
        return hours.opens(address, now)
    except CoverageEnded:
        return now


# what was said turns out wrong


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a rung has queued: its key, to whom and by which way."""

    key: str
    to: str
    role: Role
    via: str


def messages_of(draft: Draft, fired: Fact) -> Iterator[Sent]:
    """Yield what a rung that fired has queued; of old ones it was not kept by which way."""
    parts = replace(draft.parts_of(fired), action=Action.NOTIFY.value)
    for effect in fired.data.get("effects", ()):
        if effect["kind"] == EffectKind.NOTIFY and "via" in effect:
            role, via = Role(effect["role"]), effect["via"]
            for to in effect["to"].split(", "):
                key = write_key(replace(parts, role=role, extra=_place(to, via)))
                yield Sent(key, to, role, via)


def correct(draft: Draft, fired: Fact, sent: Sent, words: tuple[str, str], why: str) -> None:
    """Queue what takes a message back, to whom and by the way it went; sent where that was.

    `words`: subject and text.
    """
    user = draft.terms.roster.member(sent.to)
    reader = Addressee(sent.to, user.name if user else sent.to)
    values = _addressed(draft, reader, sent.via)
    values |= {"subject": words[0], "text": words[1], "corrects": sent.key}
    parts = replace(draft.parts_of(fired), role=sent.role, extra={"corrects": sent.key})
    draft.write(parts, Action.NOTIFY, values, system=NOTIFY, target=draft.record, because=why)
