"""Writes as JSON, and back: what the outbox keeps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Role, Write


def dump(write: Write) -> dict[str, Any]:
    """Return `write` as JSON values."""
    return {
        "key": write.key,
        "lead": write.lead,
        "system": write.system,
        "action": write.action.value,
        "values": dict(write.values),
        "target": _dump_ref(write.target),
        "task_key": write.task_key,
        "judged": _dump_judged(write.judged),
        "cycle": write.cycle,
        "clock": write.clock,
        "generation": write.generation,
        "rung": write.rung,
        "role": write.role.value,
        "because": write.because,
    }


def load(stored: Mapping[str, Any]) -> Write:
    """Return the write that `dump` was given."""
    return Write(
        key=stored["key"],
        lead=LeadKey(stored["lead"]),
        system=stored["system"],
        action=Action(stored["action"]),
        values=stored["values"],
        target=_load_ref(stored["target"]),
        task_key=stored["task_key"],
        judged=_load_judged(stored["judged"]),
        cycle=stored["cycle"],
        clock=stored["clock"],
        generation=stored["generation"],
        rung=stored["rung"],
        role=Role(stored["role"]),
        because=stored["because"],
    )


def _dump_ref(ref: Ref | None) -> list[str] | None:
    return None if ref is None else [ref.system, ref.kind, ref.id]


def _load_ref(stored: list[str] | None) -> Ref | None:
    return None if stored is None else Ref(*stored)


def _dump_judged(judged: Judged | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    stamp = judged.modified_at
    return {
        "owner": judged.owner,
        "modified_at": None if stamp is None else stamp.isoformat(),
        "status": judged.status,
    }


def _load_judged(stored: Mapping[str, Any] | None) -> Judged | None:
    if stored is None:
        return None
    owner, stamp = stored["owner"], stored["modified_at"]
    return Judged(
        owner=None if owner is None else UserKey(owner),
        modified_at=None if stamp is None else datetime.fromisoformat(stamp),
        status=stored.get("status"),  # rows of earlier versions have none
    )
