"""Which fields the connector files have several systems keep alike, and the step that does it."""

from collections.abc import Iterable, Mapping

from slasync.domain.identity.three_way import Keeping
from slasync.settings import Settings
from slasync.store.unit import transaction
from slasync.systems import Direction, FieldMapping
from slasync.workers.deciding.decide import Deciding
from slasync.workers.fields import FIELDS, Fields, Sides
from slasync.workers.step import Step

KEEPING = {
    Direction.TWO_WAY: Keeping.TWO_WAY,
    Direction.NEWEST_WINS: Keeping.NEWEST_WINS,
    Direction.UNLESS_BLANK: Keeping.UNLESS_BLANK,
    Direction.MANUAL: Keeping.MANUAL,
}


def kept_in(mapped: Mapping[tuple[str, str], Iterable[FieldMapping]]) -> dict[str, Sides]:
    """Return the fields that are kept alike, by name: those that some side is written by itself."""
    found: dict[str, dict[tuple[str, str], tuple[Keeping, bool]]] = {}
    for place, fields in mapped.items():
        for each in fields:
            if each.direction is not Direction.WRITE:
                keeping = KEEPING.get(each.direction, Keeping.READ)
                found.setdefault(each.name, {})[place] = (keeping, each.nulls)
    return {
        name: sides
        for name, sides in found.items()
        if len(sides) > 1 and any(keeping is not Keeping.READ for keeping, _ in sides.values())
    }


def kept_of(settings: Settings) -> dict[str, Sides]:
    """Return the fields that the configured systems keep alike; none in the shipped files."""
    crm, marketing = settings.salesforce, settings.marketing
    if crm is None or marketing is None:
        return {}
    return kept_in(
        {
            (settings.agreement.crm, "lead"): crm.lead_fields,
            (settings.agreement.crm, "contact"): crm.contact_fields,
            (settings.agreement.marketing, "contact"): marketing.contact_fields,
        }
    )


def keeping_alike(settings: Settings, deciding: Deciding) -> tuple[Step, ...]:
    """Return the step, where there is anything to be kept; what was withheld is looked at again."""
    kept = kept_of(settings)
    if not kept:
        return ()
    writes = settings.modes.any_enforced
    step = Fields(
        deciding.engine, deciding.seams, kept, deciding.agreement.org, deciding.lane_of, writes,
        deciding.caps,
    )  # fmt: skip
    if writes:
        with transaction(deciding.engine) as unit:
            unit.kept_fields.wake(deciding.seams.clock.now())
    pushes = frozenset({f"push:{deciding.agreement.crm}", f"push:{deciding.agreement.marketing}"})
    return (Step(FIELDS, step.run, step.next_at, pushes),)
