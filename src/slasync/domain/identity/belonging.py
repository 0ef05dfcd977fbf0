"""Which lead a record belongs to: explicit links first, then the e-mail address, else nobody's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from slasync.domain.identity import normalising
from slasync.domain.lead import Fields, LeadKey, Ref, Value


@dataclass(frozen=True, slots=True)
class Same:
    """The record is this lead's; `how` is "id", "key" (slasync's own, in a field) or "email"."""

    lead: LeadKey
    how: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A person not seen before."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several leads could be meant: nothing is guessed, a person has to look."""

    why: str
    candidates: tuple[LeadKey, ...] = ()


Match = Same | Unknown | Ambiguous


def normalised(email: str | None) -> str | None:
    """Return the address as it is compared; None when it is none."""
    return normalising.email(email)


def match(
    ref: Ref,
    named: Collection[LeadKey],
    by_email: Collection[LeadKey],
    refs_of: Mapping[LeadKey, Sequence[Ref]],
    refused: Collection[LeadKey] = (),
) -> Match:
    """Find the lead of the record `ref`, which is linked to none yet.

    `named` are the leads that explicit links point to (either side's), `by_email` those with the
    same address, `refs_of` the records that each candidate already has, `refused` the leads that
    somebody has said it is not.
    """
    pointed = sorted(set(named) - set(refused))
    if len(pointed) > 1:
        why = f"its links name {len(pointed)} leads: {', '.join(pointed)}"
        return Ambiguous(why, tuple(pointed))
    if pointed:
        return Same(pointed[0], "id")
    same = [
        lead
        for lead in sorted(set(by_email) - set(refused))
        if not any(r.system == ref.system and r.kind == ref.kind for r in refs_of.get(lead, ()))
    ]
    if len(same) > 1:
        why = f"its e-mail address is that of {len(same)} leads: {', '.join(same)}"
        return Ambiguous(why, tuple(same))
    return Same(same[0], "email") if same else Unknown()


def merged_fields(records: Sequence[tuple[str, Fields]], precedence: Sequence[str]) -> Fields:
    """Merge records' fields: of each field the first value there is, in order of `precedence`.

    `records` are (system, fields). Systems not in `precedence` come last, by name; the result
    does not depend on the order of `records` unless two of one system differ.
    """
    rank = {system: number for number, system in enumerate(precedence)}
    ordered = sorted(records, key=lambda r: (rank.get(r[0], len(rank)), r[0], _text(r[1])))
    merged: dict[str, Value] = {}
    for _, fields in ordered:
        for name, value in fields.items():
            if value is not None and merged.get(name) is None:
                merged[name] = value
            else:
                merged.setdefault(name, None)
    return merged


def _text(fields: Fields) -> str:
    return repr(sorted(fields.items(), key=lambda item: item[0]))
