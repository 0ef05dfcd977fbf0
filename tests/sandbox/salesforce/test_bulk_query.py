"""Bulk API 2.0 query jobs: their states, what they refuse, and their results part by part."""

import csv
import io
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Response, TimedOut
from slasync.sandbox.time import Driven, pass_time
from tests.sandbox.salesforce.desk import MONDAY, Clock, Desk, error

ALL = "SELECT Id, LastName FROM Lead"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def begun(desk: Desk, query: str = ALL, **given: Any) -> str:
    """Create a query job and return its id."""
    answer = desk.call("POST", "jobs/query", {"operation": "query", "query": query} | given)
    assert answer.status == 200, answer.body
    return str(answer.json()["id"])


def ended(desk: Desk, query: str = ALL, **given: Any) -> str:
    """Create a query job, wait until it is over and return its id."""
    job = begun(desk, query, **given)
    desk.clock.pass_(minutes=5)
    return job


def state(desk: Desk, job: str) -> str:
    return str(desk.call("GET", f"jobs/query/{job}").json()["state"])


def part(desk: Desk, job: str, **params: Any) -> Response:
    listed = "&".join(f"{name}={value}" for name, value in params.items())
    return desk.call("GET", f"jobs/query/{job}/results?{listed}")


def lines(answer: Response, delimiter: str = ",") -> list[list[str]]:
    assert answer.status == 200, answer.body
    text = answer.body.decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def last_names(answer: Response) -> list[str]:
    return [row[1] for row in lines(answer)[1:]]


# -- a job's life


def test_the_answer_to_its_creation_describes_the_job(desk: Desk) -> None:
    body = {"operation": "queryAll", "query": ALL, "lineEnding": "CRLF", "columnDelimiter": "PIPE"}
    made = desk.call("POST", "jobs/query", body).json()
    assert made.pop("id").startswith("750")
    assert made == {
        "operation": "queryAll", "object": "Lead", "createdById": desk.sf.integration_user_id,
        "createdDate": "2026-11-02T09:00:00.000+0000",
        "systemModstamp": "2026-11-02T09:00:00.000+0000", "state": "UploadComplete",
        "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": 62.0,
        "lineEnding": "CRLF", "columnDelimiter": "PIPE",
    }  # fmt: skip


def test_its_states_follow_the_clock(desk: Desk) -> None:
    desk.lead()
    job = begun(desk)
    seen = []
    for seconds in (1, 1, 0.5, 0.5, 1):
        seen.append(state(desk, job))
        desk.clock.pass_(seconds=seconds)
    assert seen == ["UploadComplete", "UploadComplete", "InProgress", "InProgress", "InProgress"]
    told = desk.call("GET", f"jobs/query/{job}").json()
    assert (told["state"], told["numberRecordsProcessed"]) == ("JobComplete", 1)
    assert (told["jobType"], told["isPkChunkingSupported"], told["retries"]) == ("V2Query", True, 0)


def test_a_job_goes_on_though_nobody_asks_about_it() -> None:
    clock = Driven(MONDAY)
    desk = Desk(Clock())
    desk.world.now = clock.now
    desk.headers["Authorization"] = f"Bearer {desk.log_in()}"
    desk.lead("Early")
    job = begun(desk)
    pass_time(clock, desk.world.agenda, MONDAY.replace(second=10))
    desk.lead("Late")
    assert last_names(part(desk, job)) == ["Early"]


def test_results_are_refused_until_the_job_is_complete(desk: Desk) -> None:
    job = begun(desk)
    assert error(part(desk, job)) == (400, "INVALIDJOBSTATE")


def test_an_aborted_job_has_no_results_and_cannot_be_aborted_again(desk: Desk) -> None:
    job = begun(desk)
    told = desk.call("PATCH", f"jobs/query/{job}", {"state": "Aborted"}).json()
    assert told["state"] == "Aborted"
    desk.clock.pass_(minutes=5)
    assert state(desk, job) == "Aborted"
    assert error(part(desk, job)) == (400, "INVALIDJOBSTATE")
    again = desk.call("PATCH", f"jobs/query/{job}", {"state": "Aborted"})
    assert error(again) == (400, "INVALIDJOBSTATE")


def test_a_job_takes_no_other_state_by_hand(desk: Desk) -> None:
    answer = desk.call("PATCH", f"jobs/query/{begun(desk)}", {"state": "JobComplete"})
    assert error(answer) == (400, "API_ERROR")


def test_a_deleted_job_is_gone_and_a_running_one_stays(desk: Desk) -> None:
    job = begun(desk)
    desk.clock.pass_(seconds=2.5)
    assert error(desk.call("DELETE", f"jobs/query/{job}")) == (400, "INVALIDJOBSTATE")
    desk.clock.pass_(minutes=1)
    assert desk.call("DELETE", f"jobs/query/{job}").status == 204
    assert error(desk.call("GET", f"jobs/query/{job}")) == (404, "NOT_FOUND")
    assert error(part(desk, job)) == (404, "NOT_FOUND")


def test_a_job_is_forgotten_seven_days_after_its_end(desk: Desk) -> None:
    job = ended(desk)
    desk.clock.pass_(days=6, hours=23)
    assert part(desk, job).status == 200
    desk.clock.pass_(hours=2)
    assert error(part(desk, job)) == (404, "NOT_FOUND")


def test_all_jobs_are_listed_the_newest_first(desk: Desk) -> None:
    first, second = begun(desk), begun(desk)
    told = desk.call("GET", "jobs/query").json()
    assert [each["id"] for each in told["records"]] == [second, first]
    assert (told["done"], told["nextRecordsUrl"]) == (True, None)
    assert desk.call("GET", "jobs/query?jobType=Classic").json()["records"] == []
    assert desk.call("GET", "jobs/ingest").json()["records"] == []


def test_a_long_list_of_jobs_goes_on_by_locator(desk: Desk) -> None:
    made = [begun(desk) for _ in range(1_002)]
    told = desk.call("GET", "jobs/query").json()
    further = told["nextRecordsUrl"].partition("/v62.0/")[2]
    rest = desk.call("GET", further).json()
    assert (told["done"], rest["done"]) == (False, True)
    assert [each["id"] for each in told["records"] + rest["records"]] == made[::-1]


def test_a_field_removed_before_the_job_is_taken_up_makes_it_fail(desk: Desk) -> None:
    job = begun(desk, "SELECT Id, LeadSource FROM Lead")
    desk.sf.org.remove_field("Lead", "LeadSource")
    desk.clock.pass_(minutes=1)
    told = desk.call("GET", f"jobs/query/{job}").json()
    assert told["state"] == "Failed"
    assert told["errorMessage"].startswith("InvalidBatch : Failed to process query: INVALID_FIELD:")
    assert "No such column 'LeadSource'" in told["errorMessage"]


# -- results


def test_results_come_in_parts_by_locator_in_order_of_the_key(desk: Desk) -> None:
    desk.sf.load(
        "Lead", [{"LastName": f"N{n}", "Company": "I"} for n in range(7)], desk.sf.admin_id
    )
    [first, *_] = desk.sf.rows("Lead")
    desk.clock.pass_(minutes=1)
    desk.sf.update("Lead", first["Id"], {"City": "Ulm"}, desk.rep)  # the newest by its stamp
    job, seen, counts = ended(desk), [], []
    locator: str | None = None
    while locator != "null":
        answer = part(desk, job, maxRecords=3, **({"locator": locator} if locator else {}))
        seen += last_names(answer)
        counts.append(answer.header("Sforce-NumberOfRecords"))
        locator = answer.header("Sforce-Locator")
    assert seen == [f"N{n}" for n in range(7)]
    assert counts == ["3", "3", "1"]


def test_a_part_can_be_read_again(desk: Desk) -> None:
    desk.sf.load(
        "Lead", [{"LastName": f"N{n}", "Company": "I"} for n in range(5)], desk.sf.admin_id
    )
    job = ended(desk)
    locator = part(desk, job, maxRecords=2).header("Sforce-Locator")
    again = [part(desk, job, maxRecords=2, locator=locator) for _ in range(2)]
    assert again[0].body == again[1].body
    assert last_names(again[0]) == ["N2", "N3"]


def test_results_are_those_of_the_time_when_the_job_was_taken_up(desk: Desk) -> None:
    lead = desk.lead("Before")
    job = begun(desk)
    desk.clock.pass_(seconds=3)
    state(desk, job)
    desk.sf.update("Lead", lead, {"LastName": "After"}, desk.rep)
    desk.lead("Another")
    desk.clock.pass_(minutes=1)
    assert last_names(part(desk, job)) == ["Before"]


def test_a_result_without_rows_is_a_header(desk: Desk) -> None:
    answer = part(desk, ended(desk, f"{ALL} WHERE LastName = 'Nobody'"))
    assert answer.body == b'"Id","LastName"\n'
    assert answer.header("Sforce-Locator") == "null"
    assert answer.header("Sforce-NumberOfRecords") == "0"
    assert answer.header("Content-Type") == "text/csv"


def test_an_order_and_a_limit_of_its_own_are_kept(desk: Desk) -> None:
    for name in ("B", "C", "A"):
        desk.lead(name)
    assert last_names(part(desk, ended(desk, f"{ALL} ORDER BY LastName LIMIT 2"))) == ["A", "B"]
    told = desk.call("GET", "jobs/query").json()["records"][0]
    assert told["isPkChunkingSupported"] is False


def test_query_all_reads_deleted_rows_too(desk: Desk) -> None:
    gone, _ = desk.lead("Gone"), desk.lead("There")
    desk.sf.delete("Lead", gone, desk.rep)
    assert last_names(part(desk, ended(desk))) == ["There"]
    assert last_names(part(desk, ended(desk, operation="queryAll"))) == ["Gone", "There"]


def test_a_row_that_commits_late_is_not_in_the_result(desk: Desk) -> None:
    desk.world.faults.switch_on(Rule(Kind.LATE_VISIBLE, "salesforce/Lead", times=1))
    desk.lead("Late")
    job = begun(desk)
    desk.clock.pass_(seconds=2.5)
    assert state(desk, job) == "InProgress"
    desk.clock.pass_(minutes=5)
    assert last_names(part(desk, job)) == []


def test_values_are_written_as_text_in_quotes(desk: Desk) -> None:
    desk.lead('O"Neil, jr.', Description="one\ntwo\r\nthree", AnnualRevenue=10, NumberOfEmployees=5)
    fields = "LastName, Description, AnnualRevenue, NumberOfEmployees, DoNotCall, City"
    answer = part(desk, ended(desk, f"SELECT {fields}, CreatedDate, Owner.Name FROM Lead"))  # noqa: S608 - a test's own SOQL
    assert lines(answer) == [
        [*fields.split(", "), "CreatedDate", "Owner.Name"],
        ['O"Neil, jr.', "one\ntwo\r\nthree", "10.0", "5", "false", "", "2026-11-02T09:00:00.000Z",
         "Rita Rep"],
    ]  # fmt: skip
    assert b'"O""Neil, jr.","one\ntwo\r\nthree","10.0"' in answer.body


@pytest.mark.parametrize(
    ("delimiter", "char"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")],
)
def test_delimiter_and_line_ending_are_those_asked_for(
    desk: Desk, delimiter: str, char: str
) -> None:
    desk.lead("Doe")
    answer = part(desk, ended(desk, columnDelimiter=delimiter, lineEnding="CRLF"))
    assert answer.body.startswith(f'"Id"{char}"LastName"\r\n'.encode())
    assert answer.body.endswith(f'{char}"Doe"\r\n'.encode())


@pytest.mark.parametrize("locator", ["MTAwMA", "MA", "LTE", "%21", "abc", "null"])
def test_a_locator_that_leads_nowhere_is_refused(desk: Desk, locator: str) -> None:
    desk.lead()
    answer = part(desk, ended(desk), locator=locator)
    assert error(answer) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_part_holds_a_number_of_records(desk: Desk, number: str) -> None:
    assert error(part(desk, ended(desk), maxRecords=number)) == (400, "API_ERROR")


def test_only_its_creator_gets_the_results(desk: Desk) -> None:
    job = ended(desk)
    other = desk.sf.add_user("Olga Other", "olga@acme.example")
    desk.sf.client.run_as = other
    desk.headers["Authorization"] = f"Bearer {desk.log_in()}"
    assert state(desk, job) == "JobComplete"
    assert error(part(desk, job)) == (403, "INSUFFICIENT_ACCESS")


# -- what is refused


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT COUNT() FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT MAX(CreatedDate) FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Status FROM Lead GROUP BY Status", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id FROM Lead ORDER BY Id LIMIT 5 OFFSET 5", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT TYPEOF Owner WHEN User THEN Email END FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id, (SELECT Id FROM Tasks) FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT FIELDS(STANDARD) FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Address FROM Lead", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Nope__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Nope__c", "INVALID_TYPE"),
        ("SELECT Id FORM Lead", "MALFORMED_QUERY"),
    ],
)
def test_a_query_that_cannot_be_run_makes_no_job(desk: Desk, query: str, code: str) -> None:
    answer = desk.call("POST", "jobs/query", {"operation": "query", "query": query})
    assert error(answer) == (400, code)
    assert desk.call("GET", "jobs/query").json()["records"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"operation": "insert"}, {"query": ["SELECT Id"]}, {"contentType": "JSON"},
        {"columnDelimiter": "SPACE"}, {"lineEnding": "CR"},
    ],
)  # fmt: skip
def test_a_creation_in_other_words_is_refused(desk: Desk, given: dict[str, Any]) -> None:
    answer = desk.call("POST", "jobs/query", {"operation": "query", "query": ALL} | given)
    assert error(answer) == (400, "API_ERROR")


def test_the_days_jobs_run_out_and_come_back(desk: Desk) -> None:
    desk.sf.bulk.queries.most = 2
    begun(desk)
    begun(desk)
    answer = desk.call("POST", "jobs/query", {"operation": "query", "query": ALL})
    assert error(answer) == (400, "LIMIT_EXCEEDED")
    told = desk.call("GET", "limits").json()["DailyBulkV2QueryJobs"]
    assert told == {"Max": 2, "Remaining": 0}
    desk.clock.pass_(hours=24)
    begun(desk)


@pytest.mark.parametrize("way", ["jobs", "jobs/other", "jobs/query/750g50000000zzzAAA"])
def test_other_resources_are_not_there(desk: Desk, way: str) -> None:
    assert error(desk.call("GET", way)) == (404, "NOT_FOUND")


def test_an_older_version_has_no_query_jobs(desk: Desk) -> None:
    desk.version = "v46.0"
    assert error(desk.call("GET", "jobs/query")) == (404, "NOT_FOUND")
    assert desk.call("GET", "jobs/ingest").status == 200


def test_jobs_are_no_part_of_a_composite(desk: Desk) -> None:
    part = {"method": "GET", "url": "/services/data/v62.0/jobs/query", "referenceId": "r"}
    told = desk.call("POST", "composite", {"compositeRequest": [part]}).json()
    assert told["compositeResponse"][0]["httpStatusCode"] == 400


# -- calls and faults


def test_every_call_counts_and_faults_strike_as_elsewhere(desk: Desk) -> None:
    job = ended(desk)
    used = desk.sf.limits.used(desk.clock())
    part(desk, job)
    assert desk.sf.limits.used(desk.clock()) == used + 1
    assert desk.sf.calls["GET jobs/query"] == 1
    desk.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, "POST .*jobs/query", times=1))
    with pytest.raises(TimedOut):
        begun(desk)
    assert len(desk.call("GET", "jobs/query").json()["records"]) == 2
