"""Deploying to Salesforce: sessions, answers that make no sense, ends that do not come."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from slasync.connectors.provisioning import Standing
from slasync.connectors.salesforce.metadata_api import MetadataApi
from slasync.connectors.salesforce.provision import SalesforceProvisioner, provisioner
from slasync.errors import Stopped, TryLater
from slasync.sandbox.faults import Kind
from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce.permissions import unprepare
from slasync.settings.compiling_systems import WRITTEN_NOW
from slasync.settings.connector_files import SlasyncFields
from slasync.systems import Secret
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault

SOAP = "Soap/m"
SHOWN = {name: field for name, field in SlasyncFields() if name not in WRITTEN_NOW}


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    """An organisation that nobody prepared."""
    rig = OrgRig(changed={"shown_fields": SHOWN})
    unprepare(rig.org.org)
    yield rig
    rig.close()


def as_admin(rig: OrgRig) -> SalesforceProvisioner:
    session = Secret(rig.org.auth.open(rig.org.admin_id))
    return provisioner(rig.connector, rig.clock, ("later",), session)


def soap_calls(rig: OrgRig) -> list[str]:
    return [str(r.header("SOAPAction")) for r in rig.adapter.sent if SOAP in r.path]


def altered(rig: OrgRig, action: str, old: str, new: str) -> None:
    """Have the answers to one SOAP call say something else."""

    def tamper(request: Request, answer: Response) -> Response:
        if request.header("SOAPAction") != action:
            return answer
        text = answer.body.decode()
        return Response(answer.status, answer.headers, text.replace(old, new).encode())

    rig.tamper = tamper


def test_comparing_reads_ten_components_a_call_and_deploys_nothing(rig: OrgRig) -> None:
    found = as_admin(rig).compare()
    assert {each.standing for each in found} == {Standing.MISSING}
    fields = sum(each.kind == "CustomField" for each in found)
    calls = soap_calls(rig)
    assert set(calls) == {"readMetadata"}
    assert len(calls) == -(-fields // 10) + 3  # list views, report type, permission sets


def test_a_deployment_is_looked_at_until_it_ends(rig: OrgRig) -> None:
    made = as_admin(rig).apply()
    assert all(each.ok for each in made)
    assert soap_calls(rig).count("deploy") == 1
    assert soap_calls(rig).count("checkDeployStatus") == 2


def test_a_deployment_that_does_not_end_is_named_and_left(rig: OrgRig) -> None:
    altered(rig, "checkDeployStatus", "<done>true</done>", "<done>false</done>")
    before = rig.clock.now()
    with pytest.raises(TryLater, match=r"deployment 0Af\w+ is still at work"):
        as_admin(rig).apply()
    assert rig.clock.now() - before < timedelta(minutes=16)


def test_a_deployment_that_fails_as_a_whole_is_told(rig: OrgRig) -> None:
    altered(
        rig, "checkDeployStatus", "<success>true</success></result>",
        "<success>false</success><errorMessage>UNKNOWN_EXCEPTION: 4711</errorMessage></result>",
    )  # fmt: skip
    with pytest.raises(Stopped, match="4711"):
        as_admin(rig).apply()


def test_a_session_of_another_organisation_is_refused(rig: OrgRig) -> None:
    def elsewhere(request: Request, answer: Response) -> Response:
        if "userinfo" not in request.path:
            return answer
        text = answer.body.decode().replace(rig.org.org_id, "00D000000000002EAA")
        return Response(answer.status, answer.headers, text.encode())

    rig.tamper = elsewhere
    with pytest.raises(Stopped, match="organisation 00D000000000002EAA, not"):
        as_admin(rig)


@fault("V13")
def test_slasyncs_own_session_is_renewed_once_when_it_has_ended(rig: OrgRig) -> None:
    api = MetadataApi(rig.connector.transport, "62.0")
    rig.connector.transport.tokens.current()
    rig.org.expire_sessions()
    with pytest.raises(Stopped, match="SALESFORCE_ADMIN_TOKEN"):
        api.read("CustomField", ["Lead.X__c"])  # let in, and not allowed to
    assert len(soap_calls(rig)) == 2


def test_an_admins_session_that_ends_is_not_renewed(rig: OrgRig) -> None:
    prepared = as_admin(rig)
    rig.org.expire_sessions()
    with pytest.raises(Stopped, match="put a new one there"):
        prepared.compare()


@fault("V16")
@pytest.mark.parametrize("kind", [Kind.HTML, Kind.TRUNCATED, Kind.SERVER_ERROR])
def test_an_answer_that_is_no_message_is_tried_later(rig: OrgRig, kind: Kind) -> None:
    prepared = as_admin(rig)
    rig.strike(kind, SOAP)
    with pytest.raises(TryLater):
        prepared.compare()


def test_an_answer_with_a_document_type_is_not_read(rig: OrgRig) -> None:
    prepared = as_admin(rig)
    altered(
        rig, "readMetadata", "<soapenv:Envelope", '<!DOCTYPE x [<!ENTITY a "b">]><soapenv:Envelope'
    )
    with pytest.raises(TryLater, match="no message of the Metadata API"):
        prepared.compare()


def test_no_session_stands_in_what_is_observed(rig: OrgRig) -> None:
    as_admin(rig).apply()
    for request in rig.adapter.sent:
        assert "!AQ" not in request.url
