import pytest

from tests.sandbox.hubspot.account import CONTACTS, TASKS, Account

COMPANIES = "/crm/v3/objects/companies"


def test_a_task_needs_a_due_time() -> None:
    answer = Account().call("POST", TASKS, {"properties": {"hs_task_subject": "call back"}})
    assert answer.status == 400
    assert answer.json()["errors"][0]["context"] == {"properties": ["hs_timestamp"]}


def test_completing_a_task_is_dated_and_counted() -> None:
    account = Account()
    task = account.task()
    account.wait(hours=1)
    body = {"properties": {"hs_task_status": "COMPLETED"}}
    shown = account.call("PATCH", f"{TASKS}/{task}", body).json()["properties"]
    assert shown["hs_task_completion_date"] == "2026-03-02T10:00:00Z"
    assert shown["hs_task_completion_count"] == "1"
    assert (shown["hs_task_is_completed"], shown["hs_task_is_open"]) == ("1", "false")
    account.hubspot.update("tasks", task, {"hs_task_status": "WAITING"})
    assert "hs_task_completion_date" not in account.hubspot.get("tasks", task)
    account.hubspot.update("tasks", task, {"hs_task_status": "COMPLETED"})
    assert account.hubspot.get("tasks", task)["hs_task_completion_count"] == "2"


def test_a_task_becomes_overdue_when_its_time_passes() -> None:
    account = Account()
    task = account.task()
    path = f"{TASKS}/{task}?properties=hs_task_is_overdue"
    assert account.get(path)["properties"]["hs_task_is_overdue"] == "false"
    account.wait(days=2)
    assert account.get(path)["properties"]["hs_task_is_overdue"] == "true"


def test_a_task_is_tied_to_its_contact_at_birth() -> None:
    account = Account()
    one = account.contact("ana")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]
    body = {
        "properties": {"hs_timestamp": "2026-03-03T09:00:00Z"},
        "associations": [{"to": {"id": one}, "types": types}],
    }
    task = account.post(TASKS, body, status=201)["id"]
    (shown,) = account.get(f"{TASKS}?associations=contacts")["results"]
    tie = {"id": one, "type": "task_to_contact"}
    assert shown["associations"] == {"contacts": {"results": [tie]}}
    back = account.get(f"/crm/v4/objects/contacts/{one}/associations/tasks")
    assert back["results"] == [
        {
            "toObjectId": int(task),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 203, "label": None}],
        }
    ]


def test_a_task_for_a_contact_that_is_not_there_is_refused() -> None:
    account = Account()
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]
    body = {
        "properties": {"hs_timestamp": "2026-03-03T09:00:00Z"},
        "associations": [{"to": {"id": "1"}, "types": types}],
    }
    assert account.call("POST", TASKS, body).status == 400
    assert account.get(TASKS)["results"] == []


@pytest.mark.parametrize("undone", ["untied", "archived"])
def test_a_tie_holds_until_it_is_cut_or_one_end_is_gone(undone: str) -> None:
    account = Account()
    one, task = account.contact("ana"), account.task()
    path = f"/crm/v4/objects/tasks/{task}/associations"
    told = account.call("PUT", f"{path}/default/contacts/{one}").json()
    assert [row["associationSpec"]["associationTypeId"] for row in told["results"]] == [204, 203]
    assert len(account.get(f"{path}/contacts")["results"]) == 1
    cut = f"{path}/contacts/{one}" if undone == "untied" else f"{CONTACTS}/{one}"
    assert account.call("DELETE", cut).status == 204
    assert account.get(f"{path}/contacts")["results"] == []


def test_labels_given_are_added() -> None:
    account = Account()
    one = account.contact("ana")
    company = account.post(COMPANIES, {"properties": {"name": "Acme"}}, status=201)["id"]
    path = f"/crm/v4/objects/contacts/{one}/associations/companies"
    for type_id in (279, 1):
        body = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        assert account.call("PUT", f"{path}/{company}", body).status == 201
    (tie,) = account.get(path)["results"]
    assert [t["typeId"] for t in tie["associationTypes"]] == [1, 279]
    labels = account.get("/crm/v4/associations/contacts/companies/labels")["results"]
    assert {label["typeId"]: label["label"] for label in labels} == {279: None, 1: "Primary"}


def test_ties_are_read_in_batches_and_ids_without_any_are_errors() -> None:
    account = Account()
    one, lonely, task = account.contact("ana"), account.contact("ben"), account.task()
    pair = {"from": {"id": one}, "to": {"id": task}}
    path = "/crm/v4/associations/contacts/tasks/batch"
    account.post(f"{path}/associate/default", {"inputs": [pair]})
    body = {"inputs": [{"id": one}, {"id": lonely}]}
    read = account.post(f"{path}/read", body, status=207)
    (found,) = read["results"]
    assert (found["from"]["id"], found["to"][0]["toObjectId"]) == (one, int(task))
    assert read["numErrors"] == 1
    cut = {"inputs": [{"from": {"id": one}, "to": [{"id": task}]}]}
    assert account.call("POST", f"{path}/archive", cut).status == 204
    assert account.post(f"{path}/read", body, status=207)["results"] == []


def test_a_v3_tie_made_in_a_batch_is_told_once_for_each_direction() -> None:
    account = Account()
    one = account.contact("ana")
    company = account.post(COMPANIES, {"properties": {"name": "Acme"}}, status=201)["id"]
    body = {"inputs": [{"from": {"id": one}, "to": {"id": company}, "type": "contact_to_company"}]}
    path = "/crm/v3/associations/contacts/companies/batch/create"
    told = account.post(path, body, status=201)["results"]
    assert [row["type"] for row in told] == ["contact_to_company", "company_to_contact"]
    (tie,) = account.get(f"/crm/v3/objects/companies/{company}/associations/contacts")["results"]
    assert tie == {"id": one, "type": "company_to_contact"}


def test_a_merged_contact_inherits_the_ties() -> None:
    account = Account()
    one, other, task = account.contact("ana"), account.contact("ben"), account.task()
    account.call("PUT", f"/crm/v4/objects/tasks/{task}/associations/default/contacts/{other}")
    merged = account.hubspot.merge("contacts", one, other, by="7")
    assert account.hubspot.tied("tasks", task, "contacts") == [merged]


def test_deals_have_a_pipeline() -> None:
    account = Account()
    (pipeline,) = account.get("/crm/v3/pipelines/deals")["results"]
    stages = [stage["id"] for stage in pipeline["stages"]]
    body = {"properties": {"dealname": "Big", "dealstage": stages[-1]}}
    deal = account.post("/crm/v3/objects/deals", body, status=201)["properties"]
    assert (deal["pipeline"], deal["dealstage"]) == ("default", "closedlost")
