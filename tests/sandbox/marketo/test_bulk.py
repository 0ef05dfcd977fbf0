import csv
import io
import json
from hashlib import sha256
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.marketo import Extract
from tests.sandbox.marketo.office import Office

LEADS, ACTIVITIES = "/bulk/v1/leads/export", "/bulk/v1/activities/export"
MARCH = {"startAt": "2026-03-01T00:00:00Z", "endAt": "2026-03-31T00:00:00Z"}
JOB = {"fields": ["id", "email", "firstName", "unsubscribed"], "filter": {"createdAt": MARCH}}


def created(office: Office, path: str = LEADS, **changed: Any) -> str:
    (job,) = office.post(f"{path}/create.json", {**JOB, **changed})
    assert job["status"] == "Created"
    return str(job["exportId"])


def enqueued(office: Office, path: str = LEADS, **changed: Any) -> str:
    number = created(office, path, **changed)
    (job,) = office.post(f"{path}/{number}/enqueue.json")
    assert job["status"] == "Queued"
    return number


def status(office: Office, number: str, path: str = LEADS) -> dict[str, Any]:
    (job,) = office.get(f"{path}/{number}/status.json")
    return dict(job)


def table(office: Office, number: str, path: str = LEADS) -> list[list[str]]:
    text = office.call("GET", f"{path}/{number}/file.json").body.decode()
    return list(csv.reader(io.StringIO(text)))


def extracted(office: Office, path: str = LEADS, **changed: Any) -> list[list[str]]:
    number = enqueued(office, path, **changed)
    office.wait(minutes=3)
    return table(office, number, path)


def test_an_extract_of_leads_has_a_header_and_null_for_what_is_empty() -> None:
    office = Office()
    one = office.lead("ana")
    assert extracted(office, columnHeaderNames={"id": "Marketo Id"}) == [
        ["Marketo Id", "email", "firstName", "unsubscribed"],
        [str(one), "ana@example.com", "null", "false"],
    ]


def test_a_job_that_is_only_created_never_runs() -> None:
    office = Office()
    number = created(office)
    office.wait(minutes=50)
    assert status(office, number)["status"] == "Created"
    assert office.failure("GET", f"{LEADS}/{number}/file.json")[0] == "1003"


def test_what_a_status_says_is_refreshed_once_a_minute() -> None:
    office = Office(extract=Extract(rows_a_second=1))
    office.marketo.load([{"email": f"{n}@example.com"} for n in range(30)])
    number = enqueued(office)
    seen = []
    for _ in range(13):
        office.wait(seconds=10)
        seen.append(status(office, number)["status"])
    # it began after 20 seconds and was done after 90
    assert seen == ["Queued"] * 5 + ["Processing"] * 6 + ["Completed"] * 2


def test_a_finished_job_tells_size_rows_and_checksum() -> None:
    office = Office()
    office.lead("ana")
    number = enqueued(office)
    office.wait(minutes=3)
    job, file = status(office, number), office.call("GET", f"{LEADS}/{number}/file.json").body
    assert (job["numberOfRecords"], job["fileSize"]) == (1, len(file))
    assert job["fileChecksum"] == f"sha256:{sha256(file).hexdigest()}"
    assert job["finishedAt"] > job["startedAt"] > job["queuedAt"] >= job["createdAt"]


def test_a_part_of_a_file_can_be_asked_for() -> None:
    office = Office()
    office.lead("ana")
    number = enqueued(office)
    office.wait(minutes=3)
    path = f"{LEADS}/{number}/file.json"
    whole = office.call("GET", path).body
    first = office.call("GET", path, headers={"Range": "bytes=0-9"})
    rest = office.call("GET", path, headers={"Range": "bytes=10-"})
    assert (first.status, rest.status, first.body + rest.body) == (206, 206, whole)
    assert first.header("Content-Range") == f"bytes 0-9/{len(whole)}"
    assert office.call("GET", path, headers={"Range": "bytes=-5"}).body == whole[-5:]
    for wrong in (f"bytes={len(whole)}-", "bytes=-", "rows=1-2"):
        assert office.call("GET", path, headers={"Range": wrong}).status == 416


def test_two_jobs_run_ten_wait_and_no_more_are_queued() -> None:
    office = Office()
    numbers = [enqueued(office) for _ in range(10)]
    number = created(office)
    path = f"{LEADS}/{number}/enqueue.json"
    assert office.failure("POST", path) == ("1029", "Too many jobs (10) in queue")
    office.wait(seconds=60)
    states = [status(office, each)["status"] for each in numbers]
    assert states == ["Completed"] * 2 + ["Processing"] * 2 + ["Queued"] * 6
    assert office.post(path)[0]["status"] == "Queued"
    assert office.failure("POST", path) == ("1029", "Job already queued")


def test_the_quota_of_bytes_ends_the_day_for_new_jobs() -> None:
    office = Office(extract=Extract(daily_bytes=10))
    number = created(office)
    extracted(office)
    words = ("1029", "Export daily quota 0MB exceeded.")
    assert office.failure("POST", f"{LEADS}/create.json", JOB) == words
    assert office.failure("POST", f"{LEADS}/{number}/enqueue.json") == words
    office.wait(days=1)
    office.token = office.new_token()["access_token"]
    assert created(office)


def test_a_cancelled_job_is_spelled_in_two_ways_and_has_no_file() -> None:
    office = Office()
    number = enqueued(office)
    office.wait(seconds=30)
    (told,) = office.post(f"{LEADS}/{number}/cancel.json")
    assert told["status"] == "Cancelled"
    office.wait(minutes=3)
    assert status(office, number)["status"] == "Canceled"
    assert office.failure("GET", f"{LEADS}/{number}/file.json")[0] == "1003"
    assert office.failure("POST", f"{LEADS}/{number}/cancel.json")[0] == "1003"
    assert office.failure("POST", f"{LEADS}/{number}/enqueue.json")[0] == "1003"


def test_a_file_may_come_after_its_status_and_goes_after_a_week() -> None:
    office = Office()
    number = enqueued(office)
    office.wait(minutes=1)
    assert status(office, number)["status"] == "Completed"
    assert office.call("GET", f"{LEADS}/{number}/file.json").status == 404
    office.wait(seconds=2)
    assert office.call("GET", f"{LEADS}/{number}/file.json").status == 200
    office.wait(days=7)
    office.token = office.new_token()["access_token"]
    assert office.call("GET", f"{LEADS}/{number}/file.json").status == 404


def test_jobs_are_seen_by_their_own_user_only() -> None:
    office = Office()
    number = enqueued(office)
    assert [job["exportId"] for job in office.get(f"{LEADS}.json", status="Queued")] == [number]
    assert office.get(f"{LEADS}.json", status="Completed,Failed") == []
    assert office.failure("GET", f"{ACTIVITIES}/{number}/status.json")[0] == "1013"
    other = office.marketo.add_service("second@example.com")
    keys = {"client_id": other.client_id, "client_secret": other.client_secret}
    office.token = office.new_token(**keys)["access_token"]
    assert office.get(f"{LEADS}.json") == []
    assert office.failure("GET", f"{LEADS}/{number}/status.json")[0] == "1013"


def test_a_job_can_fail() -> None:
    office = Office()
    office.world.faults.switch_on(Rule(Kind.ROW_REFUSED, "marketo/export", times=1))
    number = enqueued(office)
    office.wait(minutes=3)
    job = status(office, number)
    assert (job["status"], "errorMsg" in job) == ("Failed", True)
    assert len(extracted(office)) == 1


def test_leads_are_extracted_by_change_and_by_list_too() -> None:
    office = Office()
    office.marketo.add_field("region")
    ana, ben = office.lead("ana"), office.lead("ben")
    number = office.marketo.make_list("Hot")
    office.marketo.put_on_list(number, str(ben))
    office.wait(days=40)
    office.token = office.new_token()["access_token"]
    office.sync({"email": "ana@example.com", "region": "North"})
    april = {"startAt": "2026-04-01T00:00:00Z", "endAt": "2026-04-30T00:00:00Z"}
    by_change = extracted(office, filter={"updatedAt": april})
    assert [row[0] for row in by_change[1:]] == [str(ana)]
    for given in ({"staticListId": int(number)}, {"staticListName": "Hot"}):
        assert [row[0] for row in extracted(office, filter=given)[1:]] == [str(ben)]


def test_activities_are_extracted_with_their_attributes_as_json() -> None:
    office = Office()
    office.marketo.add_field("region")
    one = office.lead("ana")
    office.sync({"email": "ana@example.com", "region": "North"})
    header, row = extracted(
        office,
        ACTIVITIES,
        fields=None,
        filter={"createdAt": MARCH, "activityTypeIds": [13]},
    )
    shown = dict(zip(header, row, strict=True))
    assert (shown["leadId"], shown["activityTypeId"], shown["campaignId"]) == (
        str(one),
        "13",
        "null",
    )
    assert json.loads(shown["attributes"])["New Value"] == "North"


def test_deleted_leads_are_in_no_extract_of_activities() -> None:
    office = Office()
    office.marketo.delete(str(office.lead("ana")))
    rows = extracted(office, ACTIVITIES, fields=["activityTypeId"], filter={"createdAt": MARCH})
    assert rows == [["activityTypeId"], ["12"]]


def test_files_can_be_separated_by_tabs() -> None:
    office = Office()
    number = enqueued(office, format="TSV")
    office.wait(minutes=3)
    file = office.call("GET", f"{LEADS}/{number}/file.json").body
    assert file == b"id\temail\tfirstName\tunsubscribed\n"


@pytest.mark.parametrize(
    ("path", "changed", "code"),
    [
        (LEADS, {"fields": None}, "1002"),
        (LEADS, {"fields": ["id", "nothing"]}, "1003"),
        (LEADS, {"filter": None}, "1002"),
        (LEADS, {"filter": {"email": "x"}}, "1003"),
        (LEADS, {"filter": {"createdAt": MARCH, "updatedAt": MARCH}}, "1003"),
        (LEADS, {"filter": {"smartListId": 1}}, "1035"),
        (LEADS, {"filter": {"staticListId": 1}}, "1013"),
        (LEADS, {"filter": {"createdAt": {"startAt": "2026-03-01T00:00:00Z"}}}, "1002"),
        (LEADS, {"filter": {"createdAt": MARCH | {"endAt": "2026-04-02T00:00:00Z"}}}, "1003"),
        (LEADS, {"filter": {"createdAt": MARCH | {"endAt": "2026-03-02T00:00:00.000Z"}}}, "704"),
        (LEADS, {"format": "XML"}, "1003"),
        (ACTIVITIES, {"fields": None, "filter": {"activityTypeIds": [1]}}, "1002"),
        (ACTIVITIES, {"filter": {"createdAt": MARCH}}, "1003"),
        (ACTIVITIES, {"filter": {"createdAt": MARCH, "activityTypeIds": [37]}}, "1003"),
        (ACTIVITIES, {"filter": {"createdAt": MARCH, "activityTypeIds": 1}}, "1003"),
    ],
)
def test_a_job_for_the_impossible_is_refused(path: str, changed: Any, code: str) -> None:
    office = Office()
    assert office.failure("POST", f"{path}/create.json", {**JOB, **changed})[0] == code


def test_an_instance_may_lack_the_filter_by_change() -> None:
    office = Office(updated_at_filter=False)
    body = JOB | {"filter": {"updatedAt": MARCH}}
    assert office.failure("POST", f"{LEADS}/create.json", body) == (
        "1035",
        "Unsupported filter type for target subscription",
    )
