"""The SOAP calls that clients need because REST has no resource for them."""

import re

import pytest

from slasync.sandbox.http import Request, Response
from tests.sandbox.salesforce.desk import HOST, Desk


def call(desk: Desk, inner: str, token: str | None = None) -> Response:
    session = token or desk.headers["Authorization"].partition(" ")[2]
    text = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soapenv:Header><SessionHeader><sessionId>{session}</sessionId></SessionHeader>"
        f"</soapenv:Header><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
    )
    return desk.sf.handle(Request("POST", f"{HOST}/services/Soap/u/59.0", {}, text.encode()))


def convert(lead: str) -> str:
    inner = f"<leadId>{lead}</leadId><convertedStatus>Closed - Converted</convertedStatus>"
    quiet = "<doNotCreateOpportunity>true</doNotCreateOpportunity>"
    return f"<convertLead><leadConverts>{inner}{quiet}</leadConverts></convertLead>"


def test_convert_lead_answers_with_the_ids_it_made() -> None:
    desk = Desk()
    lead = desk.lead()
    answer = call(desk, convert(lead))
    text = answer.body.decode()
    row = desk.sf.get("Lead", lead)
    assert row is not None
    assert f"<contactId>{row['ConvertedContactId']}</contactId>" in text
    assert '<opportunityId xsi:nil="true"/><success>true</success>' in text
    assert "<current>1</current><limit>100000</limit><type>API REQUESTS</type>" in text
    assert answer.header("Content-Type") == "text/xml; charset=utf-8"


def test_a_second_conversion_fails_within_its_result() -> None:
    desk = Desk()
    lead = desk.lead()
    call(desk, convert(lead))
    text = call(desk, convert(lead)).body.decode()
    assert "<statusCode>CANNOT_UPDATE_CONVERTED_LEAD</statusCode>" in text
    assert "<success>false</success>" in text


def test_merge() -> None:
    desk = Desk()
    winner, loser = desk.lead("W"), desk.lead("L")
    inner = (
        f'<merge><request><masterRecord xsi:type="Lead"><Id>{winner}</Id></masterRecord>'
        f"<recordToMergeIds>{loser}</recordToMergeIds></request></merge>"
    )
    assert b"<success>true</success>" in call(desk, inner).body
    row = desk.sf.get("Lead", loser)
    assert row is not None
    assert row["MasterRecordId"] == winner


def test_a_session_that_has_ended_is_a_fault() -> None:
    answer = call(Desk(), "<merge/>", token="nothing")
    assert answer.status == 500
    assert re.search(rb"<sf:exceptionCode>INVALID_SESSION_ID</sf:exceptionCode>", answer.body)


@pytest.mark.parametrize(("version", "status"), [("59.0", 200), ("65.0", 500)])
def test_login_is_gone_in_newer_versions(version: str, status: int) -> None:
    desk = Desk()
    known = desk.sf.credentials()
    inner = f"<username>{known['username']}</username><password>{known['password']}</password>"
    url = f"{HOST}/services/Soap/u/{version}"
    answer = desk.sf.handle(Request("POST", url, {}, f"<login>{inner}</login>".encode()))
    assert answer.status == status
    assert (b"<sessionSecondsValid>" in answer.body) is (status == 200)
