"""`slasync users`: made with a password that nobody sees, each step in the audit."""

from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from slasync.cli.databases import database
from slasync.store.unit import transaction
from tests.cli.desk import Desk
from tests.web.dashboard.house import desk_settings

GOOD = "correct horse battery\n"


def add(desk: Desk, name: str = "ana", role: str = "admin", password: str = GOOD) -> Result:
    return desk.slasync(
        "users", "add", name, "--role", role, "--password-file", "-", stdin=password
    )


def audited(desk: Desk) -> list[tuple[str, str]]:
    return [(e["did"], e["to"]) for e in desk.json("users", "audit")["entries"]]


def test_a_user_is_made_with_a_password_from_a_file_and_listed(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(GOOD)
    made = desk.slasync("users", "add", "ana", "--role", "admin", "--password-file", str(file))

    assert made.output == "ana may log in as admin\n"
    assert [(u["name"], u["role"]) for u in desk.json("users", "list")["users"]] == [
        ("ana", "admin")
    ]
    assert audited(desk) == [("users.add", "ana")]


def test_the_password_is_asked_for_twice_and_not_shown(desk: Desk) -> None:
    made = desk.slasync("users", "add", "ana", "--role", "viewer", stdin=GOOD * 2)

    assert made.exit_code == 0
    assert "correct horse" not in made.output


def test_a_password_is_never_an_argument(desk: Desk) -> None:
    assert desk.slasync("users", "add", "ana", "--role", "viewer", "--password", "x").exit_code == 2


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("ana", "short\n", "a password has at least 12 characters"),
        ("ana", "", "a password has at least 12 characters"),
        ("Ana", GOOD, "small letters"),
    ],
)
def test_what_is_not_good_enough_is_refused(
    desk: Desk, name: str, password: str, said: str
) -> None:
    refused = add(desk, name, password=password)

    assert refused.exit_code == 2
    assert said in refused.output
    assert not desk.json("users", "list")["users"]


def test_a_name_is_given_once(desk: Desk) -> None:
    add(desk)
    again = desk.slasync(
        "users", "add", "ana", "--role", "viewer", "--password-file", "-", stdin=GOOD
    )

    assert again.exit_code == 2
    assert "`slasync users password ana`" in again.output


def test_role_password_logout_and_removal_are_noted(desk: Desk) -> None:
    add(desk)
    assert desk.slasync("users", "role", "ana", "viewer").output == "ana is viewer from now on\n"
    desk.slasync("users", "password", "ana", "--password-file", "-", stdin="another good one 77\n")
    assert desk.json("users", "logout", "ana") == {"user": "ana", "ended": 0}
    desk.slasync("users", "remove", "ana")

    assert audited(desk) == [
        ("users.remove", "ana"), ("users.password", "ana"), ("users.role", "ana"),
        ("users.add", "ana"),
    ]  # fmt: skip


@pytest.mark.parametrize("command", [("role", "ben", "viewer"), ("remove", "ben")])
def test_a_user_there_is_not_cannot_be_changed(desk: Desk, command: tuple[str, ...]) -> None:
    refused = desk.slasync("users", *command)

    assert refused.exit_code == 2
    assert "there is no user ben" in refused.output


def test_the_audit_tells_whether_anything_was_changed(desk: Desk) -> None:
    add(desk)
    assert desk.json("users", "audit", "--verify")["problem"] == ""

    with database(desk_settings(desk)) as engine, transaction(engine) as unit:
        unit.db.execute(text("DROP TRIGGER audit_append_only_update"))
        unit.db.execute(text("UPDATE audit SET who = 'mallory'"))
    broken = desk.slasync("users", "audit", "--verify")

    assert broken.exit_code == 1
    assert "entry 1 is not what was written" in broken.output


def test_check_refuses_a_dashboard_for_other_machines_that_nobody_can_log_in_to(
    desk: Desk,
) -> None:
    desk.change(
        "config/slasync.yaml", "dashboard: {host: 127.0.0.1, port: 8813}",
        "dashboard: {host: 0.0.0.0, public_url: https://sla.acme.example,"
        " trusted_proxies: [10.0.0.7]}",
    )  # fmt: skip
    refused = desk.slasync("check")
    add(desk)

    assert refused.exit_code == 2
    assert "`slasync users add NAME --role admin`" in refused.output
    assert desk.slasync("check").exit_code == 0


def test_a_parked_write_is_given_up_by_name(desk: Desk) -> None:
    desk.arrives()
    desk.work()
    desk.work()
    with database(desk_settings(desk)) as engine, transaction(engine) as unit:
        key = next(v.key for v in unit.outbox.everything() if v.action == "task")
    with database(desk_settings(desk)) as engine, transaction(engine) as unit:
        unit.db.execute(text("UPDATE outbox SET state = 'parked' WHERE key = :key"), {"key": key})
    given_up = desk.slasync("parked", "discard", key, "--why", "test data", "--by", "otto")
    again = desk.slasync("parked", "discard", key)

    assert given_up.output == f"{key} is given up\n"
    assert again.exit_code == 2
    assert "no write is parked" in again.output
