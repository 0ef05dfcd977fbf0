"""Where the key of a task stands: what is told of a mistake, and what a ledger amounts to."""

from pathlib import Path

import pytest

from slasync.systems import LedgerConfig
from tests.settings.configs import shipped

CONNECTOR = "connectors/salesforce/connector.yaml"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("task_key: activity_field", "task_key: legder", "'legder' is none of 'activity_field'"),
        ("key: Key__c", "key: Key field", "ledger.key"),
        ("object: Slasync_Ledger__c", "objekt: Slasync_Ledger__c", "unknown key 'objekt'"),
        ("next_step: Slasync_Next_Step__c", "nextstep: X__c", "(did you mean next_step?)"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, words: str) -> None:
    found = shipped(tmp_path).change(CONNECTOR, old, new).problems()
    assert len(found) == 1
    assert found[0].startswith(f"{CONNECTOR}:")
    assert words in found[0]


def test_as_shipped_a_task_carries_its_key_itself(tmp_path: Path) -> None:
    config = shipped(tmp_path).load().salesforce
    assert config is not None
    assert config.ledger is None


def test_a_ledger_has_the_names_that_the_file_gives(tmp_path: Path) -> None:
    changed = shipped(tmp_path).change(CONNECTOR, "task_key: activity_field", "task_key: ledger")
    config = changed.change(CONNECTOR, "key: Key__c", "key: Schluessel__c").load().salesforce
    assert config is not None
    assert config.ledger == LedgerConfig(key="Schluessel__c")
