"""Who gets in, how far, and for how long; and what keeps everybody else out."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import select
from starlette.routing import Route as Endpoint

from slasync.domain.access import FORGOTTEN, LONGEST_WAIT, Rank
from slasync.store.tables import ACCESS_SESSION, ACCESS_USER
from slasync.store.unit import reading, transaction
from slasync.web.dashboard.app import dashboard_app
from slasync.web.dashboard.guard import HEADERS
from slasync.web.dashboard.routes import ROUTES, Open, Route
from tests.faults.marks import fault
from tests.web.dashboard.house import ORIGIN, PASSWORD, PEOPLE, House, said

FILLED = {
    "{name}": "late-2026-03-02", "{key}": "hubspot:contact:none", "{edition}": "0" * 64,
    "{fate}": "allow",
}  # fmt: skip
BY_FILE = {"/static/{name}": "/static/dashboard.css"}


def address(route: Route) -> str:
    path = BY_FILE.get(route.path, route.path)
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


@fault("S19")
def test_every_address_is_in_the_table_of_who_may_come_to_it(house: House) -> None:
    served = {
        (method, route.path)
        for route in dashboard_app(house.front).routes
        if isinstance(route, Endpoint)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert served == {(route.method, route.path) for route in ROUTES}


@fault("S19")
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_address_lets_in_those_of_its_rank_and_nobody_else(house: House, route: Route) -> None:
    for name, rank in {"nobody": None, **PEOPLE}.items():
        visitor = house.stranger() if rank is None else house.visitor(name)
        visitor.get("/login" if rank is None else "/")
        path = address(route)
        answer = visitor.get(path) if route.method == "GET" else visitor.post(path)

        let_in = isinstance(route.needs, Open) or (rank is not None and rank.may(route.needs))
        if let_in:
            assert answer.status_code in {200, 303, 401, 404}, (name, answer.status_code)
            assert "/login?then" not in answer.headers.get("location", "")
        elif rank is None and route.method == "GET":
            assert answer.headers["location"].startswith("/login")
        else:
            assert answer.status_code == (401 if rank is None else 403), name


@fault("S18")
@pytest.mark.parametrize("path", ["/", "/login", "/static/dashboard.css", "/nowhere", "/held/none"])
def test_every_answer_carries_the_headers_that_keep_a_browser_in_bounds(
    house: House, path: str
) -> None:
    answer = house.visitor("vera").get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert ("immutable" in answer.headers["cache-control"]) == path.startswith("/static")
    if not path.startswith("/static"):
        assert answer.headers["cache-control"] == "no-store"


def test_without_a_user_it_says_how_to_make_one_and_shows_nothing_else(
    new_house: Callable[..., House],
) -> None:
    visitor = new_house(people=False).stranger()
    for path in ("/", "/login", "/queue", "/leads/hubspot:contact:1"):
        answer = visitor.get(path)

        assert answer.status_code == 503
        assert "slasync users add NAME --role admin" in said(answer.text)
        assert "<nav" not in answer.text


@fault("S17")
def test_a_wrong_password_and_a_user_there_is_not_look_the_same(house: House) -> None:
    wrong = house.stranger().login("vera", "a wrong password")
    nobody = house.stranger().login("mallory", "a wrong password")

    assert wrong.status_code == nobody.status_code == 401
    assert said(wrong.text) == said(nobody.text)


@fault("S17")
def test_after_some_wrong_passwords_even_the_right_one_has_to_wait(house: House) -> None:
    for _ in range(6):
        house.stranger().login("vera", "a wrong password")
    assert house.stranger().login("vera").status_code == 429

    house.wait(LONGEST_WAIT)

    assert house.stranger().login("vera").status_code == 303


@fault("S17")
def test_an_address_that_tries_many_names_has_to_wait_for_all_of_them(house: House) -> None:
    for number in range(21):
        house.stranger().login(f"name{number}", "a wrong password")

    assert house.stranger().login("vera").status_code == 429
    house.wait(FORGOTTEN)
    assert house.stranger().login("vera").status_code == 303


@fault("S17")
def test_a_login_of_ones_own_does_not_buy_an_address_more_guesses(house: House) -> None:
    for number in range(21):
        if number == 18:
            house.visitor("otto")
        house.stranger().login(f"name{number}", "a wrong password")

    assert house.stranger().login("vera").status_code == 429


def test_logins_that_succeed_cost_an_address_nothing(house: House) -> None:
    for _ in range(25):
        assert house.stranger().login("vera").status_code == 303


@fault("S17")
def test_each_login_gets_a_token_of_its_own_that_no_other_page_gave(house: House) -> None:
    visitor = house.stranger()
    visitor.client.cookies.set("slasync_session", "chosen-by-an-attacker", domain="127.0.0.1")
    visitor.login("vera")
    first = visitor.client.cookies["slasync_session"]
    again = house.visitor("vera").client.cookies["slasync_session"]

    assert first != "chosen-by-an-attacker"
    assert first != again
    with reading(house.engine) as unit:
        kept = {session.token for session in unit.access.sessions(house.driven.now())}
    assert not kept & {first, again}  # the database holds hashes only


def test_a_session_ends_when_nobody_was_there_for_its_idle_time(house: House) -> None:
    visitor = house.visitor("vera")
    idle = house.front.access.idle
    house.wait(idle - timedelta(minutes=2))
    assert visitor.get("/").status_code == 200
    house.wait(idle - timedelta(minutes=2))
    assert visitor.get("/").status_code == 200

    house.wait(idle)

    assert visitor.get("/").headers["location"] == "/login"


def test_a_page_that_refreshes_itself_keeps_nobody_logged_in(house: House) -> None:
    visitor = house.visitor("vera")
    for _ in range(3):
        house.wait(house.front.access.idle / 3)
        answer = visitor.get("/", **{"X-Live": "1"})

    assert answer.status_code == 401


def test_a_session_ends_after_its_longest_time_whoever_is_there(house: House) -> None:
    visitor = house.visitor("vera")
    for _ in range(14):
        house.wait(timedelta(minutes=59))
        answer = visitor.get("/")

    assert answer.status_code == 303


def test_who_logs_out_is_out_wherever_the_cookie_went(house: House) -> None:
    visitor = house.visitor("vera")
    stolen = visitor.client.cookies["slasync_session"]
    visitor.get("/")
    visitor.post("/logout")
    thief = house.stranger()
    thief.client.cookies.set("slasync_session", stolen)

    assert thief.get("/").status_code == 303


def test_an_admin_ends_the_sessions_of_somebody_else_at_once(house: House) -> None:
    vera, alma = house.visitor("vera"), house.visitor("alma")
    alma.get("/users")
    alma.post("/users/end", {"who": "vera"})

    assert vera.get("/").status_code == 303
    assert alma.get("/").status_code == 200


def test_another_role_holds_from_the_next_click_on(house: House) -> None:
    visitor = house.visitor("alma")
    assert visitor.get("/users").status_code == 200
    with transaction(house.engine) as unit:
        unit.access.change("alma", house.driven.now(), rank=Rank.VIEWER)

    assert visitor.get("/users").status_code == 403


def test_a_user_who_is_removed_is_out_at_once(house: House) -> None:
    visitor = house.visitor("vera")
    with transaction(house.engine) as unit:
        unit.access.remove("vera")

    assert visitor.get("/").status_code == 303


@fault("S18")
def test_a_form_without_the_token_of_this_session_does_nothing(house: House) -> None:
    otto, vera = house.visitor("otto"), house.visitor("vera")
    vera.get("/")
    otto.last = vera.last  # a token, but somebody else's

    assert otto.post("/logout").status_code == 403
    assert otto.post("/logout", {"form_token": ""}).status_code == 403
    assert otto.get("/").status_code == 200


@fault("S18")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_that_another_site_sends_does_nothing(house: House, headers: dict[str, str]) -> None:
    visitor = house.visitor("otto")
    visitor.get("/")

    assert visitor.post("/logout", {}, **headers).status_code == 403
    assert visitor.get("/").status_code == 200


def test_a_browser_that_hides_its_origin_is_believed_by_its_own_word_on_the_site(
    house: House,
) -> None:
    visitor = house.visitor("otto")
    visitor.get("/")
    answer = visitor.post("/logout", {}, **{"Origin": "null", "Sec-Fetch-Site": "same-origin"})

    assert answer.headers["location"] == "/login"


@fault("S20")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::"])
def test_a_request_for_another_host_is_turned_away(house: House, host: str) -> None:
    assert house.stranger().get("/login", Host=host).status_code == 421


@fault("S17")
def test_over_tls_cookies_are_bound_to_the_host_and_never_leave_it(house: House) -> None:
    behind = house.with_access(
        public_url="https://sla.acme.example",
        trusted_proxies=(ip_network("127.0.0.1"),),
    )
    behind.origin = "https://sla.acme.example"
    visitor = behind.stranger(
        **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7",
           "Origin": "https://sla.acme.example"}
    )  # fmt: skip
    answer = visitor.login("vera")
    cookies = [c for c in answer.headers.get_list("set-cookie") if "session" in c]

    assert answer.status_code == 303
    assert cookies[0].startswith("__Host-slasync_session=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookies[0].split("; "))
    assert "max-age" in answer.headers["strict-transport-security"]
    with reading(house.engine) as unit:
        assert unit.access.sessions(house.driven.now())[0].address == "203.0.113.7"


@fault("S20")
def test_who_is_no_trusted_proxy_is_not_believed_about_the_sender(house: House) -> None:
    visitor = house.stranger(**{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})
    visitor.login("vera")

    with reading(house.engine) as unit:
        assert unit.access.sessions(house.driven.now())[0].address == "127.0.0.1"


def test_a_public_listener_speaks_to_nobody_in_clear_text(house: House) -> None:
    public = house.with_access(host="0.0.0.0", public_url="https://sla.acme.example")  # noqa: S104 - the case in point
    public.origin = "http://sla.acme.example"

    assert public.stranger().get("/login").status_code == 403


@pytest.mark.parametrize(
    "then", ["https://evil.example", "//evil.example", "/\\evil.example", "/login", "javascript:1"]
)
def test_a_login_never_leads_to_another_site(house: House, then: str) -> None:
    visitor = house.stranger()
    visitor.get("/login")
    answer = visitor.post("/login", {"name": "vera", "password": PASSWORD, "then": then})

    assert answer.headers["location"] == "/"


def test_a_login_leads_to_the_page_that_was_asked_for(house: House) -> None:
    visitor = house.stranger()
    away = visitor.get("/queue").headers["location"]
    visitor.get(away)
    answer = visitor.post("/login", {"name": "vera", "password": PASSWORD, "then": "/queue"})

    assert away == "/login?then=%2Fqueue"
    assert answer.headers["location"] == "/queue"


def test_a_form_that_is_far_too_large_is_not_read(house: House) -> None:
    visitor = house.visitor("otto")
    visitor.get("/")

    assert visitor.post("/logout", {"why": "x" * 70_000}).status_code == 413


def test_every_login_and_every_failure_is_in_the_audit(house: House) -> None:
    house.stranger().login("vera", "a wrong password")
    vera = house.visitor("vera")
    vera.get("/")
    vera.post("/logout")

    with reading(house.engine) as unit:
        found = [(e.deed.action, e.deed.target, e.deed.outcome) for e in unit.audit.page(10)]
        assert not unit.audit.check().problem
    assert found == [
        ("logout", "", "done"),
        ("login", "vera", "done"),
        ("login", "vera", "refused"),
    ]


def test_no_password_and_no_token_is_kept_in_clear(house: House) -> None:
    token = house.visitor("vera").client.cookies["slasync_session"]
    with house.engine.connect() as db:
        kept = str(db.execute(select(ACCESS_USER)).all()) + str(
            db.execute(select(ACCESS_SESSION)).all()
        )

    assert PASSWORD not in kept
    assert token not in kept
    assert "$argon2id$" in kept
