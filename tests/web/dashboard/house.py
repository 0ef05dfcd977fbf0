"""A dashboard over a small company that really worked, and visitors who come to it."""

import re
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine
from starlette.testclient import TestClient

from slasync.cli.surroundings import Surroundings
from slasync.clock import Seams
from slasync.domain.access import Rank
from slasync.rehearsal.driver import DrivenClock
from slasync.rehearsal.stage import in_process
from slasync.sandbox.time import Driven
from slasync.serving import Serving, snapshot
from slasync.settings import Settings
from slasync.settings.access import Dashboard
from slasync.showing import front
from slasync.store.access import LocalUser
from slasync.store.engine import open_engine
from slasync.store.unit import transaction
from slasync.web.dashboard.app import dashboard_app
from slasync.web.dashboard.front import Front
from slasync.web.dashboard.passwords import hashed
from slasync.web.dashboard.tokens import SESSION
from tests.cli.desk import Desk

ORIGIN = "http://127.0.0.1:8813"
PASSWORD = "correct horse battery"
KEPT = hashed(PASSWORD)
PEOPLE = {"vera": Rank.VIEWER, "otto": Rank.OPERATOR, "alma": Rank.ADMIN}
NOTHING: Mapping[str, str] = MappingProxyType({})
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass
class Visitor:
    """A browser, without the browser."""

    client: TestClient
    last: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Any:
        answer = self.client.get(path, headers=self.headers | headers)
        self.last = answer.text
        return answer

    def post(self, path: str, form: Mapping[str, str] = NOTHING, **headers: str) -> Any:
        """Send a form as a page of the dashboard would."""
        token = TOKEN.search(self.last)
        fields = {"form_token": token[1] if token else ""} | dict(form)
        sent = {"Origin": ORIGIN} | self.headers | headers
        return self.client.post(path, data=fields, headers=sent)

    def text(self, path: str) -> str:
        """Return what a page says, without its tags."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return said(answer.text)

    def login(self, name: str, password: str = PASSWORD) -> Any:
        self.get("/login")
        return self.post("/login", {"name": name, "password": password})


def said(page: str) -> str:
    """Return the words of a page."""
    main = page.partition("<main")[2] or page
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


@dataclass
class House:
    """The dashboard, and everything behind it."""

    driven: Driven
    settings: Settings
    engine: Engine
    front: Front
    origin: str = ORIGIN

    def stranger(self, **headers: str) -> Visitor:
        app = dashboard_app(self.front)
        client = TestClient(
            app, base_url=self.origin, follow_redirects=False, client=("127.0.0.1", 1)
        )
        return Visitor(client, headers=headers)

    def visitor(self, name: str, **headers: str) -> Visitor:
        """Let somebody in."""
        visitor = self.stranger(**headers)
        answer = visitor.login(name)
        assert answer.status_code == 303, said(answer.text)
        assert any(SESSION in cookie for cookie in visitor.client.cookies)
        return visitor

    def wait(self, span: timedelta) -> None:
        self.driven.advance_to(self.driven.now() + span)

    def with_access(self, **changes: Any) -> "House":
        access = replace(self.front.access, **changes)
        return replace(self, front=replace(self.front, access=access))


def a_house(desk: Desk, database: Path, closing: ExitStack, *, people: bool = True) -> House:
    """Open the dashboard over a copy of what a desk has done, on a clock of its own."""
    shutil.copy(desk.home / "slasync.db", database)
    engine = open_engine(f"sqlite:///{database}", durable=False)
    closing.callback(engine.dispose)
    settings, driven = desk_settings(desk), Driven(desk.driven.now())
    seams = Seams(clock=DrivenClock(driven))
    connectors = in_process(settings, desk.town, seams, closing)
    serving = Serving(settings, engine, seams, connectors)
    access = settings.listeners.dashboard or Dashboard()
    made = front(settings, access, engine, seams, lambda unit: snapshot(serving, unit))
    if people:
        now = driven.now()
        with transaction(engine) as unit:
            for name, rank in PEOPLE.items():
                unit.access.add(LocalUser(name, rank, KEPT, now, now))
    return House(driven, settings, engine, made)


def desk_settings(desk: Desk) -> Settings:
    return Surroundings(desk.environ, desk.seams).settings(None)
