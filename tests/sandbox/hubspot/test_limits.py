import pytest

from slasync.sandbox.http import Request
from slasync.sandbox.hubspot import Limits
from tests.sandbox.hubspot.account import CONTACTS, HOST, Account

INTERVAL = {
    "X-HubSpot-RateLimit-Interval-Milliseconds",
    "X-HubSpot-RateLimit-Max",
    "X-HubSpot-RateLimit-Remaining",
    "X-HubSpot-RateLimit-Secondly",
    "X-HubSpot-RateLimit-Secondly-Remaining",
}
DAILY = {"X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining"}


def limit_headers(headers: tuple[tuple[str, str], ...]) -> set[str]:
    return {name for name, _ in headers if "RateLimit" in name}


def test_the_ten_second_window_rolls() -> None:
    account = Account(limits=Limits(ten_seconds=2))
    account.call("GET", CONTACTS)
    account.wait(seconds=6)
    account.call("GET", CONTACTS)
    assert account.call("GET", CONTACTS).status == 429
    account.wait(seconds=4)
    assert account.call("GET", CONTACTS).status == 200
    assert account.call("GET", CONTACTS).status == 429


def test_the_refusal_names_its_policy() -> None:
    account = Account(limits=Limits(ten_seconds=0))
    answer = account.call("GET", CONTACTS)
    body = answer.json()
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert answer.header("Retry-After") is None
    assert account.hubspot.refused.total() == 1
    assert account.hubspot.calls.total() == 0


def test_search_has_a_limit_of_its_own_and_a_barer_refusal() -> None:
    account = Account(limits=Limits(ten_seconds=0, search_a_second=5))
    answers = [account.call("POST", f"{CONTACTS}/search", {}) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    body = answers[-1].json()
    assert set(body) == {"status", "message", "correlationId", "category"}
    assert body["message"] == "You have reached your secondly limit."
    assert limit_headers(answers[-1].headers) == DAILY
    account.wait(seconds=1)
    assert account.call("POST", f"{CONTACTS}/search", {}).status == 200


def test_headers_count_down_and_search_lacks_those_of_the_interval() -> None:
    account = Account()
    first, second = account.call("GET", CONTACTS), account.call("GET", CONTACTS)
    assert limit_headers(first.headers) == INTERVAL | DAILY
    assert first.header("X-HubSpot-RateLimit-Remaining") == "189"
    assert second.header("X-HubSpot-RateLimit-Remaining") == "188"
    assert second.header("X-HubSpot-RateLimit-Daily-Remaining") == "624998"
    search = account.call("POST", f"{CONTACTS}/search", {})
    assert limit_headers(search.headers) == DAILY


def test_the_daily_limit_ends_at_midnight_of_the_account() -> None:
    account = Account(limits=Limits(daily=1), zone="America/New_York")
    account.call("GET", CONTACTS)
    answer = account.call("GET", CONTACTS)
    assert (answer.status, answer.json()["policyName"]) == (429, "DAILY")
    account.wait(hours=19, minutes=59)  # 9:00 UTC is 4:00 in New York
    assert account.call("GET", CONTACTS).status == 429
    account.wait(minutes=1)
    assert account.call("GET", CONTACTS).status == 200


def test_the_use_of_the_day_can_be_asked() -> None:
    account = Account(zone="America/New_York")
    account.call("GET", CONTACTS)
    (shown,) = account.get("/account-info/v3/api-usage/daily/private-apps")["results"]
    assert (shown["usageLimit"], shown["currentUsage"]) == (625_000, 2)
    assert shown["resetsAt"] == "2026-03-03T05:00:00.000Z"


def test_an_account_tells_its_zone() -> None:
    shown = Account(zone="America/New_York").get("/account-info/v3/details")
    assert shown["timeZone"] == "America/New_York"
    assert (shown["utcOffset"], shown["utcOffsetMilliseconds"]) == ("-05:00", -18_000_000)


def test_an_oauth_app_has_its_own_limit_and_no_daily_headers() -> None:
    account = Account(limits=Limits(ten_seconds=1, ten_seconds_oauth=110))
    account.token = refreshed(account)
    account.call("GET", CONTACTS)
    answer = account.call("GET", CONTACTS)
    assert limit_headers(answer.headers) == INTERVAL
    assert answer.header("X-HubSpot-RateLimit-Max") == "110"
    account.token = account.hubspot.credentials()["access_token"]
    (day,) = account.get("/account-info/v3/api-usage/daily/private-apps")["results"]
    assert day["currentUsage"] == 1


def refreshed(account: Account, **changes: str) -> str:
    granted = account.hubspot.handle(token_request(account, **changes)).json()
    token: str = granted["access_token"]
    return token


def token_request(account: Account, path: str = "/oauth/v1/token", **changes: str) -> Request:
    known = account.hubspot.credentials()
    names = ("client_id", "client_secret", "refresh_token")
    form = {"grant_type": "refresh_token", **{n: known[n] for n in names}, **changes}
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    media = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", HOST + path, media, body)


def test_an_oauth_token_ends_after_half_an_hour_and_can_be_had_again() -> None:
    account = Account()
    account.token = refreshed(account)
    account.wait(minutes=29)
    assert account.call("GET", CONTACTS).status == 200
    account.wait(minutes=1)
    answer = account.call("GET", CONTACTS)
    assert (answer.status, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    account.token = refreshed(account)
    assert account.call("GET", CONTACTS).status == 200


def test_an_app_is_installed_by_its_code() -> None:
    account = Account()
    code = account.hubspot.credentials()["code"]
    account.token = refreshed(account, grant_type="authorization_code", code=code)
    assert account.call("GET", CONTACTS).status == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"refresh_token": "no"}, "BAD_REFRESH_TOKEN"),
        ({"client_secret": "no"}, "BAD_CLIENT_ID"),
        ({"grant_type": "authorization_code", "code": "no"}, "BAD_AUTH_CODE"),
        ({"grant_type": "no"}, "BAD_GRANT_TYPE"),
    ],
)
def test_a_wrong_grant_is_a_400_that_says_why(changes: dict[str, str], status: str) -> None:
    account = Account()
    answer = account.hubspot.handle(token_request(account, **changes))
    assert (answer.status, answer.json()["status"]) == (400, status)


def test_later_token_endpoints_tell_more() -> None:
    account = Account()
    granted = account.hubspot.handle(token_request(account, "/oauth/2026-03/token")).json()
    assert granted["hub_id"] == 140_772_301
    assert granted["expires_in"] == 1800
    shown = account.get(f"/oauth/v1/access-tokens/{granted['access_token']}")
    assert shown["token_type"] == "access"
    assert shown["expires_in"] == 1800


def test_a_wrong_token_is_a_401() -> None:
    account = Account()
    account.token = "pat-eu1-wrong"
    answer = account.call("GET", CONTACTS)
    assert (answer.status, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_missing_scope_is_a_403_that_names_it() -> None:
    account = Account(scopes=frozenset({"crm.objects.contacts.read"}))
    assert account.call("GET", CONTACTS).status == 200
    assert account.call("GET", "/crm/v3/objects/tasks").status == 200
    answer = account.call("POST", CONTACTS, {"properties": {}})
    assert (answer.status, answer.json()["category"]) == (403, "MISSING_SCOPES")
    (error,) = answer.json()["errors"]
    assert error["context"] == {"requiredGranularScopes": ["crm.objects.contacts.write"]}
