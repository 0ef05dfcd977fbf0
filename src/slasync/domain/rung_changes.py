"""What a rung changes on a record: `do: status` in the CRM, or in the marketing system.

There it writes a `property`, changes a `list` or has a `programme` run.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slasync.domain import locales
from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.draft import PLACING, Draft
from slasync.domain.lead import Ref
from slasync.domain.recorded import said
from slasync.domain.saying import occasion
from slasync.domain.state import Cycle
from slasync.domain.wording import render
from slasync.domain.writes import Action, Judged, KeyParts, Role

SUBJECT, TEXT = "slasyncSubject", "slasyncText"
"""What the words of a rung are called in the marketing system."""


def set_status(
    draft: Draft, cycle: Cycle, parts: KeyParts, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """Give the CRM's lead another status, unless somebody changes it first."""
    record = draft.lead.ref(draft.terms.agreement.crm, "lead")
    if record is None:
        draft.because.append(said("no_status", rung=rung.name))
        return None
    judged = Judged(draft.state.owner, None, expected_status(draft, cycle))
    if judged.status == effect.status:
        draft.because.append(said("status_already", rung=rung.name, status=effect.status))
        return None
    values = {"status": effect.status, "why": effect.reason}
    because = said("status_set", rung=rung.name, status=effect.status)
    made = draft.write(parts, Action.STATUS, values, target=record, because=because)
    draft.writes[-1] = replace(made, judged=judged)
    return _done(EffectKind.STATUS, effect.status)


def expected_status(draft: Draft, cycle: Cycle) -> str | None:
    """Return the status that a write of now will find: what we are setting counts.

    One that was not seen to take effect for a while is not counted on.
    """
    queued = [w for w in draft.writes if w.action is Action.STATUS]
    if queued:
        return str(queued[-1].values["status"])
    last = draft.state.statuses[-1][0] if draft.state.statuses else None
    now = draft.terms.now
    setting = [
        (fact.occurred_at, str(effect["to"]))
        for fact in cycle.fired.values()
        for effect in fact.data.get("effects", ())
        if effect["kind"] == EffectKind.STATUS
        and now - fact.occurred_at <= PLACING
        and (last is None or last < fact.occurred_at)
    ]
    return max(setting)[1] if setting else draft.state.status


def set_property(
    draft: Draft, parts: KeyParts, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """Give a field of the marketing system a value."""
    contact = _contact(draft, rung)
    if contact is None:
        return None
    name, fields = effect.name, draft.lead.fields
    values: dict[str, Any] = {"field": name, "value": effect.value}
    if name in fields:
        if fields[name] == effect.value:
            draft.because.append(
                said("value_already", rung=rung.name, field=name, value=effect.value)
            )
            return None
        values["before"] = fields[name]
    key = "value_cleared" if effect.value is None else "value_set"
    because = said(key, rung=rung.name, field=name, value=effect.value)
    _write(draft, replace(parts, extra={"field": name}), Action.PROPERTY, values, contact, because)
    return _done(EffectKind.PROPERTY, f"{name} = {effect.value}")


def change_list(draft: Draft, parts: KeyParts, rung: Rung, effect: Effect) -> dict[str, str] | None:
    """Put the lead on a list of the marketing system, or take it off."""
    contact = _contact(draft, rung)
    if contact is None:
        return None
    values = {"list": effect.name, "change": effect.change}
    key = "put_on_list" if effect.change == "add" else "taken_off_list"
    because = said(key, rung=rung.name, list=effect.name)
    parts = replace(parts, extra={"list": effect.name})
    _write(draft, parts, Action.LIST, values, contact, because)
    return _done(EffectKind.LIST, f"{effect.change} {effect.name}")


def request_programme(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect
) -> dict[str, str] | None:
    """Have a campaign of the marketing system run for the lead; a text goes with it as tokens."""
    contact = _contact(draft, rung)
    if contact is None:
        return None
    terms = draft.terms
    values: dict[str, Any] = {"programme": effect.name, "at": terms.now.isoformat()}
    if effect.text:
        about = occasion(draft, cycle, clock, rung, locales.usual(terms))
        subject, text = render(terms.agreement.texts[effect.text], about)
        values["tokens"] = {SUBJECT: subject, TEXT: text}
    parts = draft.parts(cycle, clock.policy.name, clock.generation, rung.name)
    parts = replace(parts, extra={"programme": effect.name})
    because = said("programme", rung=rung.name, programme=effect.name)
    _write(draft, parts, Action.PROGRAMME, values, contact, because)
    return _done(EffectKind.PROGRAMME, effect.name)


def _contact(draft: Draft, rung: Rung) -> Ref | None:
    system = draft.terms.agreement.marketing
    contact = draft.lead.ref(system, "contact")
    if contact is None:
        draft.because.append(said("no_contact", rung=rung.name, system=system))
    return contact


def _write(  # noqa: PLR0913, PLR0917 - a write has that many parts
    draft: Draft,
    parts: KeyParts,
    action: Action,
    values: Mapping[str, Any],
    contact: Ref,
    because: str,
) -> None:
    marketing = draft.terms.agreement.marketing
    draft.write(parts, action, values, system=marketing, target=contact, because=because)


def _done(kind: EffectKind, to: str) -> dict[str, str]:
    return {"kind": kind.value, "role": Role.NOBODY.value, "to": to}
