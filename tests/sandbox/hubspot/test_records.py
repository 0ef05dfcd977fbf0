from tests.sandbox.hubspot.account import CONTACTS, MONDAY, TASKS, Account


def test_every_value_is_text_or_null() -> None:
    account = Account()
    one = account.contact("ana", hubspotscore=42, salesforcedeleted=True)
    names = "hubspotscore,salesforcedeleted,lastname"
    shown = account.get(f"{CONTACTS}/{one}?properties={names}")["properties"]
    assert (shown["hubspotscore"], shown["salesforcedeleted"]) == ("42", "true")
    assert shown["lastname"] is None


def test_without_asking_a_contact_shows_its_default_properties() -> None:
    account = Account()
    one = account.contact("ana", company="Acme")
    shown = account.get(f"{CONTACTS}/{one}")
    assert list(shown["properties"]) == [
        "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname",
    ]  # fmt: skip
    assert shown["createdAt"] == "2026-03-02T09:00:00.000Z"
    assert shown["archived"] is False


def test_asked_properties_come_with_id_and_stamps_and_nothing_else() -> None:
    account = Account()
    one = account.contact("ana", company="Acme")
    shown = account.get(f"{CONTACTS}/{one}?properties=company&properties=phone")["properties"]
    assert set(shown) == {"company", "phone", "createdate", "lastmodifieddate", "hs_object_id"}


def test_a_list_is_paged_by_id_and_its_link_leads_on() -> None:
    account = Account()
    made = [account.contact(f"c{n}") for n in range(5)]
    seen: list[str] = []
    path = f"{CONTACTS}?limit=2&properties=email"
    while path:
        page = account.get(path)
        seen += [row["id"] for row in page["results"]]
        following = page.get("paging", {}).get("next", {"link": ""})["link"]
        path = following.removeprefix("https://api.hubapi.com")
    assert seen == made


def test_a_page_holds_at_most_100_and_50_with_history() -> None:
    account = Account()
    assert account.call("GET", f"{CONTACTS}?limit=101").status == 400
    assert account.call("GET", f"{CONTACTS}?limit=51&propertiesWithHistory=email").status == 400
    assert account.call("GET", f"{CONTACTS}?limit=50&propertiesWithHistory=email").status == 200


def test_a_write_of_equal_values_leaves_the_stamp_and_the_journal() -> None:
    account = Account()
    one = account.contact("ana", firstname="Ana")
    account.wait(seconds=1)
    answer = account.call("PATCH", f"{CONTACTS}/{one}", {"properties": {"firstname": "Ana"}})
    assert answer.status == 200
    assert answer.json()["updatedAt"] == "2026-03-02T09:00:00.000Z"
    assert len(account.world.journal) == 1


def test_an_update_moves_the_stamp_to_the_millisecond() -> None:
    account = Account()
    one = account.contact("ana")
    account.wait(milliseconds=1234)
    answer = account.call("PATCH", f"{CONTACTS}/{one}", {"properties": {"lastname": "B"}}).json()
    assert answer["updatedAt"] == answer["properties"]["lastmodifieddate"]
    assert answer["updatedAt"] == "2026-03-02T09:00:01.234Z"
    assert answer["createdAt"] == "2026-03-02T09:00:00.000Z"


def test_an_empty_text_clears_a_value() -> None:
    account = Account()
    one = account.contact("ana", lastname="B")
    answer = account.call("PATCH", f"{CONTACTS}/{one}", {"properties": {"lastname": ""}}).json()
    assert answer["properties"]["lastname"] == ""
    assert account.get(f"{CONTACTS}/{one}")["properties"]["lastname"] is None


def test_the_answer_to_a_create_tells_what_hubspot_added() -> None:
    account = Account()
    body = {"properties": {"email": "Ana@Example.com", "lifecyclestage": "lead"}}
    made = account.post(CONTACTS, body, status=201)["properties"]
    assert made["email"] == "ana@example.com"
    assert made["hs_email_domain"] == "example.com"
    assert made["hs_object_source"] == "INTEGRATION"
    assert made["hs_object_source_id"] == account.hubspot.credentials()["app_id"]
    assert made["hs_lifecyclestage_lead_date"] == str(round(MONDAY.timestamp() * 1000))


def test_dates_written_come_back_short_in_the_answer_and_whole_on_reading() -> None:
    account = Account()
    body = {"properties": {"hs_timestamp": "1772553600000", "hs_task_subject": "x"}}
    made = account.post(TASKS, body, status=201)
    assert made["properties"]["hs_timestamp"] == "2026-03-03T16:00:00Z"
    shown = account.get(f"{TASKS}/{made['id']}?properties=hs_timestamp")
    assert shown["properties"]["hs_timestamp"] == "2026-03-03T16:00:00.000Z"


def test_an_archived_record_is_only_in_the_archived_list() -> None:
    account = Account()
    kept, gone = account.contact("kept"), account.contact("gone")
    assert account.call("DELETE", f"{CONTACTS}/{gone}").status == 204
    assert [row["id"] for row in account.get(CONTACTS)["results"]] == [kept]
    (archived,) = account.get(f"{CONTACTS}?archived=true")["results"]
    assert (archived["id"], archived["archived"]) == (gone, True)
    assert archived["archivedAt"] == "2026-03-02T09:00:00.000Z"
    assert account.call("GET", f"{CONTACTS}/{gone}").status == 404
    assert account.get(f"{CONTACTS}/{gone}?archived=true")["id"] == gone


def test_archiving_what_is_not_there_answers_204_too() -> None:
    assert Account().call("DELETE", f"{CONTACTS}/1234567890").status == 204


def test_a_missing_record_is_a_404_that_says_so_in_a_header() -> None:
    answer = Account().call("GET", f"{CONTACTS}/1")
    assert answer.status == 404
    assert answer.header("X-HubSpot-NotFound") == "true"
    assert answer.json()["category"] == "OBJECT_NOT_FOUND"


def test_every_answer_is_dated_and_an_error_names_its_correlation_id_twice() -> None:
    answer = Account().call("GET", f"{CONTACTS}/1")
    assert answer.header("Date") == "Mon, 02 Mar 2026 09:00:00 GMT"
    named = dict(answer.headers)
    assert named["X-HubSpot-Correlation-Id"] == answer.json()["correlationId"]


def test_history_is_told_newest_first_with_its_source() -> None:
    account = Account()
    one = account.contact("ana", lastname="First")
    account.wait(minutes=1)
    account.hubspot.update("contacts", one, {"lastname": "Second"}, by="7")
    account.hubspot.update("contacts", one, {"lastname": "Third"}, by="7")
    shown = account.get(f"{CONTACTS}/{one}?propertiesWithHistory=lastname")
    history = shown["propertiesWithHistory"]["lastname"]
    assert [entry["value"] for entry in history] == ["Third", "Second", "First"]
    assert [entry["sourceType"] for entry in history] == ["CRM_UI", "CRM_UI", "INTEGRATION"]
    assert history[0]["sourceId"] == "userId:7"


def test_a_body_that_is_not_json_is_refused() -> None:
    account = Account()
    assert account.call("POST", CONTACTS, "text").status == 400
    assert account.call("POST", CONTACTS, {"properties": []}).status == 400
    assert account.call("POST", CONTACTS).status == 415


def test_an_object_type_can_be_named_in_several_ways() -> None:
    account = Account()
    one = account.contact("ana")
    for name in ("contacts", "contact", "CONTACT", "0-1"):
        assert account.get(f"/crm/v3/objects/{name}/{one}")["id"] == one
    assert account.call("GET", "/crm/v3/objects/unicorns").status == 400


def test_paths_of_dated_versions_lead_to_the_same_place() -> None:
    account = Account()
    one = account.contact("ana")
    owner = account.hubspot.add_owner("o@example.com", "O", "W")
    assert account.get(f"/crm/objects/2026-03/contacts/{one}")["id"] == one
    assert account.get(f"/crm/owners/2026-09/{owner}")["id"] == owner
    assert account.get("/crm/properties/2026-03/contacts/email")["name"] == "email"
    assert account.get("/account-info/2026-03/details")["timeZone"] == "Europe/Berlin"
    ties = account.get(f"/crm/objects/2026-03/contacts/{one}/associations/tasks")
    assert ties == {"results": []}


def test_the_journal_knows_who_wrote_what() -> None:
    account = Account()
    one = account.contact("ana", firstname="Ana")
    account.hubspot.update("contacts", one, {"firstname": "Anna"}, by="7")
    created, updated = account.world.journal.writes("hubspot", "contacts")
    assert (created.operation, created.id) == ("create", one)
    assert created.by == account.hubspot.credentials()["app_id"]
    assert (updated.by, updated.before, updated.after) == (
        "7", {"firstname": "Ana"}, {"firstname": "Anna"},
    )  # fmt: skip
