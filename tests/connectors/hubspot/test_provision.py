"""Making a HubSpot account ready: which calls, and what each failure leaves behind."""

from typing import Any

import pytest

from slasync.connectors.hubspot.provision import HubSpotProvisioner, of_crm
from slasync.connectors.provisioning import Standing
from slasync.domain.languages import Language
from slasync.errors import Stopped
from slasync.sandbox.faults import Kind, Rule
from slasync.systems import CreateLeads, Direction, FieldMapping, FieldType, HubSpotCrmConfig
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


OF_CONTACTS = {
    "slasync_stale": ("bool", False), "slasync_stale_since": ("datetime", False),
    "slasync_why": ("string", False), "slasync_next_step": ("string", False),
    "slasync_shown_due": ("datetime", False), "slasync_lead_key": ("string", True),
}  # fmt: skip
OF_TASKS = {"slasync_key": ("string", True), "slasync_contact": ("string", False)}


def as_crm(**crm: Any) -> Bench:
    """An account that is to be the CRM, which nobody prepared for that."""
    told = {"create_leads": CreateLeads.AT_HANDOVER, "shows": frozenset({"due", "next_step"})}
    shown = {"due": "slasync_shown_due", "next_step": "slasync_next_step"}
    config = HubSpotCrmConfig(**(told | {"shown": shown} | crm))
    bench = Bench(changes={"crm": config})
    del bench.hubspot.portal.schemas["contacts"].properties["slasync_lead_key"]  # not unique
    return bench


def test_where_hubspot_is_the_crm_all_that_it_needs_is_made() -> None:
    bench = as_crm()
    assert {standings(bench)[name] for name in (*OF_CONTACTS, *OF_TASKS)} == {Standing.MISSING}
    assert all(each.ok for each in provisioner(bench).apply())
    schemas = bench.hubspot.portal.schemas
    for kind, made in (("contacts", OF_CONTACTS), ("tasks", OF_TASKS)):
        found = {name: schemas[kind].properties[name] for name in made}
        assert {name: (p.type, p.unique) for name, p in found.items()} == made
    assert {each.standing for each in provisioner(bench).compare()} == {Standing.THERE}
    assert provisioner(bench).apply() == []
    assert [each for each in bench.connector.probe() if "budget" not in each] == []


def test_what_is_not_needed_of_the_crm_is_not_made() -> None:
    bench = as_crm(create_leads=CreateLeads.NEVER, shows=frozenset())
    assert not {"slasync_lead_key", "slasync_next_step"} & standings(bench).keys()


def test_a_key_that_takes_a_value_twice_is_told_and_left_as_it_is() -> None:
    bench = as_crm()
    bench.connector.transport.create_property(
        {"name": "slasync_key", "label": "k", "type": "string", "fieldType": "text",
         "groupName": next(iter(bench.hubspot.portal.schemas["tasks"].groups))}, "tasks",
    )  # fmt: skip
    [key] = [each for each in provisioner(bench).compare() if each.name == "slasync_key"]
    assert (key.standing, key.kind) == (Standing.DIFFERENT, "property of tasks")
    assert "make another one with unique values" in key.words


def test_a_status_property_that_is_not_there_is_corrected_by_hand() -> None:
    bench = as_crm(status_property="lead_sate")
    [state] = [each for each in provisioner(bench).compare() if each.name == "lead_sate"]
    assert state.standing is Standing.BY_HAND
    assert "contacts have no property lead_sate: correct its name" in " ".join(
        bench.connector.probe()
    )


@pytest.mark.parametrize(("language", "label"), [("en", "SLA priority"), ("de", "SLA Priorität")])
def test_what_reps_see_has_labels_of_the_language_and_a_priority_to_sort_by(
    language: str, label: str
) -> None:
    shown = {"priority": "slasync_priority", "due": "slasync_shown_due"}
    crm = HubSpotCrmConfig(shown=shown, shows=frozenset(shown), labels=Language(language))
    made = {each.name: each for each in of_crm(crm)}
    assert made["slasync_priority"].label == label
    assert made["slasync_priority"].type is FieldType.NUMBER
    assert made["slasync_shown_due"].type is FieldType.DATETIME
    assert made["slasync_stale"].type is FieldType.BOOL
