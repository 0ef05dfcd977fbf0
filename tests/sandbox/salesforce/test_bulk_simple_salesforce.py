"""The real simple-salesforce over the simulated Bulk API 2.0."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceError

from tests.sandbox.salesforce.desk import Desk
from tests.sandbox.salesforce.test_simple_salesforce import InProcess


class Hasty(InProcess):
    """Lets ten minutes pass before each request, so that nobody waits for a job."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.sf)
        self._desk = desk

    def send(self, *given: Any, **named: Any) -> requests.Response:
        self._desk.clock.pass_(minutes=10)
        return super().send(*given, **named)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def leads(desk: Desk) -> Iterator[Any]:
    with requests.Session() as session:
        session.mount("https://", Hasty(desk))
        client = Client(
            session_id=desk.headers["Authorization"].removeprefix("Bearer "),
            instance_url=desk.sf.client.instance_url,
            session=session,
            version="62.0",
        )
        bulk: Any = client.bulk2
        yield bulk.Lead


def test_it_writes_and_learns_of_each_row(desk: Desk, leads: Any) -> None:
    rows = [{"LastName": f"N{n}", "Company": "Initech, Inc."} for n in range(3)]
    rows.append({"LastName": "", "Company": "Nobody"})
    [told] = leads.insert(records=rows, wait=0)
    assert (told["numberRecordsTotal"], told["numberRecordsFailed"]) == (4, 1)
    job = told["job_id"]
    good = list(csv.DictReader(io.StringIO(leads.get_successful_records(job))))
    [bad] = csv.DictReader(io.StringIO(leads.get_failed_records(job)))
    assert [row["LastName"] for row in good] == ["N0", "N1", "N2"]
    assert bad["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    assert list(csv.DictReader(io.StringIO(leads.get_unprocessed_records(job)))) == []
    assert sum(1 for _ in desk.sf.rows("Lead")) == 3


def test_it_reads_part_by_part(desk: Desk, leads: Any) -> None:
    names = [desk.lead(f"N{n}") and f"N{n}" for n in range(5)]
    parts = leads.query("SELECT Id, LastName FROM Lead", max_records=2, wait=0)
    read = [list(csv.DictReader(io.StringIO(part))) for part in parts]
    assert [len(part) for part in read] == [2, 2, 1]
    assert [row["LastName"] for part in read for row in part] == names


# -- the first Bulk API, by the same client


@pytest.fixture
def old(desk: Desk) -> Iterator[Any]:
    with requests.Session() as session:
        session.mount("https://", Hasty(desk))
        client = Client(
            session_id=desk.headers["Authorization"].removeprefix("Bearer "),
            instance_url=desk.sf.client.instance_url,
            session=session,
            version="62.0",
        )
        yield client.bulk


def test_rows_of_the_first_api_are_told_in_their_order(desk: Desk, old: Any) -> None:
    rows = [{"LastName": "A", "Company": "X"}, {"LastName": "B"}, {"lastname": "C", "Company": "X"}]
    first, bad, third = old.Lead.insert(rows)
    assert (first["success"], first["created"], first["errors"]) == (True, True, [])
    assert (bad["success"], bad["id"], bad["errors"][0]["statusCode"]) == (
        False, None, "REQUIRED_FIELD_MISSING",
    )  # fmt: skip
    [changed] = old.Lead.update([{"Id": first["id"], "Title": "CEO"}])
    [gone] = old.Lead.delete([{"Id": third["id"]}])
    assert (changed["created"], gone["success"]) == (False, True)
    assert [row["Title"] for row in desk.sf.rows("Lead") if not row.get("IsDeleted")] == ["CEO"]


def test_an_upsert_of_the_first_api_finds_its_record(desk: Desk, old: Any) -> None:
    made = [old.Contact.upsert([{"Email": "q@x.example", "LastName": n}], "Email") for n in "ab"]
    assert [row["created"] for [row] in made] == [True, False]
    assert [row["LastName"] for row in desk.sf.rows("Contact")] == ["b"]


def test_a_query_of_the_first_api_writes_instants_as_milliseconds(desk: Desk, old: Any) -> None:
    lead = desk.lead("Doe")
    [row] = old.Lead.query("SELECT Id, LastName, CreatedDate FROM Lead")
    assert (row["Id"], row["LastName"]) == (lead, "Doe")
    assert row["CreatedDate"] == 1_793_610_000_000
    assert row["attributes"]["type"] == "Lead"


def code_of(refused: SalesforceError) -> str:
    content: Any = refused.content
    return str(content["exceptionCode"])


def test_the_first_api_refuses_in_its_own_words(desk: Desk, old: Any) -> None:
    with pytest.raises(SalesforceError) as nothing:
        old.Nothing.insert([{"a": 1}])
    assert code_of(nothing.value) == "InvalidEntity"
    desk.sf.expire_sessions()
    with pytest.raises(SalesforceError) as ended:
        old.Lead.query("SELECT Id FROM Lead")
    assert code_of(ended.value) == "InvalidSessionId"
