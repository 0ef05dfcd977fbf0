"""`slasync users`: who may use the dashboard, who is logged in, and the audit of both."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, table, utc, warn
from slasync.cli.surroundings import Surroundings, WrongCall, around, config_option, json_option
from slasync.domain.access import Rank, weak, wrong_name
from slasync.domain.counting import so_many
from slasync.store.access import LocalUser
from slasync.store.held import Order
from slasync.store.unit import Unit, reading, retrying
from slasync.web.dashboard.passwords import hashed

ROLES = click.Choice([rank.value for rank in Rank])
LARGEST = 1000  # characters of a file with a password

role_option = click.option("--role", "role", type=ROLES, required=True, help="What they may do.")
password_option = click.option(
    "--password-file",
    type=click.File("r"),
    metavar="FILE",
    help="Read the password from its first line; - is standard input. Else it is asked for.",
)


@click.group()
def users() -> None:
    """Users of the dashboard: made here, never by default, their passwords never shown."""


@users.command()
@click.argument("name")
@role_option
@password_option
@json_option
@config_option
def add(
    *, name: str, role: str, password_file: Any, as_json: bool, config_dir: Path | None
) -> None:
    """Make a user. The password is asked for, or read from a file; it is never an argument."""
    surroundings = around()
    if problem := wrong_name(name):
        raise WrongCall(problem)
    settings = surroundings.settings(config_dir)
    with used_database(settings) as engine:
        with reading(engine) as unit:
            _refuse_twice(name, there=unit.access.user(name) is not None)
        kept, now = hashed(_password(name, password_file)), surroundings.seams.clock.now()
        user = LocalUser(name, Rank(role), kept, now, now)
        made = _do(surroundings, engine, "add", name, lambda u: u.access.add(user), role=role)
        _refuse_twice(name, there=not made)
    _tell(f"{name} may log in as {role}", {"user": name, "role": role}, as_json=as_json)


@users.command("list")
@json_option
@config_option
def list_(*, as_json: bool, config_dir: Path | None) -> None:
    """List local users, and who is logged in."""
    surroundings = around()
    settings, now = surroundings.settings(config_dir), surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        found, sessions = unit.access.users(), unit.access.sessions(now)
    if as_json:
        print_json({
            "users": [{"name": u.name, "role": u.rank.value, "since": u.made_at} for u in found],
            "sessions": [{"who": s.who, "seen": s.seen_at, "address": s.address} for s in sessions],
        })  # fmt: skip
        return
    if found:
        table("Users", ("name", "role", "since"),
              [(u.name, u.rank.value, utc(u.made_at)) for u in found])  # fmt: skip
    else:
        say("There is no local user: `slasync users add NAME --role admin`")
    if sessions:
        table("Logged in", ("who", "since", "last seen", "from"),
              [(s.who, utc(s.begun_at), utc(s.seen_at), s.address) for s in sessions])  # fmt: skip


@users.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
@json_option
@config_option
def role_(*, name: str, role: str, as_json: bool, config_dir: Path | None) -> None:
    """Give a user another role; it holds from the next click on."""

    def change(unit: Unit, at: datetime) -> bool:
        return unit.access.change(name, at, rank=Rank(role))

    _changed(config_dir, "role", name, change, role=role)
    _tell(f"{name} is {role} from now on", {"user": name, "role": role}, as_json=as_json)


@users.command()
@click.argument("name")
@password_option
@json_option
@config_option
def password(*, name: str, password_file: Any, as_json: bool, config_dir: Path | None) -> None:
    """Give a user another password; whoever is logged in by the old one is so no more."""
    kept = hashed(_password(name, password_file))

    def change(unit: Unit, at: datetime) -> bool:
        return unit.access.change(name, at, password=kept)

    _changed(config_dir, "password", name, change)
    _tell(f"{name} has another password", {"user": name}, as_json=as_json)


@users.command()
@click.argument("name")
@json_option
@config_option
def remove(*, name: str, as_json: bool, config_dir: Path | None) -> None:
    """Remove a user, and end all their sessions."""
    _changed(config_dir, "remove", name, lambda unit, _: unit.access.remove(name))
    _tell(f"{name} is removed", {"user": name, "removed": True}, as_json=as_json)


@users.command()
@click.argument("name")
@json_option
@config_option
def logout(*, name: str, as_json: bool, config_dir: Path | None) -> None:
    """End all sessions of a user, by password or by the identity provider."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with used_database(settings) as engine:
        ended = _do(surroundings, engine, "logout", name, lambda unit: unit.access.end_all(name))
    told = so_many(ended, f"session of {name} is", f"sessions of {name} are")
    _tell(f"{told} ended", {"user": name, "ended": ended}, as_json=as_json)


@users.command()
@click.option("--verify", is_flag=True, help="Go through the whole chain; exits 1 if it is broken.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True,
              help="Entries at most, the latest first.")  # fmt: skip
@json_option
@config_option
def audit(*, verify: bool, limit: int, as_json: bool, config_dir: Path | None) -> None:
    """Show who decided or did what; --verify: whether anything was changed afterwards."""
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        found, checked = unit.audit.page(limit), unit.audit.check() if verify else None
    if checked is not None:
        told = {"entries": checked.entries, "head": checked.head, "problem": checked.problem}
        whole = so_many(checked.entries, "entry", "entries")
        words = checked.problem or f"{whole}, none changed; head {checked.head}"
        _tell(words, told, as_json=as_json)
        raise SystemExit(Exit.WRONG if checked.problem else Exit.OK)
    rows = [(e.number, utc(e.deed.at), e.deed.who, e.deed.action, e.deed.target, e.deed.outcome,
             e.deed.address or "command line") for e in found]  # fmt: skip
    columns = ("number", "at", "who", "did", "to", "outcome", "from")
    if as_json:
        details = [{"detail": dict(e.deed.detail)} for e in found]
        entries: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
        print_json({"entries": [row | more for row, more in zip(entries, details, strict=True)]})
    elif rows:
        table("Audit", columns, rows)
    else:
        say("Nothing is in the audit yet.")


def _refuse_twice(name: str, *, there: bool) -> None:
    if there:
        raise WrongCall(
            f"there is a user {name} already; `slasync users password {name}` gives a new password"
        )


def _password(name: str, file: Any) -> str:
    """Read a password, or ask for it twice. Raises WrongCall where it is weak."""
    if file is not None:
        given = file.read(LARGEST).partition("\n")[0].rstrip("\r")
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if problem := weak(given, name):
        raise WrongCall(problem)
    return str(given)


def _changed(
    config_dir: Path | None,
    action: str,
    name: str,
    change: Callable[[Unit, datetime], bool],
    **detail: object,
) -> None:
    """Change a user there is, and note it. Raises WrongCall where there is none."""
    surroundings = around()
    settings, now = surroundings.settings(config_dir), surroundings.seams.clock.now()
    with used_database(settings) as engine:
        if not _do(surroundings, engine, action, name, lambda unit: change(unit, now), **detail):
            raise WrongCall(f"there is no user {name}: `slasync users list`")


def _do(
    surroundings: Surroundings,
    engine: Engine,
    action: str,
    name: str,
    change: Callable[[Unit], int],
    **detail: object,
) -> int:
    """Change something and note it, both or neither; what changed nothing is not noted."""
    order = Order(logged_in(surroundings), surroundings.seams.clock.now())

    def run(unit: Unit) -> int:
        made = change(unit)
        if made:
            note(unit, order, f"users.{action}", name, **detail)
        return made

    return retrying(engine, run)


def _tell(words: str, values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(values)
    elif values.get("problem"):
        warn(words)
    else:
        say(words)
