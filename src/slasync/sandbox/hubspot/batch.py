"""The calls on up to 100 records: each row has its own outcome, and rows come back in any order."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from slasync.sandbox.hubspot import rules, shapes, stamps
from slasync.sandbox.hubspot.call import Answer, Call, objects_of, texts_of
from slasync.sandbox.hubspot.errors import Json, Problem, bad, not_found
from slasync.sandbox.hubspot.objects import (
    as_id,
    find,
    properties_of,
    read_ties,
    strike,
    tie,
)
from slasync.sandbox.hubspot.record import Record
from slasync.sandbox.hubspot.shapes import View

MOST = 100
_TRACE = "objectWriteTraceId"
Row = Mapping[str, Any]
Make = Callable[[], Json]


class _Partial(Exception):
    """One row's problem that leaves the others alone, with the context that names the row."""

    def __init__(self, problem: Problem, context: Mapping[str, list[str]]) -> None:
        super().__init__(str(problem))
        self.entry = problem.row(context)


def read(call: Call) -> Answer:
    """POST .../batch/read: unknown ids come back as errors, with 207."""
    portal, kind, body = call.portal, call.kind, call.body()
    by = str(body.get("idProperty") or "")
    if call.truth("archived"):
        archived = portal.table(kind).archived
        found = {_key(row): archived.get(as_id(_key(row))) for row in _inputs(body)}
    else:
        keys = [_key(row) for row in _inputs(body)]
        found = {key: find(portal, kind, key, by) for key in keys}
    show = shapes.reader(portal, kind, _view(body))
    shown = {row.id: row for row in found.values() if row}  # two old ids may be one record
    missing = [key for key, row in found.items() if row is None]
    errors = [_not_found(missing)] if missing else []
    return _answer(call, [show(row) for row in shown.values()], errors)


def create(call: Call) -> Answer:
    """POST .../batch/create: 207 only when every row has a trace id, else all or none."""
    portal, kind = call.portal, call.kind
    rows = _inputs(call.body())
    _refuse_repeated_emails(call, rows)

    def prepared(row: Row) -> Make:
        strike(portal, kind)
        values = rules.check_create(portal, kind, properties_of(row), call.origin)
        ties = read_ties(portal, kind, objects_of(row, "associations"))

        def make() -> Json:
            record = rules.create(portal, kind, values, call.origin)
            tie(portal, kind, record, ties)
            return _traced(row, shapes.created(portal, kind, record))

        return make

    return _write(call, rows, prepared, HTTPStatus.CREATED)


def update(call: Call) -> Answer:
    """POST .../batch/update: ids that do not exist are errors of their rows."""
    portal, kind = call.portal, call.kind
    rows = _inputs(call.body())
    _refuse_repeated("IDs", [_key(row) for row in rows])
    _refuse_repeated_emails(call, rows)

    def prepared(row: Row) -> Make:
        record = find(portal, kind, _key(row), str(row.get("idProperty") or ""))
        if record is None:
            raise _Partial(not_found("Could not get some objects"), {"ids": [_key(row)]})
        try:
            strike(portal, kind)
        except Problem as problem:
            raise _Partial(problem, {"ids": [_key(row)]}) from None
        return _updating(call, row, record)

    return _write(call, rows, prepared, HTTPStatus.OK)


def upsert(call: Call) -> Answer:
    """POST .../batch/upsert: by e-mail or another unique property; results say `new`."""
    portal, kind = call.portal, call.kind
    rows = _inputs(call.body())
    _refuse_repeated("IDs", [_key(row).lower() for row in rows])

    def prepared(row: Row) -> Make:
        by = str(row.get("idProperty") or "")
        if by in {"", "hs_object_id"}:
            raise bad("idProperty must name a unique property for upsert")
        record = find(portal, kind, _key(row), by)
        strike(portal, kind)
        if record is not None:
            make = _updating(call, row, record)
            return lambda: make() | {"new": False}
        given = {by: _key(row), **properties_of(row)}
        values = rules.check_create(portal, kind, given, call.origin)

        def make_new() -> Json:
            made = rules.create(portal, kind, values, call.origin)
            return _traced(row, shapes.created(portal, kind, made)) | {"new": True}

        return make_new

    return _write(call, rows, prepared, HTTPStatus.OK)


def archive(call: Call) -> Answer:
    """POST .../batch/archive: 204, whatever is there."""
    portal, kind = call.portal, call.kind
    for row in _inputs(call.body()):
        record = portal.table(kind).find(as_id(_key(row)))
        if record is not None:
            rules.archive(portal, kind, record, call.origin)
    return Answer(HTTPStatus.NO_CONTENT)


def _updating(call: Call, row: Row, record: Record) -> Make:
    portal, kind = call.portal, call.kind
    given = properties_of(row)
    values = rules.check_update(portal, kind, record, given, call.origin)

    def make() -> Json:
        current = portal.table(kind).live[record.id]  # an earlier row may have changed it
        new = rules.update(portal, kind, current, values, call.origin)
        body = shapes.updated(portal, kind, record, new, given)
        return _traced(row, shapes.without_id(kind, body))

    return make


def _write(
    call: Call, rows: list[Row], prepared: Callable[[Row], Make], status: HTTPStatus
) -> Answer:
    """Check every row, then write those that may be written."""
    traced = all(row.get(_TRACE) for row in rows)
    makes: list[Make] = []
    errors: list[Json] = []
    for row in rows:
        try:
            makes.append(prepared(row))
        except _Partial as partial:
            errors.append(partial.entry)
        except Problem as problem:
            if not traced:
                raise
            errors.append(problem.row({_TRACE: [str(row[_TRACE])]}))
    return _answer(call, [make() for make in makes], errors, status)


def _answer(
    call: Call, results: list[Json], errors: list[Json], status: HTTPStatus = HTTPStatus.OK
) -> Answer:
    """Wrap up the rows, shuffled; with errors it is 207."""
    portal = call.portal
    portal.world.chance("hubspot.shuffle").shuffle(results)
    now = stamps.iso(portal.now)
    body: Json = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not errors:
        return Answer(status, body)
    body |= {"numErrors": len(errors), "errors": errors}
    return Answer(HTTPStatus.MULTI_STATUS, body)


def _inputs(body: Row) -> list[Row]:
    inputs: list[Row] = [*objects_of(body, "inputs")]
    if not inputs:
        raise bad("inputs must not be empty")
    if len(inputs) > MOST:
        raise bad(f"The maximum number of inputs in a batch request is {MOST}")
    return inputs


def _key(row: Row) -> str:
    if "id" not in row:
        raise bad("Invalid input JSON: every input needs an id")
    return str(row["id"])


def _refuse_repeated(what: str, keys: Iterable[str]) -> None:
    repeated = sorted(key for key, times in Counter(keys).items() if key and times > 1)
    if repeated:
        raise bad(f"Duplicate {what} found in batch input: {repeated}. {what} must be unique")


def _refuse_repeated_emails(call: Call, rows: list[Row]) -> None:
    if call.kind.name == "contacts":
        given = (str(properties_of(row).get("email") or "") for row in rows)
        _refuse_repeated("email", [address.lower() for address in given])


def _not_found(keys: list[str]) -> Json:
    return not_found("Could not get some objects, they may be deleted or not exist.").row(
        {"ids": keys}
    )


def _traced(row: Row, body: Json) -> Json:
    return body | ({_TRACE: row[_TRACE]} if row.get(_TRACE) else {})


def _view(body: Row) -> View:
    return View(texts_of(body, "properties"), texts_of(body, "propertiesWithHistory"))
