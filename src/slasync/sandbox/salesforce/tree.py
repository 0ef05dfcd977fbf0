"""Records together with their children, created in one call, all or nothing."""

from collections.abc import Iterator
from typing import Any

from slasync.sandbox.salesforce import writes
from slasync.sandbox.salesforce.asking import Ask, Reply, listed
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.querying import CHILDREN
from slasync.sandbox.salesforce.schema import ObjectType

MOST = 200
DEEPEST = 5
Result = dict[str, Any]


def answer(org: Org, ask: Ask, type_: ObjectType) -> Reply:
    """Answer POST /composite/tree/{type}: 201 with an id for each reference, or 400."""
    mark = ask.unit.mark()
    records = listed(ask.object_body().get("records"))
    results = list(_planted(org, ask, type_, records, 1))
    failures = [r for r in results if "errors" in r]
    if not failures and len(results) <= MOST:
        return Reply(201, {"hasErrors": False, "results": results})
    ask.unit.rollback(mark)
    if not failures:
        raise Trouble("LIMIT_EXCEEDED", f"No more than {MOST} records are allowed")
    return Reply(400, {"hasErrors": True, "results": failures})


def _planted(
    org: Org, ask: Ask, type_: ObjectType, records: list[dict[str, Any]], depth: int, **link: str
) -> Iterator[Result]:
    if depth > DEEPEST:
        raise Trouble("LIMIT_EXCEEDED", f"No more than {DEEPEST} levels are allowed")
    below = CHILDREN.get(type_.name, {})
    for record in records:
        attributes = record.get("attributes")
        reference = attributes.get("referenceId") if isinstance(attributes, dict) else None
        own = {k: v for k, v in record.items() if k.lower() not in below}
        try:
            made = writes.create(org, ask.unit, type_, own | link)
        except Trouble as trouble:
            yield {"referenceId": reference, "errors": [trouble.in_result()]}
            continue
        yield {"referenceId": reference, "id": made}
        for name in (k for k in record if k.lower() in below):
            child, field = below[name.lower()]
            value = record[name]
            inner = listed(value.get("records") if isinstance(value, dict) else value)
            yield from _planted(org, ask, org.schema[child], inner, depth + 1, **{field: made})
