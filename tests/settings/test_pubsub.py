"""Whether Salesforce tells of changes by itself: polling as shipped, a channel where it is said."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.polling import interval, pace_of
from slasync.systems import PubSubConfig
from tests.settings.configs import ENVIRON, Configuration, shipped

CONNECTOR = "connectors/salesforce/connector.yaml"
URL = "https://api.pubsub.salesforce.com:7443"
MINUTES = timedelta(minutes=1)


def told(root: Path, **environ: str) -> Configuration:
    configuration = shipped(root, ENVIRON | environ)
    return configuration.change(CONNECTOR, "changes: poll", "changes: pubsub")


def pubsub(configuration: Configuration) -> PubSubConfig | None:
    found = configuration.load().salesforce
    assert found
    return found.pubsub


def test_as_shipped_changes_are_polled_for(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    assert pubsub(configuration) is None
    assert pace_of(configuration.load(), "salesforce").while_told is None


def test_where_they_are_told_all_of_them_are_listened_to_and_polls_are_rare(tmp_path: Path) -> None:
    configuration = told(tmp_path)
    assert pubsub(configuration) == PubSubConfig(URL, "/data/ChangeEvents", 10 * MINUTES)
    settings = configuration.load()
    assert pace_of(settings, "salesforce").while_told == 10 * MINUTES
    assert pace_of(settings, "hubspot").while_told is None
    assert interval(settings, "salesforce.leads") == 10 * MINUTES  # health allows for it
    assert interval(settings, "salesforce.users") > 10 * MINUTES


def test_polls_are_never_more_frequent_because_changes_are_told(tmp_path: Path) -> None:
    configuration = told(tmp_path).change(CONNECTOR, "poll_every: 10 min", "poll_every: 1 s")
    pace = pace_of(configuration.load(), "salesforce")
    assert pace.while_told == pace.every


def test_a_sandbox_on_this_machine_may_be_listened_to_without_tls(tmp_path: Path) -> None:
    configuration = told(tmp_path, SALESFORCE_PUBSUB_URL="http://127.0.0.1:8804")
    found = pubsub(configuration)
    assert found
    assert found.url == "http://127.0.0.1:8804"


def test_without_tls_nothing_else_is_listened_to(tmp_path: Path) -> None:
    configuration = told(tmp_path, SALESFORCE_PUBSUB_URL="http://pubsub.example:7443")
    [problem] = configuration.problems()
    assert "pubsub_url" in problem
    assert "plain http to another machine would show the secrets" in problem


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("changes: poll", "changes: push", "none of 'poll', 'pubsub'"),
        ("/data/ChangeEvents", "ChangeEvents", "pubsub.channel"),
        ("poll_every: 10 min", "poll_every: 10", "pubsub.poll_every"),
        ("poll_every: 10 min", "pol_every: 10 min", "poll_every"),
    ],
)
def test_what_cannot_be_listened_to_is_refused_by_name(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    [problem] = shipped(tmp_path).change(CONNECTOR, old, new).problems()
    assert words in problem
