"""Is the mirror equal to the systems? Row by row, against the simulated systems' own tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slasync.domain.counting import so_many
from slasync.domain.lead import Ref
from slasync.rehearsal.stage import Stage
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit
from slasync.systems import FieldMapping, FieldType

CHUNK = 500


def differences(stage: Stage, unit: Unit) -> list[str]:
    """Return one line for every field of every record in which mirror and system differ."""
    found: list[str] = []
    for rows, system, kind, fields, standard in _tables(stage):
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            refs = [Ref(system, kind, str(row["id"])) for row in chunk]
            mirrored = unit.records.current(refs)
            for ref, row in zip(refs, chunk, strict=True):
                found += _differing(ref, row, mirrored.get(ref), fields, standard)
        extra = unit.records.count(system, kind) - len(rows)
        if extra > 0:
            found.append(f"{system} {kind}: the mirror has {so_many(extra, 'record')} more")
    return found


Rows = Sequence[Mapping[str, Any]]
Table = tuple[Rows, str, str, tuple[FieldMapping, ...], Mapping[str, str]]


def _tables(stage: Stage) -> Iterator[Table]:
    settings, town = stage.application.settings, stage.town
    if settings.salesforce is None:
        return
    owned = {"owner": "OwnerId", "status": "Status"}
    leads = [{**row, "id": row["Id"]} for row in town.salesforce.rows("Lead")]
    yield leads, "salesforce", "lead", settings.salesforce.lead_fields, owned
    contacts = [{**row, "id": row["Id"]} for row in town.salesforce.rows("Contact")]
    yield (
        contacts, "salesforce", "contact", settings.salesforce.contact_fields,
        {"owner": "OwnerId"},
    )  # fmt: skip
    if settings.hubspot is not None:
        people = [{**row, "id": row["hs_object_id"]} for row in town.hubspot.rows("contacts")]
        yield people, "hubspot", "contact", settings.hubspot.contact_fields, {}
    if settings.marketo is not None:
        people = list(town.marketo.rows())
        yield people, "marketo", "contact", settings.marketo.contact_fields, {}


def _differing(
    ref: Ref,
    row: Mapping[str, Any],
    mirrored: StoredRecord | None,
    fields: tuple[FieldMapping, ...],
    standard: Mapping[str, str],
) -> list[str]:
    if mirrored is None:
        return [f"{ref} is not mirrored"]
    pairs = [
        (m.name, row.get(m.field), mirrored.fields.get(m.name))
        for m in fields
        if m.type in {FieldType.TEXT, FieldType.NUMBER}
    ]
    pairs += [(name, row.get(field), getattr(mirrored, name)) for name, field in standard.items()]
    return [
        f"{ref} {name}: {theirs!r} there, {ours!r} here"
        for name, theirs, ours in pairs
        if _plain(theirs) != _plain(ours)
    ]


def _plain(value: Any) -> str:
    """Vendors write numbers and absence in several ways."""
    if value in {None, ""}:
        return ""
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return str(value).strip().lower()
