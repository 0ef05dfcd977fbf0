"""Recorded answers of real accounts, read by the connector."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from slasync.connectors.hubspot.contact import Contacts
from slasync.connectors.hubspot.errors import Failure, translate
from slasync.errors import SlasyncError, TryLater
from slasync.ports import PersonReading
from tests.connectors.hubspot.bench import MONDAY, a_config

FOLDER = os.environ.get("SLASYNC_RECORDINGS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="SLASYNC_RECORDINGS names no folder")


def recorded() -> Iterator[dict[str, Any]]:
    for line in (Path(FOLDER or "") / "hubspot.jsonl").read_text().splitlines():
        yield orjson.loads(line)


def test_every_recorded_contact_is_understood() -> None:
    contacts = Contacts(a_config("token"))
    answers = [
        entry["response"]["results"]
        for entry in recorded()
        if entry["path"].lower().startswith("/crm/v3/objects/contact") and entry["status"] < 300
        if isinstance(entry["response"], dict) and "results" in entry["response"]
    ]
    read = [contacts.read("hubspot.contacts", row) for rows in answers for row in rows]

    assert len(read) > 20
    assert all(isinstance(each, PersonReading) for each in read)


def test_every_recorded_refusal_becomes_an_error_of_ours() -> None:
    refusals = [entry for entry in recorded() if entry["status"] >= 400]

    for entry in refusals:
        body = orjson.dumps(entry["response"]).decode()
        operation = f"{entry['method']} {entry['path']}"
        failure = Failure(entry["status"], operation, body, entry.get("headers") or {})
        error = translate(failure, MONDAY)
        assert isinstance(error, SlasyncError)
        assert isinstance(error, TryLater) == (
            entry["status"] in {423, 429} or entry["status"] > 499
        )
    assert refusals
