"""The connector reads what real organisations answered."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from slasync.connectors.salesforce.errors import complaint_of, translate
from slasync.connectors.salesforce.ids import instant, to18
from slasync.connectors.salesforce.records import settle_row
from slasync.ports import Outcome
from slasync.systems import Login, SalesforceConfig

CONFIG = SalesforceConfig(url="https://x", login=Login.CLIENT_CREDENTIALS, secrets={})


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    folder = os.environ.get("SLASYNC_RECORDINGS")
    if not folder:
        pytest.skip("SLASYNC_RECORDINGS does not name the folder of recorded answers")
    lines = (Path(folder) / "salesforce.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def bodies(recorded: list[dict[str, Any]], method: str, ending: str) -> list[Any]:
    told = [r for r in recorded if r["method"] == method and r["path"].endswith(ending)]
    parsed = (r["response"] for r in told)
    return [json.loads(body) if isinstance(body, str) else body for body in parsed]


def test_rows_of_recorded_collections_settle_each_by_itself(
    recorded: list[dict[str, Any]],
) -> None:
    answers = bodies(recorded, "PATCH", "/sobjects") + bodies(recorded, "POST", "/sobjects")
    rows = [item for answer in answers for item in answer]
    assert rows
    for item in rows:
        receipt = settle_row(item, "contact", None, CONFIG)
        assert (receipt.outcome is Outcome.APPLIED) is item["success"]
        assert item["success"] or receipt.message


def test_recorded_absence_is_read_as_gone(recorded: list[dict[str, Any]]) -> None:
    absent = [r for r in recorded if r["status"] == 404]
    assert absent
    for each in absent:
        body = each["response"]
        parsed = json.loads(body) if isinstance(body, str) else body
        assert translate(complaint_of(parsed, 404)).outcome is Outcome.GONE


def test_recorded_rows_have_ids_and_stamps_as_expected(recorded: list[dict[str, Any]]) -> None:
    rows = [row for answer in bodies(recorded, "GET", "/query") for row in answer["records"]]
    assert rows
    for row in rows:
        if "Id" in row:
            assert to18(row["Id"]) == row["Id"] == to18(row["Id"][:15])
        if row.get("SystemModstamp"):
            assert instant(row["SystemModstamp"]).tzinfo
