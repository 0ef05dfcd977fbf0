"""Batches of which some rows fail: each row is told its own outcome, whichever fail."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.ports import Outcome, Receipt
from slasync.sandbox.http import Request, Response
from tests.connectors.contract_sink import a_change, a_task, outcomes
from tests.connectors.hubspot.bench import Bench
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.faults.tampered import told

pytestmark = fault("V10")

FAILURES = {
    Outcome.REFUSED: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    Outcome.TRY_LATER: "UNABLE_TO_LOCK_ROW",
    Outcome.GONE: "ENTITY_IS_DELETED",
}
Fates = list[Outcome]
fates = st.lists(st.sampled_from([Outcome.APPLIED, *FAILURES]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    rig.sink.reread([rig.lead()])
    yield rig
    rig.close()


def failed(fate: Outcome) -> dict[str, object]:
    error = {"statusCode": FAILURES[fate], "message": "as it was told", "fields": []}
    return {"success": False, "errors": [error]}


def rows_by(fates: Fates) -> object:
    """Have each row of a collection end as it is fated."""

    def tamper(request: Request, answer: Response) -> Response:
        if request.method != "PATCH":
            return answer
        items = [
            item if fate is Outcome.APPLIED else failed(fate)
            for fate, item in zip(fates, answer.json(), strict=True)
        ]
        return Response(answer.status, answer.headers, json.dumps(items).encode())

    return tamper


def parts_by(fates: Fates) -> object:
    """Have each part of a composite end as it is fated."""

    def tamper(_: Request, answer: Response) -> Response:
        body = answer.json()
        for fate, part in zip(fates, body["compositeResponse"], strict=True):
            if fate is not Outcome.APPLIED:
                error = {"errorCode": FAILURES[fate], "message": "as it was told"}
                part.update(httpStatusCode=400, body=[error])
        return Response(answer.status, answer.headers, json.dumps(body).encode())

    return tamper


def as_fated(receipts: list[Receipt], fates: Fates) -> None:
    assert outcomes(receipts) == fates
    messages = [r.message for r in receipts if r.outcome is not Outcome.APPLIED]
    assert all("as it was told" in message for message in messages)


@given(fates=fates)
def test_each_row_of_a_collection_has_its_own_outcome(rig: OrgRig, fates: Fates) -> None:
    lead, rep = rig.lead(), rig.rep()
    writes = [a_task(lead, rep, f"{n:040x}") for n in range(len(fates))]
    rig.tamper = rows_by(fates)  # type: ignore[assignment] # a Tamper

    receipts = list(rig.sink.apply(writes))

    as_fated(receipts, fates)
    named = {r.ref.id for r in receipts if r.ref}
    assert len(named) == fates.count(Outcome.APPLIED)


@given(fates=fates)
def test_each_part_of_a_composite_has_its_own_outcome(rig: OrgRig, fates: Fates) -> None:
    rep = rig.rep()
    rig.tamper = lambda _, answer: answer
    leads = [rig.lead(email=f"p{n}@prospect.example") for n in range(len(fates))]
    rig.tamper = parts_by(fates)  # type: ignore[assignment] # a Tamper

    receipts = list(rig.sink.apply([a_change(lead, rep, None) for lead in leads]))

    as_fated(receipts, fates)
    assert [r.ref for r in receipts if r.ref] == [
        lead for lead, fate in zip(leads, fates, strict=True) if fate is Outcome.APPLIED
    ]


@given(there=st.lists(st.booleans(), min_size=1, max_size=30))
def test_each_contact_of_a_batch_has_its_own_outcome(there: list[bool]) -> None:
    bench = Bench()
    ids = [
        bench.contact(email=f"p{n}@example.com") if exists else str(10**12 + n)
        for n, exists in enumerate(there)
    ]

    receipts = list(bench.sink.apply([told(contact) for contact in ids]))

    assert outcomes(receipts) == [Outcome.APPLIED if e else Outcome.GONE for e in there]
    assert [r.ref.id for r in receipts if r.ref] == ids
