"""Bulk API 2.0 ingest jobs: files written row by row, each row with its own result."""

import csv
import io
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce import Field
from tests.sandbox.salesforce.desk import HOST, Desk, error

LEADS = {"object": "Lead", "operation": "insert"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def opened(desk: Desk, **given: Any) -> str:
    answer = desk.call("POST", "jobs/ingest", LEADS | given)
    assert answer.status == 200, answer.body
    return str(answer.json()["id"])


def sent(desk: Desk, job: str, file: str | bytes, media: str = "text/csv") -> Response:
    url = f"{HOST}/services/data/{desk.version}/jobs/ingest/{job}/batches"
    raw = file.encode() if isinstance(file, str) else file
    return desk.sf.handle(Request("PUT", url, desk.headers | {"Content-Type": media}, raw))


def closed(desk: Desk, job: str) -> Response:
    return desk.call("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})


def done(desk: Desk, file: str | bytes, **given: Any) -> str:
    """Have a whole file worked off and return the job's id."""
    job = opened(desk, **given)
    assert sent(desk, job, file).status == 201
    assert closed(desk, job).status == 200
    desk.clock.pass_(minutes=10)
    told(desk, job)  # nobody runs the world's agenda here: a job goes on when it is asked about
    return job


def told(desk: Desk, job: str) -> dict[str, Any]:
    return dict(desk.call("GET", f"jobs/ingest/{job}").json())


def rows(desk: Desk, job: str, which: str) -> list[dict[str, str]]:
    answer = desk.call("GET", f"jobs/ingest/{job}/{which}")
    assert answer.status == 200, answer.body
    assert answer.header("Content-Type") == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def good(desk: Desk, job: str) -> list[dict[str, str]]:
    return rows(desk, job, "successfulResults")


def bad(desk: Desk, job: str) -> list[dict[str, str]]:
    return rows(desk, job, "failedResults")


def lead(desk: Desk, record_id: str) -> dict[str, Any]:
    return desk.sf.get("Lead", record_id) or {}


# -- a job's life


def test_the_answer_to_its_creation_tells_where_the_file_goes(desk: Desk) -> None:
    body = {"object": "lead", "operation": "upsert", "externalIdFieldName": "slasync_lead_key__c"}
    made = desk.call("POST", "jobs/ingest", body).json()
    assert made["contentUrl"] == f"services/data/v62.0/jobs/ingest/{made['id']}/batches"
    assert (made["state"], made["object"]) == ("Open", "Lead")
    assert made["externalIdFieldName"] == "Slasync_Lead_Key__c"


def test_its_states_follow_the_clock(desk: Desk) -> None:
    job = opened(desk)
    seen = [told(desk, job)["state"]]
    sent(desk, job, "LastName,Company\nDoe,Initech\n")
    seen.append(told(desk, job)["state"])
    closed(desk, job)
    for seconds in (1, 2, 3):
        seen.append(told(desk, job)["state"])
        desk.clock.pass_(seconds=seconds)
    seen.append(told(desk, job)["state"])
    assert seen == ["Open", "Open", "UploadComplete", "UploadComplete", "InProgress", "JobComplete"]


def test_a_file_is_written_and_each_row_tells_its_id(desk: Desk) -> None:
    job = done(desk, 'LastName,Company,City\nDoe,"Initech, Inc.",Ulm\nRoe,Hooli,\n')
    first, second = good(desk, job)
    assert (first["LastName"], first["sf__Created"], first["Company"]) == (
        "Doe", "true", "Initech, Inc.",
    )  # fmt: skip
    assert lead(desk, first["sf__Id"])["Company"] == "Initech, Inc."
    assert "City" not in lead(desk, second["sf__Id"])
    assert bad(desk, job) == rows(desk, job, "unprocessedrecords") == []
    info = told(desk, job)
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (2, 0)


def test_rows_are_entered_in_the_journal_as_written_by_the_jobs_creator(desk: Desk) -> None:
    done(desk, "LastName,Company\nDoe,Initech\n")
    [entry] = desk.world.journal.writes("salesforce", "Lead", "create")
    assert (entry.by, entry.after["LastName"]) == (desk.sf.integration_user_id, "Doe")


def test_a_file_is_taken_once(desk: Desk) -> None:
    job = opened(desk)
    assert sent(desk, job, "LastName,Company\nDoe,Initech\n").status == 201
    assert error(sent(desk, job, "LastName,Company\nRoe,Initech\n")) == (400, "CLIENTINPUTERROR")
    closed(desk, job)
    desk.clock.pass_(minutes=1)
    assert [row["LastName"] for row in good(desk, job)] == ["Doe"]


def test_a_closed_job_takes_no_file_and_is_not_closed_again(desk: Desk) -> None:
    job = opened(desk)
    closed(desk, job)
    assert error(sent(desk, job, "LastName\nDoe\n")) == (400, "INVALIDJOBSTATE")
    assert error(closed(desk, job)) == (400, "INVALIDJOBSTATE")


def test_a_job_closed_without_a_file_fails(desk: Desk) -> None:
    job = opened(desk)
    closed(desk, job)
    desk.clock.pass_(minutes=1)
    assert told(desk, job)["state"] == "Failed"
    assert told(desk, job)["errorMessage"] == "InvalidBatch : The file has no header"


def test_results_are_refused_until_the_job_is_over(desk: Desk) -> None:
    answer = desk.call("GET", f"jobs/ingest/{opened(desk)}/successfulResults")
    assert error(answer) == (400, "INVALIDJOBSTATE")


def test_the_file_names_are_found_in_any_case(desk: Desk) -> None:
    job = done(desk, "LastName,Company\nDoe,Initech\n")
    assert rows(desk, job, "unprocessedRecords") == []
    assert len(rows(desk, job, "successfulresults")) == 1


def test_a_file_larger_than_150_mb_in_base64_is_refused(desk: Desk) -> None:
    job = opened(desk)
    assert sent(desk, job, bytes(113 * 1024 * 1024)).status == 413
    assert sent(desk, job, "LastName,Company\nDoe,Initech\n").status == 201


def test_a_file_of_another_type_is_refused(desk: Desk) -> None:
    job = opened(desk)
    answer = sent(desk, job, "{}", "application/json")
    assert error(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error(sent(desk, job, "<a/>", "text/xml")) == (415, "UNSUPPORTED_MEDIA_TYPE")


# -- batches


def many(count: int) -> str:
    return "LastName,Company\n" + "".join(f"N{n},Initech\n" for n in range(count))


def test_an_aborted_job_leaves_its_later_batches_unprocessed(desk: Desk) -> None:
    job = opened(desk)
    sent(desk, job, many(12_000))
    closed(desk, job)
    desk.clock.pass_(seconds=2)
    assert told(desk, job)["state"] == "InProgress"
    desk.clock.pass_(seconds=11)
    assert told(desk, job)["numberRecordsProcessed"] == 10_000
    desk.call("PATCH", f"jobs/ingest/{job}", {"state": "Aborted"})
    desk.clock.pass_(minutes=1)
    assert len(good(desk, job)) == 10_000
    left = rows(desk, job, "unprocessedrecords")
    assert [left[0], left[-1]] == [
        {"LastName": "N10000", "Company": "Initech"}, {"LastName": "N11999", "Company": "Initech"},
    ]  # fmt: skip
    assert sum(1 for _ in desk.sf.rows("Lead")) == 10_000


def test_results_are_not_in_the_order_of_the_file(desk: Desk) -> None:
    names = [row["LastName"] for row in good(desk, done(desk, many(1_000)))]
    assert names != [f"N{n}" for n in range(1_000)]
    assert sorted(names) == sorted(f"N{n}" for n in range(1_000))


def test_a_days_batches_run_out(desk: Desk) -> None:
    desk.sf.bulk.batches.most = 1
    job = done(desk, many(10_001))
    assert told(desk, job)["errorMessage"] == "ExceededQuota : ApiBatchItems Limit exceeded."
    assert len(rows(desk, job, "unprocessedrecords")) == 10_001
    done(desk, many(1))
    answer = desk.call("POST", "jobs/ingest", LEADS)
    assert error(answer) == (400, "EXCEEDEDQUOTA")
    left = desk.call("GET", "limits").json()["DailyBulkApiBatches"]
    assert left == {"Max": 1, "Remaining": 0}
    desk.clock.pass_(hours=24)
    opened(desk)


# -- rows that fail


def test_a_row_that_fails_leaves_the_others_and_says_why_as_rest_does(desk: Desk) -> None:
    desk.sf.add_validation(
        "Lead", lambda _, after: "No Ulm" if after.get("City") == "Ulm" else None
    )
    job = done(
        desk,
        "LastName,Company,Email,City\n"
        ",Initech,,\n"
        "Doe,Initech,not-an-address,\n"
        "Roe,Initech,,Ulm\n"
        "Poe,Initech,,Bonn\n"
        "Moe,Initech\n",
    )
    assert [row["LastName"] for row in good(desk, job)] == ["Poe"]
    assert {row["LastName"]: row["sf__Error"] for row in bad(desk, job)} == {
        "": "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
        "Doe": "INVALID_EMAIL_ADDRESS:Email: invalid email address: not-an-address:Email --",
        "Roe": "FIELD_CUSTOM_VALIDATION_EXCEPTION:No Ulm:--",
        "Moe": "INVALID_CSV_ROW:The row has 2 fields, the header 4:--",
    }
    assert told(desk, job)["numberRecordsFailed"] == 4
    assert told(desk, job)["state"] == "JobComplete"
    assert sum(1 for _ in desk.sf.rows("Lead")) == 1


def test_owners_are_checked_as_in_other_writes(desk: Desk) -> None:
    away = desk.sf.add_user("Al Away", "al@acme.example")
    desk.sf.update("User", away, {"IsActive": False}, desk.sf.admin_id)
    job = done(
        desk, f"LastName,Company,OwnerId\nDoe,I,{away}\nRoe,I,005nonsense\nPoe,I,{desk.rep}\n"
    )
    [made] = good(desk, job)
    assert lead(desk, made["sf__Id"])["OwnerId"] == desk.rep
    errors = {row["LastName"]: row["sf__Error"].partition(":")[0] for row in bad(desk, job)}
    assert errors == {"Doe": "INACTIVE_OWNER_OR_USER", "Roe": "MALFORMED_ID"}


def test_a_duplicate_rule_refuses_a_row(desk: Desk) -> None:
    desk.lead("Doe", Email="doe@x.example")
    desk.sf.org.switches.duplicate_rule = "alert"
    job = done(desk, "LastName,Company,Email\nDoe,Initech,doe@x.example\n")
    assert bad(desk, job)[0]["sf__Error"].startswith("DUPLICATES_DETECTED:")


def test_faults_strike_single_rows(desk: Desk) -> None:
    desk.world.faults.switch_on(Rule(Kind.ROW_LOCKED, "salesforce/Lead", times=1))
    job = done(desk, "LastName,Company\nDoe,Initech\nRoe,Initech\n")
    [row] = bad(desk, job)
    assert row["sf__Error"].startswith("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access")
    assert len(good(desk, job)) == 1


def test_a_closed_task_stamps_its_lead_as_by_other_writes(desk: Desk) -> None:
    who = desk.lead()
    done(
        desk,
        f"WhoId,Subject,Status,ActivityDate\n{who},Call,Completed,2026-11-02\n",
        object="Task",
    )
    [task] = desk.sf.rows("Task")
    assert task["IsClosed"] is True
    assert lead(desk, who)["LastActivityDate"] == "2026-11-02"


def test_the_assignment_rule_runs_only_where_the_job_names_one(desk: Desk) -> None:
    desk.sf.assign_leads_to(desk.rep)
    plain = good(desk, done(desk, "LastName,Company\nDoe,I\n"))[0]["sf__Id"]
    ruled = good(
        desk, done(desk, "LastName,Company\nRoe,I\n", assignmentRuleId="01Qg50000000001EAA")
    )[0]["sf__Id"]
    owners = [lead(desk, plain)["OwnerId"], lead(desk, ruled)["OwnerId"]]
    assert owners == [desk.sf.integration_user_id, desk.rep]


# -- update, upsert, delete


def test_an_update_leaves_empty_cells_alone_and_clears_by_na(desk: Desk) -> None:
    one = desk.lead("Doe", City="Ulm", LeadSource="Web")
    job = done(desk, f"Id,City,LeadSource,DoNotCall\n{one},,#N/A,yes\n", operation="update")
    assert good(desk, job)[0]["sf__Created"] == "false"
    row = lead(desk, one)
    assert (row["City"], row.get("LeadSource"), row["DoNotCall"]) == ("Ulm", None, True)


def test_an_update_that_fails_names_its_record(desk: Desk) -> None:
    one = desk.lead()
    desk.sf.convert_lead(one, desk.rep)
    job = done(desk, f"Id,City\n{one},Ulm\n,Bonn\n00Qg50000000zzzAAA,Kiel\n", operation="update")
    failed = {row["City"]: (row["sf__Id"], row["sf__Error"]) for row in bad(desk, job)}
    assert failed["Ulm"] == (one, "CANNOT_UPDATE_CONVERTED_LEAD:cannot reference converted lead:--")
    assert failed["Bonn"] == ("", "MISSING_ARGUMENT:Id not specified in an update call:--")
    assert failed["Kiel"][1].startswith("MALFORMED_ID:")


def test_an_upsert_finds_by_the_external_id_or_creates(desk: Desk) -> None:
    known = desk.lead("Doe", Slasync_Lead_Key__c="k1")
    file = "Slasync_Lead_Key__c,LastName,Company\nk1,Moe,I\nk2,Roe,I\nk2,Poe,I\n,No,Key\n"
    job = done(desk, file, operation="upsert", externalIdFieldName="Slasync_Lead_Key__c")
    made = {row["LastName"]: (row["sf__Id"], row["sf__Created"]) for row in good(desk, job)}
    assert made["Moe"] == (known, "false")
    assert made["Roe"][1] == "true"
    assert lead(desk, made["Roe"][0])["Slasync_Lead_Key__c"] == "k2"
    assert {row["LastName"]: row["sf__Error"] for row in bad(desk, job)} == {
        "Poe": "DUPLICATE_VALUE:Duplicate external id specified: k2:--",
        "No": "MISSING_ARGUMENT:Slasync_Lead_Key__c not specified:--",
    }


def test_an_external_id_of_several_records_is_refused(desk: Desk) -> None:
    desk.sf.org.add_field("Lead", Field("Old_Key__c", external_id=True, label="Old Key"))
    for _ in range(2):
        desk.lead("Doe", Old_Key__c="x")
    file = "Old_Key__c,LastName,Company\nx,Roe,Initech\n"
    job = done(desk, file, operation="upsert", externalIdFieldName="Old_Key__c")
    assert bad(desk, job)[0]["sf__Error"].startswith("DUPLICATE_EXTERNAL_ID:")


def test_a_delete_takes_ids_alone(desk: Desk) -> None:
    one, two = desk.lead("Doe"), desk.lead("Roe")
    job = done(desk, f"Id\n{one[:15]}\n{one}\n", operation="delete")
    assert [row["sf__Id"] for row in good(desk, job)] == [one]
    assert bad(desk, job)[0]["sf__Error"] == "ENTITY_IS_DELETED:entity is deleted:--"
    assert [row["Id"] for row in desk.sf.rows("Lead")] == [two]
    job = done(desk, f"Id,City\n{two},Ulm\n", operation="delete")
    assert told(desk, job)["errorMessage"] == "InvalidBatch : Delete batches must only contain ids"


def test_a_parent_is_named_by_a_key_of_its_own(desk: Desk) -> None:
    desk.lead("Doe", Slasync_Lead_Key__c="k1", Email="doe@x.example")
    file = "Subject,Lead:Who.Slasync_Lead_Key__c\nCall,k1\nMail,k9\n"
    job = done(desk, file, object="Task")
    [task] = desk.sf.rows("Task")
    assert task["Subject"] == "Call"
    [row] = bad(desk, job)
    assert "Foreign key external ID: k9 not found" in row["sf__Error"]


# -- files that cannot be read


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("LastName,Nope\nDoe,x\n", "InvalidBatch : Field name not found : Nope"),
        ("LastName,Nope.Key\nDoe,x\n", "InvalidBatch : Field name not found : Nope.Key"),
        ("City,city\nDoe,x\n", "InvalidBatch : Field name provided more than once : city"),
        ("LastName,Company\r\nDoe,x\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),  # noqa: E501 - the vendor's sentence
        ('LastName\n"Doe\n', "InvalidBatch : Failed to parse the CSV: unexpected end of data"),
        (b"LastName,Company\nD\xf6e,x\n", "InvalidBatch : The file is not encoded in UTF-8"),
        ("LastName,Company,Description\nDoe,x," + "d" * 32_001, "InvalidBatch : A row has more than 400000 characters, or a field 32000"),  # noqa: E501 - the vendor's sentence
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_fails_the_whole_job(
    desk: Desk, file: str | bytes, message: str
) -> None:
    job = done(desk, file)
    assert (told(desk, job)["state"], told(desk, job)["errorMessage"]) == ("Failed", message)
    assert not list(desk.sf.rows("Lead"))


def test_quotes_newlines_and_delimiters_stand_in_fields(desk: Desk) -> None:
    file = 'LastName|Company|Description\r\n"O""Neil"|"A|B"|"one\ntwo\r\nthree"\r\n'
    job = done(desk, file, columnDelimiter="PIPE", lineEnding="CRLF")
    [made] = good_of(desk, job, "|")
    row = lead(desk, made["sf__Id"])
    assert (row["LastName"], row["Company"]) == ('O"Neil', "A|B")
    assert row["Description"] == made["Description"] == "one\ntwo\r\nthree"


def good_of(desk: Desk, job: str, delimiter: str) -> list[dict[str, str]]:
    body = desk.call("GET", f"jobs/ingest/{job}/successfulResults").body
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), delimiter=delimiter))


def test_spaces_are_part_of_a_value_and_blank_lines_of_nothing(desk: Desk) -> None:
    [made] = good(desk, done(desk, "\ufeffLastName,Company\n\n Doe ,x\n\n"))
    assert lead(desk, made["sf__Id"])["LastName"] == " Doe "


# -- what is refused


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"operation": "merge"}, "API_ERROR"),
        ({"object": "Nope__c"}, "INVALIDENTITY"),
        ({"object": "LeadHistory"}, "INVALIDENTITY"),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"operation": "upsert"}, "INVALIDJOB"),
        ({"operation": "upsert", "externalIdFieldName": "City"}, "INVALIDJOB"),
        ({"assignmentRuleId": "005g50000000001AAA"}, "INVALIDJOB"),
        ({"contentType": "XML"}, "API_ERROR"),
    ],
)
def test_a_job_that_cannot_be_done_is_not_created(
    desk: Desk, given: dict[str, Any], code: str
) -> None:
    assert error(desk.call("POST", "jobs/ingest", LEADS | given)) == (400, code)
