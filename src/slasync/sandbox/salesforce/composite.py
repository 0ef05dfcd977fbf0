"""Several requests in one: composite (with references), batch and graph."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from slasync.sandbox.salesforce import collections
from slasync.sandbox.salesforce.asking import Ask, Reply, listed
from slasync.sandbox.salesforce.errors import Trouble

MOST_PARTS = 25
MOST_HEAVY = 5  # queries and collections among them
MOST_NODES, MOST_GRAPHS = 500, 75
REFERENCE = re.compile(r"@\{(\w+)((?:\.|\[)[^}]*)?\}")
STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
INHERITED = {"accept", "authorization", "content-type"}
HALTED = "The transaction was rolled back since another operation in the same transaction failed."
Answer = Callable[[Ask], Reply]
OK = range(200, 400)


@dataclass(slots=True)
class Parts:
    """The parts of one composite as far as they have been answered."""

    ask: Ask
    answer: Answer
    together: bool  # all or none
    bodies: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False

    def run(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        start = self.ask.unit.mark()
        for request in requests:
            reference = request["referenceId"]
            if self.broken and self.together:
                self.items.append(_item(halted(), reference))
                continue
            reply, failed = self._one(request)
            self.broken = self.broken or failed
            self.bodies[reference] = None if failed else reply.body
            self.items.append(_item(reply, reference))
        if self.broken and self.together:
            self.ask.unit.rollback(start)
            self.items = [
                _item(halted(), i["referenceId"]) if i["httpStatusCode"] in OK else i
                for i in self.items
            ]
        return self.items

    def _one(self, request: dict[str, Any]) -> tuple[Reply, bool]:
        """Return a part's answer, and whether it failed."""
        try:
            url = self._filled(request["url"], in_url=True)
            body = self._filled(request.get("body"))
            headers = self._filled(request.get("httpHeaders") or {})
            part = self.ask.part(request["method"], url, headers, body)
        except Trouble as trouble:
            return Reply(trouble.status, trouble.body()), True
        reply = self.answer(part)
        if (
            self.together
            and part.path[:2] == ("composite", "sobjects")
            and collections.failed(reply)
        ):
            return Reply(400, reply.body), True
        return reply, reply.status not in OK

    def _filled(self, value: Any, *, in_url: bool = False) -> Any:
        """Put the results of earlier parts in the place of references to them."""
        if isinstance(value, dict):
            return {k: self._filled(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._filled(v) for v in value]
        if not isinstance(value, str) or "@{" not in value:
            return value
        whole = REFERENCE.fullmatch(value)
        if whole and not in_url:
            return self._found(whole)
        return REFERENCE.sub(lambda m: _text(self._found(m), in_url=in_url), value)

    def _found(self, match: re.Match[str]) -> Any:
        found: Any = self.bodies.get(match[1])
        way = match[2] or ""
        for step in STEP.finditer(way):
            try:
                found = found[int(step[1])] if step[1] else found[step[2]]
            except (KeyError, IndexError, TypeError):
                found = None
        if found is None:
            name = way.lstrip(".")
            text = (
                f"Invalid reference specified. No value for {match[1]}.{name} found in {match[1]}"
            )
            raise Trouble("PROCESSING_HALTED", text)
        return found


def _text(value: Any, *, in_url: bool) -> str:
    return quote(str(value), safe="") if in_url else str(value)


def halted() -> Reply:
    return Reply(400, Trouble("PROCESSING_HALTED", HALTED).body())


def _item(reply: Reply, reference: str) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": reply.headers,
        "httpStatusCode": reply.status,
        "referenceId": reference,
    }


def composite(ask: Ask, answer: Answer) -> Reply:
    """Answer POST /composite."""
    body = ask.object_body()
    requests = _checked(body.get("compositeRequest"))
    if len(requests) > MOST_PARTS:
        raise Trouble("LIMIT_EXCEEDED", f"No more than {MOST_PARTS} subrequests are allowed")
    heavy = [r for r in requests if re.search(r"/(query(All)?\b|composite/sobjects)", r["url"])]
    if len(heavy) > MOST_HEAVY:
        text = f"No more than {MOST_HEAVY} query or collection subrequests are allowed"
        raise Trouble("LIMIT_EXCEEDED", text)
    parts = Parts(ask, answer, body.get("allOrNone") is True)
    return Reply(200, {"compositeResponse": parts.run(requests)})


def _checked(value: Any) -> list[dict[str, Any]]:
    requests = listed(value, "method", "url", "referenceId")
    if not requests:
        raise Trouble("INVALID_INPUT", "compositeRequest must hold at least one subrequest")
    names: set[str] = set()
    for request in requests:
        name = request["referenceId"]
        if not re.fullmatch(r"\w+", name, re.ASCII) or name in names:
            text = f"Duplicate or malformed referenceId provided: {name}"
            raise Trouble("INVALID_INPUT", text)
        names.add(name)
        _check_headers(request.get("httpHeaders") or {})
    return requests


def _check_headers(headers: Any) -> None:
    if not isinstance(headers, dict):
        raise Trouble("JSON_PARSER_ERROR", "httpHeaders must be an object")
    taken = [h for h in headers if h.lower() in INHERITED]
    if taken:
        raise Trouble("INVALID_INPUT", f"Header cannot be set in a subrequest: {taken[0]}")


def graph(ask: Ask, answer: Answer) -> Reply:
    """Answer POST /composite/graph: each graph is all or nothing on its own."""
    graphs = listed(ask.object_body().get("graphs"), "graphId")
    every = [_checked(each.get("compositeRequest")) for each in graphs]
    nodes = sum(map(len, every))
    if nodes > MOST_NODES or len(graphs) > MOST_GRAPHS:
        text = f"No more than {MOST_NODES} nodes in {MOST_GRAPHS} graphs are allowed"
        raise Trouble("LIMIT_EXCEEDED", text)
    answers = []
    for each, requests in zip(graphs, every, strict=True):
        parts = Parts(ask, answer, together=True)
        items = parts.run(requests)
        answers.append(
            {
                "graphId": each["graphId"],
                "graphResponse": {"compositeResponse": items},
                "isSuccessful": not parts.broken,
            }
        )
    return Reply(200, {"graphs": answers})


def batch(ask: Ask, answer: Answer) -> Reply:
    """Answer POST /composite/batch: independent requests, without references."""
    body = ask.object_body()
    requests = listed(body.get("batchRequests"), "method", "url")
    if len(requests) > MOST_PARTS:
        raise Trouble("LIMIT_EXCEEDED", f"No more than {MOST_PARTS} subrequests are allowed")
    results: list[dict[str, Any]] = []
    for request in requests:
        broken = any(r["statusCode"] not in OK for r in results)
        if broken and body.get("haltOnError") is True:
            text = "Batch processing halted per request"
            halt = Trouble("BATCH_PROCESSING_HALTED", text).body()
            results.append({"statusCode": 412, "result": halt})
            continue
        url = f"/services/data/{request['url'].lstrip('/').removeprefix('services/data/')}"
        part = ask.part(request["method"], url, {}, request.get("richInput"))
        reply = answer(part)
        results.append({"statusCode": reply.status, "result": reply.body})
    failed = any(r["statusCode"] not in OK for r in results)
    return Reply(200, {"hasErrors": failed, "results": results})
