"""A system is read only while it has every field that is mapped: one that is gone empties none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.lead import Ref
from slasync.errors import Stopped, TryLater
from slasync.workers.pulling.defined import Defined
from tests.faults.marks import fault
from tests.workers.mirror import Mirror

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GONE = "contacts have no property company"


@dataclass
class Definitions:
    """What a system says of its fields, and how often it was asked."""

    lacking: Sequence[str] = ()
    failing: bool = False
    asked: list[int] = field(default_factory=list)

    def __call__(self) -> Sequence[str]:
        self.asked.append(1)
        if self.failing:
            raise TryLater("busy")
        return self.lacking


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    return Mirror(sqlite_engine)


def read(mirror: Mirror, source: Defined) -> None:
    """Let a process read what changed since."""
    mirror.read(mirror.pull(source))


@fault("V19")
def test_before_anything_is_read_the_definitions_are_asked_and_then_once_an_hour(
    mirror: Mirror,
) -> None:
    definitions = Definitions()
    source = Defined(mirror.source, definitions, mirror.clock)
    for _ in range(59):
        read(mirror, source)
        mirror.advance(MINUTE)
    assert len(definitions.asked) == 1

    mirror.advance(MINUTE)
    read(mirror, source)

    assert len(definitions.asked) == 2


@fault("V19")
def test_while_a_field_is_lacking_nothing_changes_in_the_mirror_and_the_reason_is_kept(
    mirror: Mirror,
) -> None:
    definitions = Definitions()
    source = Defined(mirror.source, definitions, mirror.clock)
    lead = mirror.lead(fields={"company": "VU"})
    read(mirror, source)
    definitions.lacking = (GONE,)
    mirror.advance(HOUR)
    mirror.crm.change(lead, fields={"company": None})
    read(mirror, source)

    found = mirror.lead_of(lead)
    assert found is not None
    assert found.fields["company"] == "VU"
    assert mirror.cursor().error == f"nothing is read, so that no field is emptied: {GONE}"


@fault("V19")
def test_as_soon_as_the_field_is_back_reading_goes_on_where_it_was(mirror: Mirror) -> None:
    definitions = Definitions(lacking=(GONE,))
    source = Defined(mirror.source, definitions, mirror.clock)
    read(mirror, source)
    assert mirror.cursor().watermark is None

    definitions.lacking = ()
    mirror.advance(6 * MINUTE)
    read(mirror, source)

    assert mirror.cursor().watermark is not None


@fault("V19")
def test_what_a_webhook_names_is_not_read_either(mirror: Mirror) -> None:
    source = Defined(mirror.source, Definitions(lacking=(GONE,)), mirror.clock)

    with pytest.raises(Stopped, match=GONE):
        source.fetch([Ref("salesforce", "lead", "00Q1")])


def test_definitions_that_cannot_be_read_keep_nothing_from_being_read(mirror: Mirror) -> None:
    source = Defined(mirror.source, Definitions(failing=True), mirror.clock)
    lead = mirror.lead()
    read(mirror, source)

    assert mirror.lead_of(lead) is not None
