"""Rules of the scoring model: those of the agreement, with what is derived from an address."""

from collections.abc import Mapping
from dataclasses import replace

from slasync.domain.lead import Fields
from slasync.settings.rules import Rule, compile_rule
from slasync.systems import FieldType

EMAIL, DOMAIN = "email", "email_domain"
"""`email_domain` is the part of the address after its @, in small letters."""


def score_fields(fields: Mapping[str, FieldType]) -> Mapping[str, FieldType]:
    """Return the fields that rules of the scoring model may read.

    A mapped field named like a derived one stands.
    """
    return {DOMAIN: FieldType.TEXT, **fields} if EMAIL in fields else fields


def compile_score_rule(text: str, fields: Mapping[str, FieldType]) -> Rule:
    """Compile an expression; it reads mapped fields only. Raises ValueError."""
    rule = compile_rule(text, score_fields(fields))
    if DOMAIN not in rule.reads or DOMAIN in fields:
        return rule

    def holds(values: Fields) -> bool:
        return rule.holds({**values, DOMAIN: domain_of(values.get(EMAIL))})

    return replace(rule, holds=holds, reads=rule.reads - {DOMAIN} | {EMAIL})


def domain_of(address: object) -> str | None:
    """Return the domain of an e-mail address, None when there is none."""
    domain = address.rpartition("@")[2] if isinstance(address, str) and "@" in address else ""
    return domain.strip().lower() or None
