"""Recorded answers of a real instance, read by the connector."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from slasync.connectors.http import VendorTime
from slasync.connectors.marketo.errors import complaint_of, row_error
from slasync.connectors.marketo.transport import rows
from slasync.connectors.marketo.write import Row, settled
from slasync.errors import Refused
from slasync.ports import Outcome
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

FOLDER = os.environ.get("SLASYNC_RECORDINGS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="SLASYNC_RECORDINGS names no folder")


def recorded(method: str, path: str) -> Iterator[dict[str, Any]]:
    lines = (Path(FOLDER or "") / "marketo.jsonl").read_text().splitlines()
    for entry in map(orjson.loads, lines):
        if entry["method"] == method and path in entry["path"]:
            yield entry


def test_a_recorded_search_that_finds_nobody_is_no_failure() -> None:
    answers = [rows(entry["response"]) for entry in recorded("GET", "/leads.json")]

    assert answers
    assert all(found == [] for found in answers)


@fault("V10")
def test_every_recorded_outcome_of_a_write_becomes_a_receipt() -> None:
    written = [
        (str(sent.get("id", told.get("id", 1))), told)
        for entry in recorded("POST", "/rest/v1/leads.json")
        if "_method" not in entry.get("query", {})
        for sent, told in zip(entry["body"]["input"], rows(entry["response"]), strict=True)
    ]
    receipts = [settled([Row(number, {})], [told])[number] for number, told in written]

    assert len(receipts) >= 6
    assert {receipt.outcome for receipt in receipts} == {Outcome.APPLIED}


def test_recorded_reasons_of_rows_are_read() -> None:
    reasons = [
        row["reasons"]
        for method in ("POST", "DELETE")
        for entry in recorded(method, "leads.json")
        for row in rows(entry["response"])
        if "reasons" in row
    ]

    assert reasons
    assert all(type(row_error(complaint_of(each))) is Refused for each in reasons)


def test_the_time_of_recorded_answers_is_learned() -> None:
    entry = next(recorded("GET", "/leads.json"))
    time = VendorTime(DrivenClock())

    time.learn(entry["headers"]["Date"])

    assert time.now() is not None
