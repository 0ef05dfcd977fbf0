"""5: the mirror equals the systems, record by record and field by field."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from slasync.rehearsal.simulation.casebook import Case, Violation
from slasync.rehearsal.simulation.evidence import BOOKS, FieldPair, Row

TABLES = {
    "salesforce.lead": ("salesforce.Lead", "Id", ("owner", "status")),
    "salesforce.contact": ("salesforce.Contact", "Id", ("owner",)),
    **{f"{b.system}.contact": (b.rows, b.id, ()) for b in BOOKS.values()},
}
STANDARD = {"owner": "OwnerId", "status": "Status"}


def mirror_equals_systems(case: Case) -> Iterator[Violation]:
    """All records there are, as they are, and none besides."""
    for name, (table, id_, standard) in TABLES.items():
        if table not in case.evidence.vendor:
            continue
        theirs = {str(row[id_]): row for row in case.evidence.vendor[table]}
        ours = _mirrored(case, name)
        yield from _missing(case, name, theirs, ours)
        for record, row in ours.items():
            if record not in theirs:
                if not row["deleted"]:
                    yield Violation(5, _lead(case, row), f"{name} {record} exists only here")
                continue
            pairs = [*case.policy.mapping.get(name, ())]
            pairs += [FieldPair(name=s, field=STANDARD[s]) for s in standard]
            yield from _differing(case, name, row, theirs[record], pairs)


def _mirrored(case: Case, name: str) -> dict[str, Row]:
    return {
        str(row["external_id"]): row
        for row in case.rows("record")
        if f"{row['system']}.{row['kind']}" == name
    }


def _missing(
    case: Case, name: str, theirs: Mapping[str, Row], ours: Mapping[str, Row]
) -> Iterator[Violation]:
    """Whose record it is may be unclear: then it is set aside, which is not a loss."""
    aside = {str(row["external_id"]) for row in case.rows("quarantine")}
    for record, row in theirs.items():
        gone = _gone(row)  # one deleted before it was first read need not be known
        if record not in ours and record not in aside and not gone:
            yield Violation(5, "", f"{name} {record} is not mirrored")


def _gone(row: Row) -> bool:
    return bool(row.get("IsDeleted")) or str(row.get("archived", "")).lower() == "true"


def _differing(
    case: Case, name: str, ours: Row, theirs: Row, pairs: list[FieldPair]
) -> Iterator[Violation]:
    record, lead = ours["external_id"], _lead(case, ours)
    if str(record) in {str(row["external_id"]) for row in case.rows("quarantine")}:
        return
    if bool(ours["deleted"]) != _gone(theirs):
        yield Violation(5, lead, f"{name} {record}: deleted there is {_gone(theirs)}")
    if _gone(theirs):
        return  # what a deleted record held is of no use to anybody
    for pair in pairs:
        here = ours[pair.name] if pair.name in STANDARD else ours["fields"].get(pair.name)
        there = theirs.get(pair.field)
        if plain(here, pair.type) != plain(there, pair.type):
            yield Violation(5, lead, f"{name} {record} {pair.name}: {there!r} there, {here!r} here")


def _lead(case: Case, row: Row) -> str:
    for link in case.rows("link"):
        if (link["system"], link["kind"], str(link["external_id"])) == (
            row["system"],
            row["kind"],
            str(row["external_id"]),
        ):
            return str(link["lead_key"])
    return ""


def plain(value: Any, type_: str) -> str:
    """Write a value so that two ways of saying the same are equal."""
    if value is None or value == "":
        return ""
    match type_:
        case "number":
            return f"{float(value):g}"
        case "bool":
            return str(value).lower()
        case "datetime":
            text = str(value).replace("+0000", "+00:00")
            if text.isdecimal():
                return datetime.fromtimestamp(int(text) / 1000, UTC).isoformat()
            return datetime.fromisoformat(text).astimezone(UTC).isoformat()
        case _:
            return str(value).strip()
