"""SOQL: what it finds, in which order, and how the answer looks."""

# ruff: noqa: S608 - a test's own SOQL for a simulated org

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.salesforce.desk import Desk, error, names

LOCAL_HOUR = "HOUR_IN_DAY(convertTimezone(CreatedDate))"


@pytest.fixture
def desk() -> Desk:
    """Four leads, a minute apart."""
    made = Desk()
    for name, fields in (
        ("Adams", {"Email": "adams@x.example", "AnnualRevenue": 100}),
        ("Brown", {"Email": "Brown@x.example", "AnnualRevenue": 300, "City": "Ulm"}),
        ("O'Neil", {"LeadSource": "Web", "City": "ulm"}),
        ("100%_sure", {"DoNotCall": True, "LeadSource": "Other"}),
    ):
        made.lead(name, **fields)
        made.clock.pass_(minutes=1)
    return made


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LastName = 'adams'", ["Adams"]),
        ("LastName != 'Adams' AND LastName != 'Brown'", ["O'Neil", "100%_sure"]),
        ("LastName <> 'Adams' AND (City = 'Ulm' OR DoNotCall = true)", ["Brown", "O'Neil", "100%_sure"]),  # noqa: E501 - a table
        ("NOT (City = 'Ulm')", ["Adams", "100%_sure"]),
        ("NOT City = null AND LeadSource = null", ["Brown"]),
        ("AnnualRevenue > 100", ["Brown"]),
        ("AnnualRevenue >= 100 AND AnnualRevenue < 300.5", ["Adams", "Brown"]),
        ("AnnualRevenue <= 100", ["Adams"]),
        ("LeadSource IN ('web','Partner')", ["O'Neil"]),
        ("LeadSource NOT IN ('Web')", ["Adams", "Brown", "100%_sure"]),
        ("LastName LIKE '%a%'", ["Adams"]),
        ("LastName LIKE '_rown'", ["Brown"]),
        (r"LastName LIKE '100\%\_%'", ["100%_sure"]),
        (r"LastName = 'O\'Neil'", ["O'Neil"]),
        ("Email = ''", ["O'Neil", "100%_sure"]),
        ("DoNotCall = FALSE", ["Adams", "Brown", "O'Neil"]),
        ("Owner.Name = 'Rita Rep' AND Owner.Type = 'User' AND City = 'ulm'", ["Brown", "O'Neil"]),
        ("Owner.Type = 'Queue'", []),
        ("CreatedDate = TODAY", ["Adams", "Brown", "O'Neil", "100%_sure"]),
        ("CreatedDate < TODAY", []),
        ("CreatedDate = LAST_N_DAYS:3 AND LastName = 'Brown'", ["Brown"]),
        ("SystemModstamp > 2026-11-02T09:01:00Z", ["O'Neil", "100%_sure"]),
        ("SystemModstamp >= 2026-11-02T10:01:00+01:00 AND SystemModstamp < 2026-11-02T09:02:30.000Z", ["Brown", "O'Neil"]),  # noqa: E501 - a table
    ],
)  # fmt: skip
def test_conditions(desk: Desk, where: str, found: list[str]) -> None:
    assert names(desk.query(f"SELECT LastName FROM Lead WHERE {where}"), "LastName") == found


def test_ids_match_in_15_and_in_18_characters(desk: Desk) -> None:
    lead = next(iter(desk.sf.rows("Lead")))["Id"]
    soql = "SELECT Id FROM Lead WHERE Id {}"
    assert names(desk.query(soql.format(f"= '{lead[:15]}'")), "Id") == [lead]
    assert names(desk.query(soql.format(f"IN ('{lead}')")), "Id") == [lead]


def test_key_set_paging_walks_through_rows_of_one_second(desk: Desk) -> None:
    expected = [desk.lead(f"N{n}") for n in range(7)]
    seen: list[str] = []
    where = "SystemModstamp >= 2026-11-02T09:04:00Z"
    while True:
        soql = f"SELECT Id, SystemModstamp FROM Lead WHERE {where} ORDER BY SystemModstamp, Id"
        records = desk.query(f"{soql} LIMIT 3")["records"]
        if not records:
            break
        seen += [r["Id"] for r in records]
        last = records[-1]
        stamp = last["SystemModstamp"].replace("+0000", "Z")
        where = f"(SystemModstamp > {stamp}) OR (SystemModstamp = {stamp} AND Id > '{last['Id']}')"
    assert seen == expected


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("AnnualRevenue", ["O'Neil", "100%_sure", "Adams", "Brown"]),  # nulls first
        ("AnnualRevenue DESC", ["O'Neil", "100%_sure", "Brown", "Adams"]),  # here too
        ("AnnualRevenue DESC NULLS LAST, LastName", ["Brown", "Adams", "100%_sure", "O'Neil"]),
        ("LeadSource NULLS LAST, CreatedDate DESC", ["100%_sure", "O'Neil", "Brown", "Adams"]),
        ("SystemModstamp", ["Adams", "Brown", "O'Neil", "100%_sure"]),
    ],
)
def test_orders(desk: Desk, order: str, found: list[str]) -> None:
    assert names(desk.query(f"SELECT LastName FROM Lead ORDER BY {order}"), "LastName") == found


def test_limit_caps_the_total_size_and_offset_skips(desk: Desk) -> None:
    answer = desk.query("SELECT LastName FROM Lead ORDER BY CreatedDate LIMIT 2 OFFSET 1")
    assert names(answer, "LastName") == ["Brown", "O'Neil"]
    assert (answer["totalSize"], answer["done"]) == (2, True)
    refused = desk.refused("SELECT Id FROM Lead OFFSET 2001")
    assert refused["errorCode"] == "NUMBER_OUTSIDE_VALID_RANGE"


def test_counts(desk: Desk) -> None:
    assert desk.query("SELECT COUNT() FROM Lead WHERE City = 'Ulm'") == {
        "totalSize": 2,
        "done": True,
        "records": [],
    }
    assert desk.query("SELECT COUNT(Email) FROM Lead")["records"] == [
        {"attributes": {"type": "AggregateResult"}, "expr0": 2}
    ]
    by_source = desk.query(
        "SELECT LeadSource, COUNT(Id) n, MAX(AnnualRevenue) FROM Lead "
        "WHERE LeadSource != null GROUP BY LeadSource ORDER BY LeadSource DESC"
    )
    assert [(r["LeadSource"], r["n"], r["expr0"]) for r in by_source["records"]] == [
        ("Web", 1, None),
        ("Other", 1, None),
    ]


def test_a_record_has_its_attributes_and_its_parents_nested(desk: Desk) -> None:
    soql = "select id, owner.name, Owner.Type, convertedcontact.name from lead where city = 'Ulm'"
    record = desk.query(soql + " limit 1")["records"][0]
    assert list(record) == ["attributes", "Id", "Owner", "ConvertedContact"]
    url = f"/services/data/v62.0/sobjects/Lead/{record['Id']}"
    assert record["attributes"] == {"type": "Lead", "url": url}
    owner = f"/services/data/v62.0/sobjects/User/{desk.rep}"
    assert record["Owner"] == {
        "attributes": {"type": "Name", "url": owner},
        "Name": "Rita Rep",
        "Type": "User",
    }
    assert record["ConvertedContact"] is None


def test_parents_are_reached_over_several_steps(desk: Desk) -> None:
    boss = desk.sf.add_user("Bo Boss", "bo@acme.example")
    desk.sf.update("User", desk.rep, {"ManagerId": boss}, desk.sf.admin_id)
    contact = desk.sf.create("Contact", {"LastName": "C", "OwnerId": desk.rep}, desk.rep)
    answer = desk.query("SELECT Owner.Manager.Name FROM Contact WHERE Owner.ManagerId != null")
    assert answer["totalSize"] == 1
    assert answer["records"][0]["Owner"]["Manager"]["Name"] == "Bo Boss"
    assert contact in answer["records"][0]["attributes"]["url"]


def test_what_depends_on_the_kind_of_owner_is_asked_by_typeof(desk: Desk) -> None:
    desk.lead("Queued", OwnerId=desk.sf.inbox_queue_id)
    soql = (
        "SELECT TYPEOF Owner WHEN User THEN Username, TimeZoneSidKey WHEN Group THEN DeveloperName "
        "END FROM Lead ORDER BY CreatedDate DESC LIMIT 2"
    )
    queue, user = (r["Owner"] for r in desk.query(soql)["records"])
    assert queue["DeveloperName"] == "Unassigned_leads"
    assert queue["attributes"]["type"] == "Group"
    assert user["TimeZoneSidKey"] == "Europe/Berlin"


def test_children_come_as_a_result_within_the_record(desk: Desk) -> None:
    first, second = [r["Id"] for r in desk.sf.rows("Lead")][:2]
    desk.task(first, Subject="One")
    soql = "SELECT Id, (SELECT Subject FROM Tasks ORDER BY Subject) FROM Lead WHERE Id IN "
    records = desk.query(f"{soql}('{first}', '{second}')")["records"]
    assert records[0]["Tasks"]["totalSize"] == 1
    assert names(records[0]["Tasks"], "Subject") == ["One"]
    assert records[1]["Tasks"] is None


def test_semi_joins(desk: Desk) -> None:
    first = next(iter(desk.sf.rows("Lead")))["Id"]
    desk.task(first)
    soql = "SELECT LastName FROM Lead WHERE Id {} (SELECT WhoId FROM Task WHERE IsClosed = false)"
    assert names(desk.query(soql.format("IN")), "LastName") == ["Adams"]
    assert len(desk.query(soql.format("NOT IN"))["records"]) == 3


@pytest.mark.parametrize(
    "where",
    [
        "SystemModstamp > {}",
        "NOT SystemModstamp <= {}",
        "City = 'none' OR (LastName != null AND SystemModstamp > {})",
        "Id IN (SELECT Id FROM Lead WHERE SystemModstamp > {})",
        "LastName != '2026-11-02T09:00:00Z' AND SystemModstamp > {}",
    ],
)
def test_a_statement_that_is_asked_again_goes_by_its_own_times(desk: Desk, where: str) -> None:
    soql = f"SELECT LastName FROM Lead WHERE {where} ORDER BY SystemModstamp"
    for at, found in (
        ("2026-11-02T09:01:30Z", ["O'Neil", "100%_sure"]),
        ("2026-11-02T09:02:30Z", ["100%_sure"]),
        ("2026-11-02T10:01:30.000+01:00", ["O'Neil", "100%_sure"]),
    ):
        assert names(desk.query(soql.format(at)), "LastName") == found


def test_children_that_are_asked_for_again_go_by_their_own_times(desk: Desk) -> None:
    desk.task(next(iter(desk.sf.rows("Lead")))["Id"])
    soql = "SELECT Id, (SELECT Id FROM Tasks WHERE CreatedDate > {}) FROM Lead LIMIT 1"
    for at, any_found in (("2026-11-01T00:00:00Z", True), ("2026-12-01T00:00:00Z", False)):
        [record] = desk.query(soql.format(at))["records"]
        assert (record["Tasks"] is not None) is any_found


def test_what_looks_like_a_time_within_a_literal_stays_as_it_is(desk: Desk) -> None:
    desk.lead("2026-11-02T09:00:00Z")
    soql = "SELECT LastName FROM Lead WHERE LastName = '{}'"
    assert names(desk.query(soql.format("2026-11-02T09:00:01Z")), "LastName") == []
    assert len(desk.query(soql.format("2026-11-02T09:00:00Z"))["records"]) == 1


def test_aliases_and_functions_on_fields(desk: Desk) -> None:
    answer = desk.query("SELECT l.LastName, toLabel(l.Status) FROM Lead l WHERE l.City = 'Ulm'")
    assert names(answer, "LastName") == ["Brown", "O'Neil"]
    assert names(answer, "Status") == ["Open - Not Contacted"] * 2


def test_fields_all_needs_a_limit(desk: Desk) -> None:
    assert desk.refused("SELECT FIELDS(ALL) FROM Lead")["errorCode"] == "MALFORMED_QUERY"
    record = desk.query("SELECT FIELDS(ALL) FROM Lead LIMIT 1")["records"][0]
    assert {"LastName", "Slasync_Stale__c", "Address"} <= set(record)


def test_date_literals_use_the_zone_of_who_asks() -> None:
    desk = Desk()
    desk.clock.at = desk.clock.at.replace(hour=22, minute=30)  # half past eleven in Berlin
    desk.lead("Late")
    desk.clock.pass_(hours=1)  # Tuesday in Berlin, still Monday in UTC
    assert desk.query("SELECT Id FROM Lead WHERE CreatedDate = TODAY")["totalSize"] == 0
    assert desk.query("SELECT Id FROM Lead WHERE CreatedDate = YESTERDAY")["totalSize"] == 1
    desk.sf.update("User", desk.sf.integration_user_id, {"TimeZoneSidKey": "UTC"}, desk.sf.admin_id)
    assert desk.query("SELECT Id FROM Lead WHERE CreatedDate = TODAY")["totalSize"] == 1


@pytest.mark.parametrize(
    ("literal", "found"),
    [
        ("THIS_WEEK", ["today", "in 3 days"]),
        ("NEXT_WEEK", ["in 6 days"]),
        ("LAST_N_DAYS:2", ["2 days ago", "today"]),
        ("NEXT_N_DAYS:3", ["in 3 days"]),
        ("THIS_MONTH", ["today", "in 3 days", "in 6 days"]),
        ("LAST_MONTH", ["2 days ago"]),
        ("N_DAYS_AGO:2", ["2 days ago"]),
        ("THIS_QUARTER", ["2 days ago", "today", "in 3 days", "in 6 days"]),
        ("LAST_YEAR", []),
        ("LAST_N_MONTHS:1", ["2 days ago"]),
    ],
)
def test_date_literals(literal: str, found: list[str]) -> None:
    desk = Desk()  # Monday, 2 November 2026
    lead = desk.lead()
    for days, subject in ((-2, "2 days ago"), (0, "today"), (3, "in 3 days"), (6, "in 6 days")):
        day = (desk.clock.at + timedelta(days=days)).date().isoformat()
        desk.task(lead, Subject=subject, ActivityDate=day)
    answer = desk.query(f"SELECT Subject FROM Task WHERE ActivityDate = {literal}")
    assert names(answer, "Subject") == found


@pytest.mark.parametrize(
    ("soql", "code", "says"),
    [
        ("SELECT Id FRM Lead", "MALFORMED_QUERY", "unexpected token: 'FRM'"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY", "<EOF>"),
        ('SELECT Id FROM Lead WHERE City = "Ulm"', "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Lead WHERE City = 'a' AND City = 'b' OR City = 'c'", "MALFORMED_QUERY", "'OR'"),  # noqa: E501 - a table
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01T00:00:00 01:00", "MALFORMED_QUERY", "unexpected token"),  # noqa: E501 - a table
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "no viable alternative at '2026-13-01T00:00:00Z'"),  # noqa: E501 - a table
        ("SELECT Nope__c FROM Lead", "INVALID_FIELD", "No such column 'Nope__c' on entity 'Lead'"),
        ("SELECT Id FROM Lead WHERE Nope__c = 1", "INVALID_FIELD", "No such column 'Nope__c'"),
        ("SELECT Boss.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Boss'"),
        ("SELECT Owner.ManagerId FROM Lead", "INVALID_FIELD", "on entity 'Name'"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE", "sObject type 'Nothing' is not supported"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD", "must be of type dateTime and should not be enclosed in quotes"),  # noqa: E501 - a table
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),  # noqa: E501 - a table
        ("SELECT Id FROM Lead WHERE City = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),  # noqa: E501 - a table
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Lead WHERE OwnerId = 'me'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: me"),  # noqa: E501 - a table
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_run_says_why(soql: str, code: str, says: str) -> None:
    refused = Desk().refused(soql)
    assert refused["errorCode"] == code
    assert says in refused["message"]


def test_an_error_points_at_the_place() -> None:
    message = Desk().refused("select count() from XYZZY")["message"]
    lines = message.splitlines()
    assert lines[:4] == [
        "",
        "select count() from XYZZY",
        "                    ^",
        "ERROR at Row:1:Column:21",
    ]


def test_a_hidden_field_does_not_exist() -> None:
    desk = Desk()
    desk.lead()
    desk.sf.remove_field("Lead", "Slasync_Stale__c")
    refused = desk.refused("SELECT Slasync_Stale__c FROM Lead")
    assert refused["errorCode"] == "INVALID_FIELD"
    described = desk.call("GET", "sobjects/Lead/describe").json()
    assert "Slasync_Stale__c" not in [f["name"] for f in described["fields"]]


# -- pages --------------------------------------------------------------------------------------


def test_pages_follow_each_other_until_done() -> None:
    desk = Desk()
    desk.sf.load("Account", [{"Name": f"A{n:03d}"} for n in range(450)], desk.rep)
    first = desk.query("SELECT Name FROM Account", Sforce_Query_Options="batchSize=200")
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    assert first["nextRecordsUrl"].startswith("/services/data/v62.0/query/0r8")
    assert first["nextRecordsUrl"].endswith("-200")
    way = first["nextRecordsUrl"].removeprefix("/services/data/v62.0/")
    rest = desk.call("GET", way).json()  # without the option: the default page size
    assert "nextRecordsUrl" not in rest
    assert (rest["totalSize"], rest["done"], len(rest["records"])) == (450, True, 250)
    assert names(first) + names(rest) == [f"A{n:03d}" for n in range(450)]


def test_the_page_size_has_a_floor_and_a_ceiling() -> None:
    desk = Desk()
    desk.sf.load("Account", [{"Name": f"A{n}"} for n in range(201)], desk.rep)
    tiny = desk.query("SELECT Name FROM Account", Sforce_Query_Options="batchSize=5")
    assert len(tiny["records"]) == 200
    huge = desk.query("SELECT Name FROM Account", Sforce_Query_Options="batchSize=9999")
    assert huge["done"]


def test_a_cursor_dies_after_two_days() -> None:
    desk = Desk()
    desk.sf.load("Account", [{"Name": f"A{n}"} for n in range(201)], desk.rep)
    answer = desk.query("SELECT Name FROM Account", Sforce_Query_Options="batchSize=200")
    way = answer["nextRecordsUrl"].removeprefix("/services/data/v62.0/")
    desk.clock.pass_(days=2, seconds=1)
    assert error(desk.call("GET", way)) == (400, "INVALID_QUERY_LOCATOR")
    assert error(desk.call("GET", "query/0r8nonsense")) == (400, "INVALID_QUERY_LOCATOR")


def test_only_query_all_shows_deleted_records() -> None:
    desk = Desk()
    gone = desk.lead("Gone")
    desk.lead("Here")
    desk.sf.delete("Lead", gone, desk.rep)
    assert names(desk.query("SELECT Name FROM Lead")) == ["Here"]
    soql = "SELECT Name FROM Lead WHERE IsDeleted = true"
    assert names(desk.query(soql, "queryAll")) == ["Gone"]
    desk.clock.pass_(days=15, minutes=1)  # the recycle bin is emptied
    assert names(desk.query(soql, "queryAll")) == []


def test_a_query_without_text_is_refused() -> None:
    assert error(Desk().call("GET", "query")) == (400, "MALFORMED_QUERY")


def test_a_url_beyond_16384_bytes_is_refused() -> None:
    wanted = ",".join(f"'003{n:015d}'" for n in range(900))
    soql = quote(f"SELECT Id FROM Contact WHERE Id IN ({wanted})")
    assert Desk().call("GET", f"query?q={soql}").status == 414


@pytest.mark.parametrize(
    ("soql", "found"),
    [
        ("SELECT DoNotCall d, COUNT(Id) n FROM Lead GROUP BY DoNotCall HAVING COUNT(Id) > 1",
         [{"d": False, "n": 3}]),
        ("SELECT COUNT(Id) FROM Lead GROUP BY LeadSource HAVING LeadSource LIKE 'W%'",
         [{"expr0": 1}]),
        ("SELECT DAY_ONLY(CreatedDate), COUNT(Id) FROM Lead GROUP BY DAY_ONLY(CreatedDate)",
         [{"expr0": "2026-11-02", "expr1": 4}]),
        (f"SELECT {LOCAL_HOUR} h, COUNT(Id) n FROM Lead GROUP BY {LOCAL_HOUR} HAVING COUNT(Id) = 4",
         [{"h": 10, "n": 4}]),
        ("SELECT COUNT(Id) n FROM Lead GROUP BY LeadSource ORDER BY LeadSource NULLS LAST",
         [{"n": 1}, {"n": 1}, {"n": 2}]),
        ("SELECT MAX(AnnualRevenue) FROM Lead GROUP BY LeadSource ORDER BY COUNT(Id) DESC LIMIT 1",
         [{"expr0": 300}]),
    ],
)  # fmt: skip
def test_groups_have_conditions_parts_of_dates_and_aliases(
    desk: Desk, soql: str, found: list[dict[str, Any]]
) -> None:
    made = desk.query(soql)["records"]
    assert [{k: v for k, v in each.items() if k != "attributes"} for each in made] == found


@pytest.mark.parametrize(
    ("where", "size"),
    [
        ("CALENDAR_MONTH(CreatedDate) = 11", 4),
        ("DAY_ONLY(CreatedDate) < 2026-11-02", 0),
        ("DAY_IN_WEEK(CreatedDate) IN (2, 3)", 4),  # Monday is the second
        ("CreatedDate = THIS_FISCAL_YEAR", 4),
        ("CreatedDate = LAST_N_FISCAL_QUARTERS:2", 0),
        ("toLabel(LeadSource) = 'Web'", 1),
    ],
)
def test_conditions_name_parts_of_dates_and_fiscal_spans(desk: Desk, where: str, size: int) -> None:
    assert desk.query(f"SELECT COUNT() FROM Lead WHERE {where}")["totalSize"] == size


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Company c FROM Lead",
        "SELECT Id FROM Lead WHERE COUNT(Id) > 1",
        "SELECT Id FROM Lead WHERE HOUR_IN_DAY(Company) = 1",
        "SELECT COUNT(), Id FROM Lead",
        "SELECT Company FROM Lead GROUP BY Company HAVING SHOUT(Company) = 'a'",
    ],
)
def test_functions_where_they_mean_nothing_are_refused(desk: Desk, soql: str) -> None:
    assert desk.refused(soql)["errorCode"] == "MALFORMED_QUERY"
