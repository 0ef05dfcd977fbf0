"""Fields that are kept alike: what Salesforce is written, row by row, and what became of it."""

from collections.abc import Iterator

import pytest

from slasync.domain.lead import Ref
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome
from slasync.systems import Direction, FieldMapping
from tests.connectors.contract_sink import a_write, outcomes
from tests.connectors.salesforce.org import LEAD_FIELDS, OrgRig

MAPPED = (
    *LEAD_FIELDS,
    FieldMapping("role", "Title", Direction.TWO_WAY),
    FieldMapping("branch", "Industry", Direction.READ),
)


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig(changed={"lead_fields": MAPPED})
    yield rig
    rig.close()


def setting(lead: Ref, value: str | None, name: str = "role", before: str | None = None) -> Write:
    return a_write(Action.PROPERTY, lead, field=name, value=value, before=before)


def title(rig: OrgRig, lead: Ref) -> object:
    return (rig.org.get("Lead", lead.id) or {}).get("Title")


def test_a_field_gets_its_value_and_is_made_blank(rig: OrgRig) -> None:
    lead = rig.lead()

    assert outcomes(rig.sink.apply([setting(lead, "CIO")])) == [Outcome.APPLIED]
    assert title(rig, lead) == "CIO"
    assert outcomes(rig.sink.apply([setting(lead, None)])) == [Outcome.APPLIED]
    assert title(rig, lead) is None


def test_one_that_must_not_be_written_is_refused_and_holds_up_nobody(rig: OrgRig) -> None:
    one, other, gone = rig.lead(), rig.lead(), rig.lead()
    rig.delete(gone)

    told = rig.sink.apply([setting(one, "IT", "branch"), setting(gone, "x"), setting(other, "CIO")])

    assert outcomes(told) == [Outcome.REFUSED, Outcome.GONE, Outcome.APPLIED]
    assert "branch is no field of a lead that connector.yaml lets slasync write" in told[0].message
    assert title(rig, other) == "CIO"


@pytest.mark.parametrize(
    ("there", "outcome"),
    [("CIO", Outcome.APPLIED), ("Head", Outcome.TRY_LATER), ("CTO", Outcome.OVERTAKEN)],
)
def test_after_no_answer_it_is_read_what_became_of_it(
    rig: OrgRig, there: str, outcome: Outcome
) -> None:
    lead = rig.lead()
    rig.sink.apply([setting(lead, there)])

    (told,) = rig.sink.look([setting(lead, "CIO", before="Head")])

    assert told.outcome is outcome
