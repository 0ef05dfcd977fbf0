"""Leads that may be one person, with points and reasons: for a person to look at, never a guess."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from slasync.domain.identity import normalising
from slasync.domain.identity.company import email_domain, is_shared, name_key
from slasync.domain.lead import Fields, Lead, LeadKey

MOST_ALIKE = 20
"""A number or an address that more leads have is a switchboard's: it tells nobody apart."""
LEAST = 50
"""Points from which a pair is worth a look."""
Pair = tuple[LeadKey, LeadKey]


@dataclass(frozen=True, slots=True)
class Reason:
    """What speaks for two leads being one person, or against it."""

    words: str
    points: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two leads that may be one person."""

    leads: Pair
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class _Known:
    """One lead as it is compared."""

    key: LeadKey
    email: str | None
    bare_email: str | None  # without what follows a plus
    phone: str | None
    name: str | None
    company: str
    domain: str
    country: str | None
    kinds: frozenset[tuple[str, str]]


def candidates(
    leads: Iterable[Lead], apart: Collection[Pair] = (), least: int = LEAST
) -> list[Candidate]:
    """Return the pairs worth a look, most points first. `apart`: people have said they are two."""
    known = {lead.key: _known(lead) for lead in leads}
    two = {tuple(sorted(pair)) for pair in apart}
    found = [
        candidate
        for pair in sorted(_pairs(known))
        if pair not in two
        and (candidate := _compared(known[pair[0]], known[pair[1]])).points >= least
    ]
    return sorted(found, key=lambda each: (-each.points, each.leads))


def _known(lead: Lead) -> _Known:
    fields = lead.fields
    address = _text(fields, "email")
    name = f"{_text(fields, 'first_name')} {_text(fields, 'last_name')}"
    domain = email_domain(fields)
    return _Known(
        key=lead.key,
        email=normalising.email(address),
        bare_email=normalising.email(address, plus_tags=False),
        phone=_number(fields),
        name=normalising.name(name) if _text(fields, "last_name") else None,
        company=name_key(_text(fields, "company")),
        domain="" if is_shared(domain) else domain,
        country=normalising.country(_text(fields, "country")),
        kinds=frozenset((ref.system, ref.kind) for ref in lead.refs),
    )


def _number(fields: Fields) -> str | None:
    """Return the number where it is known in full: two local ones may be anybody's."""
    number = normalising.phone(_text(fields, "phone"), _text(fields, "country"))
    return number if number and number.startswith("+") else None


_KEYS: Sequence[Callable[[_Known], str | None]] = (
    lambda known: known.bare_email,
    lambda known: known.phone,
    lambda known: f"{known.name}|{known.company}" if known.name and known.company else None,
    lambda known: f"{known.name}|{known.domain}" if known.name and known.domain else None,
)


def _pairs(known: Mapping[LeadKey, _Known]) -> set[Pair]:
    """Return the pairs that have something in common that few have."""
    pairs: set[Pair] = set()
    for key_of in _KEYS:
        alike: dict[str, list[LeadKey]] = {}
        for each in known.values():
            if key := key_of(each):
                alike.setdefault(key, []).append(each.key)
        for keys in alike.values():
            if len(keys) <= MOST_ALIKE:
                pairs |= set(combinations(sorted(keys), 2))
    return pairs


def _compared(one: _Known, other: _Known) -> Candidate:
    return Candidate((one.key, other.key), tuple(_reasons(one, other)))


def _reasons(one: _Known, other: _Known) -> Iterator[Reason]:
    if one.email and one.email == other.email:
        yield Reason("the same e-mail address", 60)
    elif one.bare_email and one.bare_email == other.bare_email:
        yield Reason("the same e-mail address but for what follows the plus", 50)
    if one.phone and one.phone == other.phone:
        yield Reason("the same telephone number", 35)
    if one.name and other.name:
        same = one.name == other.name
        yield Reason("the same name", 30) if same else Reason("other names", -30)
    if one.company and one.company == other.company:
        yield Reason("the same company", 20)
    elif one.domain and one.domain == other.domain:
        yield Reason("addresses of the same company", 20)
    if one.country and other.country and one.country != other.country:
        yield Reason("other countries", -10)
    if both := one.kinds & other.kinds:
        kinds = ", ".join(f"a {kind} in {system}" for system, kind in sorted(both))
        yield Reason(f"each is {kinds}: merge them there", 0)


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
