"""Companies as the CRM keeps them, its accounts; and what they, and leads, can be found by.

Two spellings of one name, and two addresses of one company, come to the same key. Nothing is
guessed here: a key only says who may be meant (see `company_match`).
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from slasync.domain.identity.belonging import normalised
from slasync.domain.identity.company_words import (
    AND,
    FORM_PHRASES,
    FORMS_BEFORE,
    LEGAL_FORMS,
    NO_NAMES,
    SECOND_LEVEL,
    SHARED_DOMAINS,
)
from slasync.domain.lead import Fields, UserKey

CONTACTS_COMPANY = "crm_company"
"""The field of a lead that holds the key of the company whose contact the person is."""
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th"})
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_APART = re.compile(r"[\W_]+")
_APOSTROPHES = re.compile("['\u2019`\u00b4]")
_INITIALS = re.compile(r"\b\w(?:[./]\w+)+\b\.?")  # G.m.b.H., S.p.A., A/S
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_LONGEST = 253
_MOST_STEPS = 10  # from a company to the one it was merged into, or belongs to, and so on


@dataclass(frozen=True, slots=True)
class Company:
    """An account of the CRM."""

    key: str  # the CRM's id
    name: str
    owner: UserKey | None = None
    domains: tuple[str, ...] = ()  # of its websites, as `domains_in` finds them
    parent: str | None = None  # key of the company that it belongs to
    deleted: bool = False
    merged_into: str | None = None  # deleted by a merge: key of the one that stayed


class By(StrEnum):
    """What a company is found by."""

    CONTACT = "contact"  # the person's own contact in the CRM belongs to it
    EMAIL = "email"  # what follows the @ in the person's address
    WEBSITE = "website"  # the website that the lead names
    NAME = "name"  # the company's name that the lead gives


class KeyKind(StrEnum):
    """What kinds of keys companies are kept by."""

    COMPANY = "company"
    DOMAIN = "domain"
    NAME = "name"


Key = tuple[KeyKind, str]


def keys_of(company: Company) -> frozenset[Key]:
    """Return everything that a company is kept by; nothing for one that is deleted.

    One that was merged into another is still found by its own key, and leads to that one.
    """
    own = (KeyKind.COMPANY, company.key)
    if company.deleted:
        return frozenset({own} if company.merged_into else ())
    found: set[Key] = {own, *((KeyKind.DOMAIN, domain) for domain in company.domains)}
    if name := name_key(company.name):
        found.add((KeyKind.NAME, name))
    return frozenset(found)


def asked_by(fields: Fields, by: Collection[By], shared: Collection[str] = ()) -> frozenset[Key]:
    """Return the keys of companies that a lead with these fields may belong to."""
    found: set[Key] = set()
    if By.CONTACT in by and (contacts := _text(fields, CONTACTS_COMPANY)):
        found.add((KeyKind.COMPANY, contacts))
    if By.EMAIL in by:
        found |= {(KeyKind.DOMAIN, each) for each in wider(email_domain(fields), shared)}
    if By.WEBSITE in by:
        found |= {
            (KeyKind.DOMAIN, each)
            for own in websites(fields, shared)
            for each in wider(own, shared)
        }
    if By.NAME in by and (name := name_key(_text(fields, "company"))):
        found.add((KeyKind.NAME, name))
    return frozenset(found)


def email_domain(fields: Fields) -> str:
    """Return what follows the @ in the lead's address, or nothing where that is no domain."""
    address = normalised(_text(fields, "email")) or ""
    return _domain(address.rpartition("@")[2]) if "@" in address else ""


def websites(fields: Fields, shared: Collection[str] = ()) -> tuple[str, ...]:
    """Return the domains of the website that a lead names."""
    return domains_in(_text(fields, "website"), shared)


def domains_in(text: str, shared: Collection[str] = ()) -> tuple[str, ...]:
    """Return the domains in a field of websites or domains, without `www.`, each once, in order.

    Pages at a provider that many companies share, a profile in a network say, name no company.
    """
    found = (_domain(part) for part in re.split(r"[\s,;|]+", text))
    return tuple(dict.fromkeys(each for each in found if each and not is_shared(each, shared)))


def is_shared(domain: str, shared: Collection[str] = ()) -> bool:
    """Tell whether a domain, or one that it is part of, is a provider's and no company's."""
    return any(each in SHARED_DOMAINS or each in shared for each in _upwards(domain))


def wider(domain: str, shared: Collection[str] = ()) -> tuple[str, ...]:
    """Return a domain and those it is part of, the nearest first: de.acme.com, acme.com."""
    if not domain or is_shared(domain, shared):
        return ()
    return tuple(each for each in _upwards(domain) if each not in SECOND_LEVEL)


def label(domain: str) -> str:
    """Return the part of a domain that its owner chose: `acme` of de.acme.co.uk."""
    own = [each for each in _upwards(domain) if each not in SECOND_LEVEL]
    return own[-1].partition(".")[0] if own else ""


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """Write a company's name in the one way that all its spellings come to.

    Small letters; umlauts and accents plain, whether written ü, ue or u; no signs, no `and`, no
    legal form: `Müller & Söhne GmbH` is `muller sohne`. Empty for what is no name.
    """
    joined = _INITIALS.sub(
        lambda found: found[0].replace(".", "").replace("/", ""), name.casefold()
    )
    text = _plain(_APOSTROPHES.sub("", joined))
    words = [word for word in _APART.split(text) if word and word not in AND]
    left = _without_form(words)
    if " ".join(words) in NO_NAMES or " ".join(left) in NO_NAMES:
        return ""
    return " ".join(map(_without_umlauts, left))


def spelling(name: str) -> str:
    """Write a name as it is spelled, its legal form included: case and blanks do not count."""
    return " ".join(name.casefold().split())


class Companies:
    """Companies at hand, to be found by their keys: for a play, where there is no database."""

    def __init__(self, companies: Iterable[Company] = ()) -> None:
        self._by_key: dict[Key, list[Company]] = {}
        for company in sorted(companies, key=lambda each: each.key):
            for key in keys_of(company):
                self._by_key.setdefault(key, []).append(company)

    def found(self, keys: Collection[Key]) -> tuple[Company, ...]:
        """Return the companies kept by any of `keys`, and those that they were merged into."""
        return found_by(keys, lambda some: [c for key in some for c in self._by_key.get(key, ())])


Look = Callable[[Collection[Key]], Iterable[Company]]


def found_by(keys: Collection[Key], look: Look) -> tuple[Company, ...]:
    """Look companies up by keys, then what they were merged into and belong to, by their own."""
    found: dict[str, Company] = {}
    wanted = set(keys)
    for _ in range(_MOST_STEPS):
        news = {each.key: each for each in look(sorted(wanted)) if each.key not in found}
        found |= news
        named = {key for each in news.values() for key in (each.merged_into, each.parent) if key}
        wanted = {(KeyKind.COMPANY, key) for key in named - found.keys()}
        if not wanted:
            break
    return tuple(found[key] for key in sorted(found))


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _domain(text: str) -> str:
    """Take the domain out of an address of the web, or a bare domain; nothing where it is none."""
    host = _SCHEME.sub("", text.strip().lower())
    host = re.split(r"[/?#:]", host.rpartition("@")[2], maxsplit=1)[0].strip(".")
    host = host.removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return host if len(host) <= _LONGEST and _DOMAIN.fullmatch(host) else ""


def _upwards(domain: str) -> Iterator[str]:
    """Yield a domain and each that it is part of, down to two labels."""
    labels = domain.split(".")
    for first in range(len(labels) - 1):
        yield ".".join(labels[first:])


def _plain(text: str) -> str:
    """Leave out accents; letters that are not made of one are written with plain ones."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(char for char in apart if not unicodedata.combining(char))


def _without_form(words: Sequence[str]) -> list[str]:
    """Leave out the legal form behind the name, or before it; never all that there is."""
    left = list(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)
    while cut := _form_behind(left):
        del left[-cut:]
    while len(left) > 1 and left[0] in FORMS_BEFORE:
        left.pop(0)
    return left


def _form_behind(words: Sequence[str]) -> int:
    """Return of how many words the legal form behind the name is."""
    if len(words) > 1 and words[-1] in LEGAL_FORMS:
        return 1
    phrase = tuple(words[-3:])
    return len(phrase) if len(words) > len(phrase) and phrase in FORM_PHRASES else 0


def _without_umlauts(word: str) -> str:
    for written, plain in _UMLAUTS:
        word = word.replace(written, plain)
    return word
