"""Faults that can be switched on by path and probability.

Those that can be done around a request (`Faults.around`) are done here. Those that happen inside
a system (one row of a batch refused, a row that becomes visible late) are asked for by it.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from slasync.sandbox.http import Handle, Request, Reset, Response, TimedOut


class Kind(StrEnum):
    TOO_MANY = "too_many"  # the vendor's own rate-limit answer
    SERVER_ERROR = "server_error"  # 503 with the vendor's own body
    TIMEOUT_BEFORE = "timeout_before"  # no answer, nothing applied
    TIMEOUT_AFTER = "timeout_after"  # no answer, applied
    RESET_AFTER = "reset_after"  # connection cut after it was applied
    LATE = "late"  # no answer; applied after `delay`, when the client has given up
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a name; the session is ended first
    HTML = "html"  # an HTML page with 200
    TRUNCATED = "truncated"  # the body ends in the middle, the write applied
    ROW_REFUSED = "row_refused"  # one row of a batch fails, permanently
    ROW_LOCKED = "row_locked"  # one row of a batch is locked by somebody else
    LATE_VISIBLE = "late_visible"  # a row commits `delay` after its stamp


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault: `kind` happens with `probability` to requests whose "METHOD /path" matches.

    For faults inside a system, `path` is matched against "system/object".
    """

    kind: Kind
    path: str = ".*"
    probability: float = 1.0
    delay: timedelta = timedelta(minutes=1)
    times: int | None = None  # at most so often; None: no end


AROUND = {
    Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER,
    Kind.LATE, Kind.TOKEN_EXPIRED, Kind.HTML, Kind.TRUNCATED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VendorAnswers:
    """How one system words the faults that every system has."""

    too_many: Callable[[Request], Response]
    server_error: Callable[[Request], Response]
    expire_tokens: Callable[[], None]
    later: Callable[[timedelta, Callable[[], None]], None]  # put on the agenda


class Faults:
    """The rules in force, and how often each fired."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self.fired: dict[Rule, int] = {}

    def switch_on(self, *rules: Rule) -> None:
        self._rules.extend(rules)

    def take_off(self, rule: Rule) -> None:
        """Forget one rule, if it is in force; how often it fired is still known."""
        if rule in self._rules:
            self._rules.remove(rule)

    def switch_off(self) -> None:
        """Forget all rules and how often each fired."""
        self._rules.clear()
        self.fired.clear()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules)

    def around(
        self, request: Request, handle: Handle, vendor: VendorAnswers, chance: random.Random
    ) -> Response:
        """Answer `request` by `handle`, or by the first fault that strikes."""
        name = f"{request.method} {request.path}"
        rule = self._strike(AROUND, name, chance)
        if rule is None:
            return handle(request)
        return _do(rule, request, handle, vendor)

    def row(self, system: str, object_name: str, chance: random.Random) -> Kind | None:
        """Tell whether this row of a write is struck by ROW_REFUSED or ROW_LOCKED."""
        rule = self._strike({Kind.ROW_REFUSED, Kind.ROW_LOCKED}, f"{system}/{object_name}", chance)
        return None if rule is None else rule.kind

    def visible_after(self, system: str, object_name: str, chance: random.Random) -> timedelta:
        """Tell how long after its stamp this write can be seen by readers."""
        rule = self._strike({Kind.LATE_VISIBLE}, f"{system}/{object_name}", chance)
        return rule.delay if rule else timedelta(0)

    def _strike(self, kinds: set[Kind], name: str, chance: random.Random) -> Rule | None:
        for rule in self._rules:
            if rule.kind not in kinds or not re.search(rule.path, name):
                continue
            if rule.times is not None and self.fired.get(rule, 0) >= rule.times:
                continue
            if chance.random() < rule.probability:
                self.fired[rule] = self.fired.get(rule, 0) + 1
                return rule
        return None


def _do(rule: Rule, request: Request, handle: Handle, vendor: VendorAnswers) -> Response:
    match rule.kind:
        case Kind.TOO_MANY:
            return vendor.too_many(request)
        case Kind.SERVER_ERROR:
            return vendor.server_error(request)
        case Kind.TIMEOUT_BEFORE:
            raise TimedOut
        case Kind.TIMEOUT_AFTER:
            handle(request)
            raise TimedOut
        case Kind.RESET_AFTER:
            handle(request)
            raise Reset
        case Kind.LATE:
            vendor.later(rule.delay, lambda: _ignore(handle(request)))
            raise TimedOut
        case Kind.TOKEN_EXPIRED:
            vendor.expire_tokens()
            return handle(request)
        case Kind.HTML:
            page = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"
            return Response(200, (("Content-Type", "text/html; charset=utf-8"),), page)
        case _:
            whole = handle(request)
            return Response(whole.status, whole.headers, whole.body[: len(whole.body) // 2])


def _ignore(_: Response) -> None:
    """Nobody waits for the answer of a request that was given up."""
