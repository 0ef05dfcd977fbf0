"""Single records: create, read, change, delete, upsert by an external id."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from slasync.sandbox.salesforce import ids, times, writes
from slasync.sandbox.salesforce.asking import Ask, Reply, modified, unmodified
from slasync.sandbox.salesforce.errors import Trouble, not_allowed, not_found
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import ObjectType, Row
from slasync.sandbox.salesforce.selecting import plain

TAGGED = "Account"  # the only object whose records have an ETag
RETURNS_BODY = 46.0  # from this version on an upsert that updates answers 200 with a body


def create(org: Org, ask: Ask, type_: ObjectType) -> Reply:
    fields = ask.object_body()
    _refuse_named(fields, "Id")
    made = writes.create(org, ask.unit, type_, fields)
    body = {"id": made, "success": True, "errors": []}
    return Reply(201, body, _location(ask, type_, made))


def by_id(org: Org, ask: Ask, type_: ObjectType, text: str) -> Reply:
    """Answer GET, PATCH and DELETE of /sobjects/{type}/{id}."""
    record_id = ids.normal(text)
    known = record_id in org.store(type_).rows
    if record_id is None or (not known and ask.method != "GET"):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {text}")
    if ask.method == "GET":
        row = org.seen(record_id) if known else None
        if row is None:
            raise not_found()
        return _read(ask, type_, row)
    return _written(org, ask, type_, record_id)


def _written(org: Org, ask: Ask, type_: ObjectType, record_id: str) -> Reply:
    if ask.method not in {"PATCH", "DELETE"}:
        raise not_allowed(ask.method, ("HEAD", "GET", "PATCH", "DELETE"))
    row = org.store(type_).rows[record_id]
    match = ask.headers.get("if-match")
    other = type_.name == TAGGED and match is not None and match != tag(row)
    heeded = org.switches.preconditions
    if other or (heeded and not unmodified(ask, row)):
        return Reply(412, None, {"Last-Modified": times.http_date(modified(row))})
    if ask.method == "PATCH":
        fields = ask.object_body()
        _refuse_named(fields, "Id")
        writes.update(org, ask.unit, type_, record_id, fields)
    else:
        writes.delete(org, ask.unit, type_, record_id)
    return Reply(204)


def _read(ask: Ask, type_: ObjectType, row: Row) -> Reply:
    headers = {}
    if "LastModifiedDate" in row or "SystemModstamp" in row:
        at = modified(row)
        headers = {"Last-Modified": times.http_date(at)}
        if type_.name == TAGGED:
            headers["ETag"] = tag(row)
        since = times.from_http(ask.headers.get("if-modified-since", ""))
        known = ask.headers.get("if-none-match") == headers.get("ETag", "")
        if known or (since is not None and at <= since):
            return Reply(304, None, headers)
    names = chosen(type_, ask.params.get("fields"))
    return Reply(200, plain(type_, names, ask.base)(row), headers)


def tag(row: Row) -> str:
    """Return the ETag of a version of a row."""
    digest = sha256(repr(sorted(row.items())).encode()).digest()
    return f'"{b64encode(digest).decode()}"'


def chosen(type_: ObjectType, fields: str | None) -> list[str]:
    """Return the named fields in the schema's spelling, all where none is named. Raises."""
    if not fields:
        return list(type_.fields)
    found = []
    for name in fields.split(","):
        field = type_.find(name.strip())
        if field is None:
            text = f"No such column '{name.strip()}' on sobject of type {type_.name}"
            raise Trouble("INVALID_FIELD", text)
        found.append(field.name)
    return found


def by_key(org: Org, ask: Ask, type_: ObjectType, name: str, value: str) -> Reply:
    """Answer GET, PATCH (upsert) and DELETE of /sobjects/{type}/{field}/{value}."""
    rows = writes.named(org, type_, name, value)
    if len(rows) > 1:
        return Reply(300, [f"{ask.base}/sobjects/{type_.name}/{r['Id']}" for r in rows])
    if ask.method == "PATCH":
        return _upsert(org, ask, type_, name, value, rows)
    if not rows:
        raise not_found()
    if ask.method == "GET":
        row = org.seen(rows[0]["Id"])
        if row is None:
            raise not_found()
        return _read(ask, type_, row)
    return _written(org, ask, type_, rows[0]["Id"])


def _upsert(  # noqa: PLR0913, PLR0917 - the parts of the URL and what they lead to
    org: Org, ask: Ask, type_: ObjectType, name: str, value: str, rows: list[Row]
) -> Reply:
    body = ask.object_body()
    _refuse_named(body, name)
    if rows and not unmodified(ask, rows[0]):
        return Reply(412, None, {"Last-Modified": times.http_date(modified(rows[0]))})
    if not rows and (name.lower() == "id" or ask.params.get("updateOnly", "").lower() == "true"):
        raise not_found()
    record_id = upserted(org, ask, type_, rows, {name: value}, body)
    answer = {"id": record_id, "success": True, "errors": [], "created": not rows}
    if rows and float(ask.version.lstrip("v")) < RETURNS_BODY:
        return Reply(204)
    return Reply(200 if rows else 201, answer, _location(ask, type_, record_id))


def _refuse_named(fields: dict[str, Any], name: str) -> None:
    """Refuse a body that names what the URL, or Salesforce itself, says already."""
    if name.lower() in {key.lower() for key in fields}:
        text = f"The {name} field should not be specified in the sobject data."
        raise Trouble("INVALID_FIELD", text, (name,))


def upserted(  # noqa: PLR0913, PLR0917 - what was found and what is to be written
    org: Org, ask: Ask, type_: ObjectType, rows: list[Row], key: Row, body: dict[str, Any]
) -> str:
    """Update the one record found or create it with its key. Return the id."""
    if not rows:
        return writes.create(org, ask.unit, type_, body | key)
    writes.update(org, ask.unit, type_, rows[0]["Id"], body)
    return str(rows[0]["Id"])


def _location(ask: Ask, type_: ObjectType, record_id: str) -> dict[str, str]:
    return {"Location": f"{ask.base}/sobjects/{type_.name}/{record_id}"}
