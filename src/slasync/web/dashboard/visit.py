"""One request, and who makes it: what a page is given, and the ways in which it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from slasync.domain.access import Rank
from slasync.domain.audit import Deed
from slasync.domain.explaining.tongue import Tongue
from slasync.domain.languages import Language
from slasync.store.access import Session
from slasync.store.unit import reading, retrying
from slasync.web.dashboard.drawing import drawn
from slasync.web.dashboard.front import Front
from slasync.web.dashboard.guard import Came
from slasync.web.dashboard.languages import Speech, chosen
from slasync.web.dashboard.tokens import LANGUAGE, SESSION, THEME, VISIT, Jar, csrf, kept

THEMES = ("system", "light", "dark")
SEEN_EVERY = timedelta(minutes=1)
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
LIVE = "x-live"
"""A page asks so for its own news: that does not make anybody less idle."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is logged in."""

    name: str
    rank: Rank
    session: Session

    def may(self, rank: Rank) -> bool:
        return self.rank.may(rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request."""

    front: Front
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    way: Came
    jar: Jar
    token: str  # of the session, else of the browser
    person: Person | None
    speech: Speech
    theme: str
    live: bool = False
    fresh: bool = False  # the browser had no token yet
    agent: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def tongue(self) -> Tongue:
        """How a lead's story is told to the visitor."""
        return Tongue(self.speech.language, self.speech.zone)

    @property
    def now(self) -> datetime:
        return self.speech.now

    @property
    def form_token(self) -> str:
        return csrf(self.token)

    def may(self, rank: str) -> bool:
        """Tell whether the visitor may do what needs a rank."""
        return self.person is not None and self.person.may(Rank(rank))

    def page(self, template: str, status: int = 200, **told: object) -> Response:
        """Answer with a page."""
        answer = HTMLResponse(drawn(self, template, told), status)
        if self.fresh:
            self.jar.put(answer, VISIT, self.token)
        return answer

    def go(self, path: str, **query: object) -> Response:
        """Send the visitor on, to a page of ours."""
        asked = f"?{urlencode({k: v for k, v in query.items() if v != ''})}" if query else ""
        return RedirectResponse(f"{path}{asked}", 303)

    def deed(self, action: str, target: str = "", outcome: str = "done", **detail: object) -> Deed:
        """Say what the visitor does, for the audit."""
        return Deed(
            at=self.now,
            who=self.person.name if self.person else "",
            action=action,
            target=target,
            outcome=outcome,
            address=self.way.address,
            detail=detail,
        )


def visit_of(front: Front, request: Request, body: bytes) -> Visit:
    """Make a visit of a request; asks the database who it is."""
    way: Came = request.scope["slasync.came"]
    jar = Jar(secure=way.scheme == "https")
    now = front.seams.clock.now()
    cookies = dict(request.cookies)
    session = jar.read(cookies, SESSION)
    live = LIVE in request.headers
    person = person_of(front, session, now, live=live) if session else None
    visit = jar.read(cookies, VISIT)
    language = chosen(jar.read(cookies, LANGUAGE), request.headers.get("accept-language", ""))
    theme = jar.read(cookies, THEME)
    return Visit(
        front=front,
        path=request.url.path,
        query=dict(request.query_params),
        form={k: v[-1] for k, v in parse_qs(body.decode("utf-8", "replace")).items()},
        way=way,
        jar=jar,
        token=session if person else visit or front.seams.new_id(),
        person=person,
        speech=Speech(Language(language), front.zone, now),
        theme=theme if theme in THEMES else THEMES[0],
        live=live,
        fresh=person is None and not visit,
        agent=request.headers.get("user-agent", "")[:120],
        cookies=cookies,
    )


def person_of(front: Front, token: str, now: datetime, *, live: bool) -> Person | None:
    """Return who a session is of; None where it has ended, was idle, or its user is gone."""
    with reading(front.engine) as unit:
        session = unit.access.session(kept(token))
        if session is None or now >= session.ends_at:
            return None
        if now - session.seen_at >= front.access.idle:
            return None
        rank = session.rank
        if rank is None:
            user = unit.access.user(session.who) if front.access.local_users else None
            rank = user.rank if user else None
        elif front.access.oidc is None:
            return None
    if rank is None:
        return None
    if not live and now - session.seen_at >= SEEN_EVERY:
        retrying(front.engine, lambda unit: unit.access.seen(session.token, now))
    return Person(session.who, rank, session)
