"""Fields that the connector files have kept alike: whether there is anything to keep them like."""

from collections.abc import Iterable, Iterator, Mapping

from slasync.settings.connector_files import PersonFields
from slasync.settings.document import Document
from slasync.settings.problems import Problem
from slasync.systems import Direction

ALIKE = frozenset(
    {Direction.TWO_WAY, Direction.NEWEST_WINS, Direction.UNLESS_BLANK, Direction.MANUAL}
)


def kept_alone(
    persons: Iterable[tuple[str, str, PersonFields]],
    told_by: Mapping[str, frozenset[tuple[str, str]]],
    connectors: Mapping[str, Document],
) -> Iterator[Problem]:
    """Name fields that would be kept alike with nothing: no other system has them."""
    for system, record, fields in persons:
        for name, part in fields.by_name().items():
            others = {other for other, _ in told_by[name]} - {system}
            if part.direction in ALIKE and not others:
                own = ("custom", name) if name in fields.custom else (name,)
                what = (
                    f"{name} is {part.direction.value} here and no other system has it: map it"
                    " there as well, or say read, write or both"
                )
                yield connectors[system].problem((record, *own, "direction"), what)
