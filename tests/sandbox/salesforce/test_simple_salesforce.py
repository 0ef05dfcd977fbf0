"""The real simple-salesforce over the simulated org, by calls that slasync never makes."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import BaseAdapter
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from slasync.sandbox.http import Request
from slasync.sandbox.salesforce import Salesforce
from tests.sandbox.salesforce.desk import Clock, Desk, names


class InProcess(BaseAdapter):
    """Carries what requests would send to `handle`."""

    def __init__(self, org: Salesforce) -> None:
        super().__init__()
        self._org = org
        self.sent: list[Request] = []

    def send(  # noqa: PLR0913, PLR0917 - the signature of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002, ARG002 - the signature of requests
        timeout: Any = None,  # noqa: ARG002 - the signature of requests
        verify: bool | str = True,  # noqa: FBT001, FBT002, ARG002 - the signature of requests
        cert: Any = None,  # noqa: ARG002 - the signature of requests
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - the signature of requests
    ) -> requests.Response:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        asked = Request(str(request.method), str(request.url), dict(request.headers), raw)
        self.sent.append(asked)
        answer = self._org.handle(asked)
        response = requests.Response()
        response.status_code = answer.status
        response.url = asked.url
        response.request = request
        response.raw = BytesIO(answer.body)
        response.headers.update(dict(answer.headers))
        return response

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def desk() -> Desk:
    # the library stamps its assertions by the machine's clock, so the org has to live by it too
    return Desk(Clock(datetime.now(UTC)))  # noqa: TID251 - see above


@pytest.fixture
def session(desk: Desk) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.mount("https://", InProcess(desk.sf))
        yield made


@pytest.fixture
def client(desk: Desk, session: requests.Session) -> Any:
    known = desk.sf.credentials()
    return Client(
        consumer_key=known["client_id"],
        consumer_secret=known["client_secret"],
        domain=known["domain"],
        session=session,
        version="62.0",
    )


NEW = {"LastName": "Doe", "Company": "Initech", "Email": "doe@x.example"}
KEEP = {"Sforce-Auto-Assign": "FALSE"}


# -- logging in ---------------------------------------------------------------------------------


def test_it_logs_in_by_client_credentials(client: Any) -> None:
    assert client.sf_instance == "acme.my.salesforce.com"
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_it_logs_in_by_jwt(desk: Desk, session: requests.Session) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    desk.sf.register_public_key(public.decode())
    known = desk.sf.credentials()
    client = Client(
        username=known["username"],
        consumer_key=known["client_id"],
        privatekey=private.decode(),
        session=session,
    )
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000


def test_it_logs_in_by_soap_with_password_and_token(desk: Desk, session: requests.Session) -> None:
    known = desk.sf.credentials()
    client = Client(
        username=known["username"],
        password=known["password"],
        security_token=known["security_token"],
        session=session,
    )
    assert client.query("SELECT Id FROM User")["totalSize"] == 3
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        Client(username="x", password="y", security_token="z", session=session)


def test_a_wrong_secret_is_an_authentication_failure(desk: Desk, session: requests.Session) -> None:
    known = desk.sf.credentials()
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid client credentials"):
        Client(
            consumer_key=known["client_id"],
            consumer_secret="wrong",
            domain=known["domain"],
            session=session,
        )


def test_it_logs_in_again_when_its_session_has_ended(desk: Desk, client: Any) -> None:
    desk.sf.expire_sessions()
    assert client.query("SELECT Id FROM Lead")["totalSize"] == 0


# -- records ------------------------------------------------------------------------------------


def test_it_creates_reads_changes_and_deletes(desk: Desk, client: Any) -> None:
    made = client.Lead.create(NEW, headers=KEEP)["id"]
    assert client.Lead.get(made)["Name"] == "Doe"
    assert client.Lead.update(made, {"Title": "CEO"}, headers=KEEP) == 204
    row = desk.sf.get("Lead", made)
    assert row is not None
    assert row["Title"] == "CEO"
    assert client.Lead.delete(made) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get(made)


def test_it_upserts_and_reads_by_an_external_id(client: Any) -> None:
    assert client.Lead.upsert("Slasync_Lead_Key__c/k%2F1", NEW) == 201
    assert client.Lead.upsert("Slasync_Lead_Key__c/k%2F1", {"Title": "CEO"}) == 200
    assert client.Lead.get_by_custom_id("Slasync_Lead_Key__c", "k/1")["Title"] == "CEO"


def test_it_tells_several_matches_and_bad_requests_apart(client: Any) -> None:
    for _ in range(2):
        client.Lead.create(NEW)
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Lead.get_by_custom_id("Email", "doe@x.example")
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.Lead.create({"LastName": "x"})
    content: Any = caught.value.content
    assert content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_it_reads_what_was_updated_and_deleted(desk: Desk, client: Any) -> None:
    made = [client.Lead.create(NEW)["id"] for _ in range(2)]
    client.Lead.delete(made[0])
    desk.clock.pass_(minutes=2)
    start, end = desk.clock.at - timedelta(hours=1), desk.clock.at
    assert client.Lead.updated(start, end)["ids"] == [made[1]]
    assert [r["id"] for r in client.Lead.deleted(start, end)["deletedRecords"]] == [made[0]]


def test_it_describes_objects(client: Any) -> None:
    assert client.Lead.describe()["keyPrefix"] == "00Q"
    assert client.Task.metadata()["objectDescribe"]["name"] == "Task"
    assert "Lead" in {o["name"] for o in client.describe()["sobjects"]}


def test_it_works_with_tasks_and_events(desk: Desk, client: Any) -> None:
    lead = client.Lead.create(NEW)["id"]
    task = client.Task.create({"WhoId": lead, "Subject": "Call", "ActivityDate": "2026-11-05"})
    client.Task.update(task["id"], {"Status": "Completed"})
    record = client.Task.get(task["id"])
    assert record["IsClosed"] is True
    start = desk.clock.at.isoformat()
    fields = {"WhoId": lead, "Subject": "Demo", "StartDateTime": start, "DurationInMinutes": 30}
    event = client.Event.create(fields)
    assert client.Event.get(event["id"])["DurationInMinutes"] == 30


# -- queries ------------------------------------------------------------------------------------


def test_it_pages_through_a_query(desk: Desk, client: Any) -> None:
    desk.sf.load("Account", [{"Name": f"A{n:04d}"} for n in range(2_100)], desk.rep)
    soql = "SELECT Name FROM Account ORDER BY Name"
    first = client.query(soql)
    assert (len(first["records"]), first["done"]) == (2_000, False)
    rest = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert len(rest["records"]) == 100
    locator = first["nextRecordsUrl"].rpartition("/")[2]
    assert client.query_more(locator)["records"] == rest["records"]
    every = client.query_all(soql)
    assert names(every) == [f"A{n:04d}" for n in range(2_100)]
    assert sum(1 for _ in client.query_all_iter(soql)) == 2_100


def test_it_includes_deleted_records_when_asked(desk: Desk, client: Any) -> None:
    desk.sf.delete("Lead", desk.lead(), desk.rep)
    soql = "SELECT Id FROM Lead"
    assert client.query_all(soql)["totalSize"] == 0
    assert client.query_all(soql, include_deleted=True)["totalSize"] == 1


def test_it_learns_its_usage_of_the_api(client: Any) -> None:
    client.query("SELECT Id FROM Lead")
    assert client.api_usage["api-usage"].used == 1


def test_it_is_refused_beyond_the_daily_limit(desk: Desk, client: Any) -> None:
    desk.sf.limits.daily = 0
    with pytest.raises(SalesforceRefusedRequest):
        client.query("SELECT Id FROM Lead")


# -- resources without a method of their own ----------------------------------------------------


def test_it_sends_composites_and_collections_by_restful(client: Any) -> None:
    parts = [
        {
            "method": "POST",
            "url": "/services/data/v62.0/sobjects/Account",
            "referenceId": "account",
            "body": {"Name": "Initech"},
        },
        {
            "method": "POST",
            "url": "/services/data/v62.0/sobjects/Contact",
            "referenceId": "contact",
            "body": {"LastName": "Doe", "AccountId": "@{account.id}"},
        },
    ]
    answer = client.restful("composite", method="POST", json={"compositeRequest": parts})
    assert [i["httpStatusCode"] for i in answer["compositeResponse"]] == [201, 201]
    account = answer["compositeResponse"][0]["body"]["id"]
    params = {"ids": account, "fields": "Id,Name"}
    assert client.restful("composite/sobjects/Account", params=params)[0]["Name"] == "Initech"
    removed = client.restful("composite/sobjects", method="DELETE", params={"ids": account})
    assert removed == [{"id": account, "success": True, "errors": []}]


def test_it_asks_who_it_is(desk: Desk, client: Any) -> None:
    assert client.oauth2("userinfo")["user_id"] == desk.sf.integration_user_id
