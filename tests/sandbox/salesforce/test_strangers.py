"""What clients that slasync's own does not resemble ask of the HTTP side of an org."""

import gzip
import json
from typing import Any

import pytest

from slasync.sandbox.http import Request
from tests.sandbox.salesforce.desk import HOST, Desk, error


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("version", ["59.0", "v59", "v99.0", "v59.1", "vx.0", "v٣.0"])
def test_a_version_is_written_in_one_way(desk: Desk, version: str) -> None:
    answer = desk.sf.handle(Request("GET", f"{HOST}/services/data/{version}/limits", desk.headers))
    assert error(answer) == (404, "NOT_FOUND")


def test_versions_are_only_read(desk: Desk) -> None:
    answer = desk.sf.handle(Request("POST", f"{HOST}/services/data"))
    assert error(answer) == (405, "METHOD_NOT_ALLOWED")


def test_head_asks_as_get_does(desk: Desk) -> None:
    lead = desk.lead()
    asked = desk.call("HEAD", f"sobjects/Lead/{lead}")
    assert asked.status == 200
    assert asked.header("Last-Modified") == desk.call("GET", f"sobjects/Lead/{lead}").header(
        "Last-Modified"
    )


def test_a_body_may_come_compressed(desk: Desk) -> None:
    url = f"{HOST}/services/data/v62.0/sobjects/Lead"
    headers = desk.headers | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"LastName": "Zip", "Company": "Initech"}).encode())
    made = desk.sf.handle(Request("POST", url, headers, body))
    broken = desk.sf.handle(Request("POST", url, headers, body[:20]))
    assert (made.status, error(broken)) == (201, (400, "JSON_PARSER_ERROR"))


def test_an_answer_is_indented_where_asked(desk: Desk) -> None:
    answer = desk.call("GET", "query?q=SELECT+COUNT()+FROM+Lead", headers={"X-PrettyPrint": "1"})
    assert answer.body == b'{\n  "totalSize" : 0,\n  "done" : true,\n  "records" : []\n}'


def test_a_describe_that_the_client_has_already_is_not_sent_again(desk: Desk) -> None:
    tag = desk.call("GET", "sobjects/Lead/describe").header("ETag") or ""
    again = desk.call("GET", "sobjects/Lead/describe", headers={"If-None-Match": tag})
    assert (again.status, again.body, again.header("ETag")) == (304, b"", tag)


def test_an_id_stands_in_the_url_alone(desk: Desk) -> None:
    lead = desk.lead()
    for method, way in (("PATCH", f"sobjects/Lead/{lead}"), ("POST", "sobjects/Lead")):
        (told,) = desk.call(method, way, {"Id": lead, "LastName": "A", "Company": "B"}).json()
        assert told == {
            "message": "The Id field should not be specified in the sobject data.",
            "errorCode": "INVALID_FIELD",
            "fields": ["Id"],
        }


def test_what_is_no_id_is_taken_for_a_key(desk: Desk) -> None:
    (told,) = desk.call("GET", "sobjects/Lead/nonsense").json()
    words = "Provided external ID field does not exist or is not accessible: nonsense"
    assert told == {"errorCode": "NOT_FOUND", "message": words}


def test_no_class_answers_below_apexrest(desk: Desk) -> None:
    answer = desk.sf.handle(Request("GET", f"{HOST}/services/apexrest/leads", desk.headers))
    assert error(answer) == (404, "NOT_FOUND")
    assert answer.json()[0]["message"] == "Could not find a match for URL"


def introspected(desk: Desk, **form: str) -> tuple[int, Any]:
    url = f"{HOST}/services/oauth2/introspect"
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    answer = desk.sf.handle(Request("POST", url, {}, body))
    return answer.status, answer.json()


def test_introspection_tells_the_client_and_nobody_else(desk: Desk) -> None:
    known = desk.sf.credentials()
    client = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    token = desk.log_in()

    status, told = introspected(desk, token=token, **client)
    assert (status, told["active"], told["username"]) == (200, True, known["username"])
    assert told["exp"] == told["iat"] + 400 * 24 * 3600
    assert introspected(desk, token="gone", **client) == (200, {"active": False})
    assert introspected(desk, token=token)[0] == 401


def test_a_password_may_have_the_security_token_behind_it(desk: Desk) -> None:
    known = desk.sf.credentials()
    form = {name: known[name] for name in ("client_id", "client_secret", "username")}
    whole = known["password"] + known["security_token"]
    for password, status in ((known["password"], 200), (whole, 200), ("wrong", 400)):
        answer = desk.token(grant_type="password", password=password, **form)
        assert answer.status == status


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT AVG(CreatedDate) FROM Lead", "MALFORMED_QUERY"),
        ("SELECT MAX(IsConverted) FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_YEARS:9999", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 9999-12-31T23:59:59-23:59", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT " + "9" * 4400, "MALFORMED_QUERY"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(desk: Desk, soql: str, code: str) -> None:
    desk.lead()
    assert desk.refused(soql)["errorCode"] == code


def test_a_body_nested_without_end_is_no_json(desk: Desk) -> None:
    url = f"{HOST}/services/data/v62.0/composite"
    answer = desk.sf.handle(Request("POST", url, desk.headers, b"[" * 100_000))
    assert error(answer) == (400, "JSON_PARSER_ERROR")
