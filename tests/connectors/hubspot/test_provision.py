"""Making a HubSpot account ready: which calls, and what each failure leaves behind."""

from typing import Any

import pytest

from slasync.connectors.hubspot.provision import HubSpotProvisioner
from slasync.connectors.provisioning import Standing
from slasync.errors import Stopped
from slasync.sandbox.faults import Kind, Rule
from slasync.systems import Direction, FieldMapping, FieldType
from tests.connectors.hubspot.bench import Bench

WRITTEN = ("slasync_stage", "slasync_owner", "slasync_sla_state", "slasync_due")


def bare(**options: Any) -> Bench:
    """An account that nobody prepared."""
    bench = Bench(options=options)
    for name in WRITTEN:
        del bench.hubspot.portal.schemas["contacts"].properties[name]
    return bench


def provisioner(bench: Bench) -> HubSpotProvisioner:
    return HubSpotProvisioner(bench.connector.config, bench.connector.transport)


def standings(bench: Bench) -> dict[str, Standing]:
    return {each.name: each.standing for each in provisioner(bench).compare()}


def test_an_account_without_the_scope_is_told_which_one() -> None:
    bench = bare(scopes=frozenset({"crm.objects.contacts.read", "crm.schemas.contacts.read"}))
    with pytest.raises(Stopped, match=r"crm\.schemas\.contacts\.write"):
        provisioner(bench).apply()


def test_an_answer_that_is_lost_is_told_and_nothing_is_made_twice() -> None:
    bench = bare()
    bench.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, "POST .*/properties/contacts", times=1))
    told = {each.name: each.ok for each in provisioner(bench).apply()}
    assert list(told.values()).count(False) == 1
    assert provisioner(bench).apply() == []
    assert {standings(bench)[name] for name in WRITTEN} == {Standing.THERE}


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (FieldType.TEXT, ("string", "text")),
        (FieldType.NUMBER, ("number", "number")),
        (FieldType.BOOL, ("bool", "booleancheckbox")),
        (FieldType.DATE, ("date", "date")),
        (FieldType.DATETIME, ("datetime", "date")),
    ],
)
def test_a_mapped_property_is_made_with_the_type_it_is_mapped_to(
    kind: FieldType, made: tuple[str, str]
) -> None:
    mapped = FieldMapping("reply", "sla_reply", Direction.BOTH, kind)
    bench = Bench(changes={"contact_fields": (mapped,)})
    provisioner(bench).apply()
    found = bench.hubspot.portal.schemas["contacts"].properties["sla_reply"]
    assert (found.type, found.field_type) == made
    assert standings(bench)["sla_reply"] is Standing.THERE


def test_a_read_only_property_cannot_be_written() -> None:
    mapped = FieldMapping("modified", "lastmodifieddate", Direction.BOTH, FieldType.DATETIME)
    assert (
        standings(Bench(changes={"contact_fields": (mapped,)}))["lastmodifieddate"]
        is Standing.DIFFERENT
    )


def test_what_is_only_read_may_be_of_any_type_that_reads_as_text() -> None:
    mapped = FieldMapping("stage", "lifecyclestage")
    assert (
        standings(Bench(changes={"contact_fields": (mapped,)}))["lifecyclestage"] is Standing.THERE
    )
