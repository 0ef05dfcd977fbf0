"""The way in and out: users by name and password; and how each visitor wants pages to look."""

from datetime import datetime

import structlog
from starlette.responses import Response

from slasync.domain.access import FORGOTTEN, FREE_OF_ACCOUNT, FREE_OF_ADDRESS, Rank, let_in_again
from slasync.domain.languages import Language
from slasync.store.access import Session
from slasync.store.unit import Unit, retrying
from slasync.web.dashboard.passwords import fits
from slasync.web.dashboard.tokens import A_YEAR, LANGUAGE, SESSION, THEME, VISIT, kept
from slasync.web.dashboard.visit import THEMES, Visit

log = structlog.get_logger()

LONGEST_GIVEN = 200  # characters of a name or password that are looked at


def show(visit: Visit) -> Response:
    """Show the form; whoever is in already goes on."""
    if visit.person is not None:
        return visit.go("/")
    return _form(visit, 200)


def enter(visit: Visit) -> Response:
    """Let somebody in who knows a user's password. How it failed is told to nobody."""
    if not visit.front.access.local_users:
        return _form(visit, 403, "login.no_local")
    name = visit.form.get("name", "").strip().lower()[:LONGEST_GIVEN]
    until, password_kept = retrying(visit.front.engine, lambda unit: _counted(unit, visit, name))
    if until > visit.now:
        return _form(visit, 429, "login.wait", until)
    password = visit.form.get("password", "")[:LONGEST_GIVEN]
    if not fits(password_kept, password):
        _noted(visit, name, "refused")
        return _form(visit, 401, "login.wrong")
    return admitted(visit, name, None, visit.form.get("then", "/"))


def _form(visit: Visit, status: int, problem: str = "", until: datetime | None = None) -> Response:
    then = visit.form.get("then", visit.query.get("then", ""))
    return visit.page(
        "login.html", status, problem=problem, until=until, then=inside(then),
        local=visit.front.access.local_users, oidc=visit.front.access.oidc is not None,
        name=visit.form.get("name", "")[:LONGEST_GIVEN],
    )  # fmt: skip


def inside(path: str) -> str:
    """Return a path of ours; the start for whatever would lead elsewhere."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\", "/login"))
    return path if safe and path.isprintable() and "\\" not in path else "/"


def _keys(visit: Visit, name: str) -> tuple[tuple[str, int], ...]:
    return (f"account:{name}", FREE_OF_ACCOUNT), (f"address:{visit.way.address}", FREE_OF_ADDRESS)


def _counted(unit: Unit, visit: Visit, name: str) -> tuple[datetime, str | None]:
    """Count this login as one that fails, before it is tried: so many at once are many, too.

    Returns from when on it is tried, and what is kept of the password.
    """
    now, until = visit.now, visit.now
    for key, free in _keys(visit, name):
        before = unit.access.failures(key)
        if before is not None and now - before.last_at < FORGOTTEN:
            until = max(until, let_in_again(before.count, free, before.last_at))
    if until <= now:
        for key, _ in _keys(visit, name):
            unit.access.failed(key, now, now - FORGOTTEN)
    user = unit.access.user(name)
    return until, user.password if user else None


def _noted(visit: Visit, name: str, outcome: str, **detail: object) -> None:
    deed = visit.deed("login", name, outcome, **detail)
    retrying(visit.front.engine, lambda unit: unit.audit.add(deed))
    log.warning("login refused", address=visit.way.address)


def admitted(visit: Visit, name: str, rank: Rank | None, then: str) -> Response:
    """Begin a session under a token that nobody has seen before, and go to the page asked for."""
    front, now = visit.front, visit.now
    token = front.seams.new_id() + front.seams.new_id()
    session = Session(
        token=kept(token),
        who=name,
        rank=rank,
        address=visit.way.address,
        agent=visit.agent,
        begun_at=now,
        seen_at=now,
        ends_at=now + front.access.longest,
    )
    deed = visit.deed("login", name, by="password" if rank is None else "oidc")

    def begin(unit: Unit) -> None:
        if rank is None:  # counted as a failure before the password was looked at
            (account, _), (address, _) = _keys(visit, name)
            unit.access.forgive(account)
            unit.access.take_back(address)
        if visit.person is not None:
            unit.access.end(visit.person.session.token)
        unit.access.begin(session)
        unit.audit.add(deed)

    retrying(front.engine, begin)
    answer = visit.go(inside(then))
    visit.jar.put(answer, SESSION, token, int(front.access.longest.total_seconds()))
    visit.jar.drop(answer, VISIT)
    return answer


def leave(visit: Visit) -> Response:
    """End the session."""
    person = visit.person
    if person is not None:
        deed = visit.deed("logout")

        def end(unit: Unit) -> None:
            unit.access.end(person.session.token)
            unit.audit.add(deed)

        retrying(visit.front.engine, end)
    answer = visit.go("/login")
    visit.jar.drop(answer, SESSION)
    return answer


def look(visit: Visit) -> Response:
    """Keep how the visitor wants pages to look: language, light or dark."""
    answer = visit.go(inside(visit.form.get("then", "/")))
    language, theme = visit.form.get("language", ""), visit.form.get("theme", "")
    if language in list(Language):
        visit.jar.put(answer, LANGUAGE, language, A_YEAR)
    if theme in THEMES:
        visit.jar.put(answer, THEME, theme, A_YEAR)
    return answer
