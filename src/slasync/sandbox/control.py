"""What testers and operators of a sandbox may see and switch, over HTTP under /_sandbox/.

    GET    now                      the sandbox's time, and how fast it passes
    GET    journal?since=N          writes applied after number N, at most `limit` of them
    GET    faults                   rules in force, and how often each struck
    POST   faults                   switch one rule (or a list of them) on
    DELETE faults                   switch all off
    GET    people                   who works here, and their habits
    POST   people                   change somebody's habits: {"name": "ana", "diligence": 0.1}
    GET    fields?system=&object=   the fields that can be loaded
    POST   load                     rows for one object, see `loading.Batch`

Every call needs the token that `slasync sandbox up` prints: Authorization: Bearer TOKEN.
"""

import hmac
from collections.abc import Callable
from itertools import islice
from typing import Any

from slasync.sandbox import wire
from slasync.sandbox.faults import Rule
from slasync.sandbox.http import Request, Response, json_response
from slasync.sandbox.loading import Loader, Refusal
from slasync.sandbox.people import Staff
from slasync.sandbox.wire import Malformed
from slasync.sandbox.world import World

ROOT = "/_sandbox/"
MOST_ENTRIES = 10_000
Action = Callable[[Request], Any]


class Control:
    """One sandbox's control endpoint; `handle` is served like a vendor's."""

    def __init__(
        self, world: World, staff: Staff, loader: Loader, *, token: str, speed: float = 1.0
    ) -> None:
        self._world = world
        self._staff = staff
        self._loader = loader
        self._token = token
        self._speed = speed
        self._rules: list[Rule] = []  # switched on from here
        self._actions: dict[tuple[str, str], Action] = {
            ("GET", "now"): self._now,
            ("GET", "journal"): self._journal,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._switch_on,
            ("DELETE", "faults"): self._switch_off,
            ("GET", "people"): self._people,
            ("POST", "people"): self._change,
            ("GET", "fields"): self._fields,
            ("POST", "load"): self._load,
        }

    def handle(self, request: Request) -> Response:
        """Answer one call: 200, or 400, 401, 404 with {"error": ...}."""
        given = request.header("Authorization") or ""
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return json_response(401, {"error": "the token is missing or wrong"})
        action = self._actions.get((request.method, request.path.removeprefix(ROOT)))
        if action is None:
            known = sorted(f"{method} {ROOT}{name}" for method, name in self._actions)
            return json_response(404, {"error": f"there is only {', '.join(known)}"})
        try:
            return json_response(200, action(request))
        except (Malformed, Refusal) as error:
            return json_response(400, {"error": str(error)})

    def _now(self, _: Request) -> Any:
        return {"now": wire.instant(self._world.now()), "speed": self._speed}

    def _journal(self, request: Request) -> Any:
        since = wire.number(request.query.get("since", "0"))
        limit = min(wire.number(request.query.get("limit", str(MOST_ENTRIES))), MOST_ENTRIES)
        entries = [wire.entry(e) for e in islice(self._world.journal.entries(since), limit)]
        return {
            "entries": entries,
            "next": entries[-1]["number"] if entries else since,
            "total": len(self._world.journal),
        }

    def _faults(self, _: Request) -> Any:
        struck = self._world.faults.fired
        return {"rules": [wire.rule(r) | {"struck": struck.get(r, 0)} for r in self._rules]}

    def _switch_on(self, request: Request) -> Any:
        given = wire.body(request)
        rules = [wire.to_rule(each) for each in (given if isinstance(given, list) else [given])]
        for rule in rules:
            self._world.faults.fired.pop(rule, None)  # else `times` counts what struck before
        self._world.faults.switch_on(*rules)
        self._rules += rules
        return self._faults(request)

    def _switch_off(self, request: Request) -> Any:
        self._world.faults.switch_off()
        self._rules.clear()
        return self._faults(request)

    def _people(self, _: Request) -> Any:
        return {"people": [wire.person(p) for p in self._staff.people]}

    def _change(self, request: Request) -> Any:
        given = wire.body(request)
        name = given.get("name") if isinstance(given, dict) else None
        person = next((p for p in self._staff.people if p.name == name), None)
        if person is None:
            names = ", ".join(p.name for p in self._staff.people)
            raise Malformed(f"name must be one of {names}")
        self._staff.change(wire.changed(person, {k: v for k, v in given.items() if k != "name"}))
        return self._people(request)

    def _fields(self, request: Request) -> Any:
        query = request.query
        return {"fields": self._loader.fields(query.get("system", ""), query.get("object", ""))}

    def _load(self, request: Request) -> Any:
        loaded = self._loader.load(wire.to_batch(wire.body(request)))
        return {"created": loaded.created, "updated": loaded.updated}
