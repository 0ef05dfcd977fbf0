"""How old a field's value is: since when at least a record says it, as far as its versions tell."""

from collections.abc import Mapping
from datetime import datetime

from slasync.domain.lead import Fields

FIELDS = ("email", "first_name", "last_name", "company", "phone", "title", "country", "source")
"""The fields of a person whose completeness and age are told."""
FIRST = "first"
Since = Mapping[str, str]
"""Vendor times in ISO form: `first`, of the version read first, and those of the versions that
changed one of FIELDS, by the field's name. Never a value."""


def read_first(at: datetime) -> Since:
    """Begin with the first version that is known: all that it says has been so since then."""
    return {FIRST: at.isoformat()}


def read_again(since: Since, before: Fields, after: Fields, at: datetime) -> Since:
    """Date the fields that a version of `at` changed; the others stay as old as they were."""
    changed = [name for name in FIELDS if before.get(name) != after.get(name)]
    return {**since, **dict.fromkeys(changed, at.isoformat())} if changed else since


def said_since(since: Since, name: str, otherwise: datetime) -> datetime:
    """Return since when at least a field is as it is; `otherwise` where nothing was kept."""
    at = since.get(name) or since.get(FIRST)
    return datetime.fromisoformat(at) if at else otherwise
