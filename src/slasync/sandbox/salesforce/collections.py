"""Up to 200 records in one call, each with a result of its own, in the order of the request."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from slasync.sandbox.salesforce import crud, ids, writes
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.errors import Trouble, not_allowed, not_found
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import ObjectType
from slasync.sandbox.salesforce.selecting import plain

MOST = 200
MOST_CHUNKS = 10
MOST_READ = 2_000
Record = dict[str, Any]
Result = dict[str, Any]
ROLLED_BACK = Trouble(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",  # noqa: E501 - the vendor's sentence
)


def answer(org: Org, ask: Ask) -> Reply:
    """Answer /composite/sobjects and what lies below it."""
    below = ask.path[2:]
    if not below and ask.method in {"POST", "PATCH"}:
        return _many(org, ask, _created if ask.method == "POST" else _updated)
    if not below and ask.method == "DELETE":
        return _deleted(org, ask)
    type_ = org.schema.find(below[0]) if below else None
    if type_ is None:
        raise not_found() if below else not_allowed(ask.method, ("POST", "PATCH", "DELETE"))
    if len(below) == 1 and ask.method in {"GET", "POST"}:
        return _retrieved(org, ask, type_)
    if len(below) == 2 and ask.method == "PATCH":  # noqa: PLR2004 - type and field
        return _upserted(org, ask, type_, below[1])
    raise not_allowed(ask.method, ("GET", "POST", "PATCH"))


Write = Callable[[Org, Ask, Record], Result]


def _many(org: Org, ask: Ask, write: Write) -> Reply:
    records, together = _records(ask)
    kinds = [_type_name(r) for r in records]
    if any(k is None for k in kinds):
        raise Trouble("INVALID_TYPE", "attributes.type must name the sObject type of each record")
    for name in dict.fromkeys(kinds):
        if name is not None and org.schema.find(name) is None:
            raise Trouble("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    if sum(1 for _ in groupby(kinds)) > MOST_CHUNKS:
        text = "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."  # noqa: E501 - the vendor's sentence
        raise Trouble("LIMIT_EXCEEDED", text)
    return Reply(200, _results(ask, [_step(org, ask, write, r) for r in records], together))


def _records(ask: Ask) -> tuple[list[Record], bool]:
    body = ask.object_body()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise Trouble("JSON_PARSER_ERROR", "records must be an array of objects")
    if len(records) > MOST:
        raise _too_many()
    return records, body.get("allOrNone") is True


def _too_many() -> Trouble:
    text = f"record limit reached. cannot submit more than {MOST} records into this call"
    return Trouble("EXCEEDED_ID_LIMIT", text)


def _type_name(record: Record) -> str | None:
    found = record.get("attributes")
    name = found.get("type") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


Step = Callable[[], Result]


def _step(org: Org, ask: Ask, write: Write, record: Record) -> Step:
    return lambda: write(org, ask, record)


def _results(
    ask: Ask,
    steps: list[Step],
    together: bool,  # noqa: FBT001 - the client's own switch
    **on_failure: Any,
) -> list[Result]:
    """Do the steps one by one; a failed one leaves nothing, or takes all with it."""
    start, results = ask.unit.mark(), []
    for step in steps:
        mark = ask.unit.mark()
        try:
            results.append(step())
        except Trouble as trouble:
            ask.unit.rollback(mark)
            results.append(_failure(trouble) | on_failure)
    if together and not all(r["success"] for r in results):
        ask.unit.rollback(start)
        undone = _failure(ROLLED_BACK) | on_failure
        results = [undone if r["success"] else r for r in results]
    return results


def _failure(trouble: Trouble) -> Result:
    return {"success": False, "errors": [trouble.in_result()]}


def _success(record_id: str) -> Result:
    return {"id": record_id, "success": True, "errors": []}


def _created(org: Org, ask: Ask, record: Record) -> Result:
    type_ = org.schema.find(_type_name(record) or "")
    if type_ is None:
        raise not_found()
    return _success(writes.create(org, ask.unit, type_, record))


def _updated(org: Org, ask: Ask, record: Record) -> Result:
    type_ = org.schema.find(_type_name(record) or "")
    name = next((k for k in record if k.lower() == "id"), None)
    if type_ is None or name is None or not record[name]:
        raise Trouble("MISSING_ARGUMENT", "Id not specified in an update call", ())
    record_id = ids.required(record[name], f"{type_.label} ID", "Id")
    fields = {k: v for k, v in record.items() if k != name}
    writes.update(org, ask.unit, type_, record_id, fields)
    return _success(record_id)


def _upserted(org: Org, ask: Ask, type_: ObjectType, field: str) -> Reply:
    records, together = _records(ask)
    found = type_.find(field)
    if found is None or not (found.id_lookup or found.external_id):
        raise not_found()
    seen: set[str] = set()

    def step(record: Record) -> Step:
        return lambda: _upsert(org, ask, type_, found.name, record, seen)

    return Reply(200, _results(ask, [step(r) for r in records], together, created=False))


def _upsert(  # noqa: PLR0913, PLR0917 - one record with its surroundings
    org: Org, ask: Ask, type_: ObjectType, field: str, record: Record, seen: set[str]
) -> Result:
    name = _type_name(record)
    if name is None:
        text = "Nested object for polymorphic foreign key must have an attributes field before any other fields."  # noqa: E501 - the vendor's sentence
        raise Trouble("JSON_PARSER_ERROR", text, ())
    if name.lower() != type_.name.lower():
        raise Trouble("INVALID_TYPE", f"{name} is not of type {type_.name}", ())
    key = next((k for k in record if k.lower() == field.lower()), None)
    value = record[key] if key is not None else None
    if value is None and field != "Id":
        text = f"{field} not specified"
        raise Trouble("MISSING_ARGUMENT", text, ())
    if value is not None and str(value).lower() in seen:
        raise Trouble("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", ())
    seen.add(str(value).lower())
    rows = writes.named(org, type_, field, str(value)) if value is not None else []
    if len(rows) > 1:
        text = (
            f"{field}: more than one record found for external id field: {[r['Id'] for r in rows]}"
        )
        raise Trouble("DUPLICATE_EXTERNAL_ID", text, ())
    if not rows and value is not None and field == "Id":
        raise Trouble("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    body = {k: v for k, v in record.items() if k != key}
    made = crud.upserted(org, ask, type_, rows, {} if field == "Id" else {field: value}, body)
    return _success(made) | {"created": not rows}


def _deleted(org: Org, ask: Ask) -> Reply:
    wanted = [i for i in ask.params.get("ids", "").split(",") if i]
    if len(wanted) > MOST:
        raise _too_many()
    together = ask.params.get("allOrNone", "").lower() == "true"

    def step(text: str) -> Step:
        return lambda: _delete(org, ask, text)

    return Reply(200, _results(ask, [step(i) for i in wanted], together))


def _delete(org: Org, ask: Ask, text: str) -> Result:
    record_id = ids.normal(text)
    type_ = org.schema.of(record_id) if record_id else None
    if record_id is None or type_ is None:
        raise Trouble("MALFORMED_ID", f"malformed id {text}", ())
    writes.delete(org, ask.unit, type_, record_id)
    return _success(record_id)


def _retrieved(org: Org, ask: Ask, type_: ObjectType) -> Reply:
    """Answer records in the order of the ids asked for, null where there is none to be seen."""
    source: Any = ask.object_body() if ask.method == "POST" else ask.params
    wanted, fields = _listed(source.get("ids")), _listed(source.get("fields"))
    if not wanted or not fields:
        raise Trouble("MISSING_ARGUMENT", "ids and fields must be specified")
    if len(wanted) > MOST_READ:
        raise _too_many()
    project = plain(type_, crud.chosen(type_, ",".join(fields)), ask.base)
    records = []
    for text in wanted:
        record_id = ids.normal(text)
        row = org.seen(record_id) if record_id in org.store(type_).rows else None
        records.append(None if row is None else project(row))
    return Reply(200, records)


def _listed(value: Any) -> list[str]:
    """Read a list of texts, or one text with commas. Raises JSON_PARSER_ERROR."""
    found = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Trouble("JSON_PARSER_ERROR", "ids and fields must be arrays of text")
    return found


def failed(reply: Reply) -> bool:
    """Tell whether a collection's answer holds a record that failed."""
    return isinstance(reply.body, list) and any(_failures(reply.body))


def _failures(results: list[Any]) -> Iterator[bool]:
    return (isinstance(r, dict) and r.get("success") is False for r in results)
