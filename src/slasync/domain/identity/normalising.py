"""Values as they are compared: two spellings of one address, number, country or name are alike.

Nothing is guessed: what cannot be read for certain is compared as it stands, and no provider's own
rules (dots that do not count, aliases) are applied.
"""

import re
import unicodedata
from functools import lru_cache

from slasync.domain.identity.country_words import CODES, COUNTRIES, NATIONAL, TRUNK

LEAST_DIGITS, MOST_DIGITS = 8, 15  # of a number with its country's code (E.164)
NORTH_AMERICAN = 10  # digits, where the 1 before them is left out
_EXTENSION = re.compile(r"(?i)(?:\s*(?:ext\.?|extension|durchwahl|dw\.?|x)\s*\d+)$")
_SIGNS = re.compile(r"[\s().\-/\u2010-\u2015\u00a0]+")
_OPTIONAL_TRUNK = re.compile(r"\(\s*0\s*\)")
_APART = re.compile(r"[\W_]+")
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "herr", "frau", "dipl", "ing", "mba", "phd"})


def email(text: str | None, *, plus_tags: bool = True) -> str | None:
    """Return an address as it is compared; None when it is none.

    Trimmed and in small letters, the domain as the network writes it (`bücher.de` is
    `xn--bcher-kva.de`). With `plus_tags=False` lou+news@x.com is lou@x.com.
    """
    whole = (text or "").strip().lower()
    local, at, domain = whole.rpartition("@")
    if not at:
        return None
    if not plus_tags:
        local = local.partition("+")[0] or local
    plain = domain.rstrip(".")
    return f"{local}@{plain if plain.isascii() else _network(plain)}"


def _network(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # no domain at all: compared as it stands
        return domain


def phone(text: str | None, country: str | None = None) -> str | None:
    """Return a number in the form +49301234567, where that is certain; else as it stands.

    National numbers need the country that they belong to. None when there is no digit.
    """
    written = _EXTENSION.sub("", (text or "").strip())
    if not any(char.isdigit() for char in written):
        return None
    digits = _SIGNS.sub("", _OPTIONAL_TRUNK.sub("", written))
    whole = _international(digits, country_code(country))
    fits = whole is not None and LEAST_DIGITS <= len(whole) <= MOST_DIGITS
    return f"+{whole}" if fits else written


def _international(digits: str, country: str | None) -> str | None:
    """Return the number with its country's code and without any sign; None when unsure."""
    if digits.startswith("+"):
        return _known(digits[1:])
    if digits.startswith("00"):
        return _known(digits[2:])
    code = NATIONAL.get(country or "")
    if code is None or not digits.isdigit() or not digits.isascii():
        return None
    trunk = TRUNK[country or ""]
    if not trunk or (code == "1" and len(digits) == NORTH_AMERICAN):
        return _known(code + digits)
    if digits.startswith(trunk):
        return _known(code + digits.removeprefix(trunk))
    return None  # it may be local, without the town's code


def _known(digits: str) -> str | None:
    """Return digits after a country's code that there is; +49 (0)30 and +49 030 are +49 30."""
    if not digits.isdigit() or not digits.isascii():
        return None
    code = next((digits[:n] for n in (3, 2, 1) if digits[:n] in CODES), None)
    if code is None:
        return None
    rest = digits.removeprefix(code)
    keeps_zero = code in {"39", "378", "379"}  # Italy's numbers begin with one
    return code + (rest if keeps_zero else rest.lstrip("0"))


@lru_cache(maxsize=4096)
def country_code(text: str | None) -> str | None:
    """Return the two letters of ISO 3166 for a country named in English or German, or by code."""
    if not text:
        return None
    plain = _plain(text)
    return COUNTRIES.get(plain)


def country(text: str | None) -> str | None:
    """Return a country as it is compared: its two letters, or the words as they stand."""
    words = (text or "").strip()
    return country_code(words) or (_plain(words) or None)


def name(text: str | None) -> str | None:
    """Return a person's name as it is compared: plain small letters, no titles, no signs."""
    parts = [part for part in _plain(text or "").split() if part not in _TITLES]
    return " ".join(parts) or None


def _plain(text: str) -> str:
    """Return small letters without accents, words apart by one blank; `ß` and `ø` written out."""
    folded = text.casefold().replace("ø", "o").replace("ł", "l").replace("æ", "ae")
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char)
    )
    return _APART.sub(" ", bare).strip()
