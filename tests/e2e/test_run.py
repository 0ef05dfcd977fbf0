"""The real process against a sandbox in a process of its own, over sockets and in real time."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import (
    Deployment,
    Sandbox,
    deployed,
    free_port,
    start_sandbox,
    stop,
    twice,
    until,
    webhook_url,
)
from tests.faults.marks import fault

pytestmark = pytest.mark.slow
KEY = "Slasync_Key__c"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture
def webhooks() -> int:
    return free_port()


@pytest.fixture
def sandbox(client: httpx.Client, webhooks: int) -> Iterator[Sandbox]:
    started = start_sandbox(client, "--webhook", webhook_url(webhooks))
    yield started
    stop(started.process)


@pytest.fixture
def deployment(tmp_path: Path, sandbox: Sandbox, webhooks: int, client: httpx.Client) -> Deployment:
    return deployed(tmp_path, sandbox, webhooks, client)


@fault("L4", "crash/shutdown")
def test_a_lead_becomes_a_task_and_sigterm_ends_the_daemon_cleanly(
    sandbox: Sandbox, deployment: Deployment
) -> None:
    daemon = deployment.start()
    try:
        until(deployment.ready, "the daemon is ready")
        until(lambda: bool(deployment.status()["streams"]), "the first load")
        sandbox.arrives("lou@x.example")
        until(lambda: bool(sandbox.journal("Task")), "the task is in Salesforce")
        assert deployment.ready()
    finally:
        code = stop(daemon)

    assert code == 0
    [made] = [e["after"]["Subject"] for e in sandbox.journal("Task")]
    assert made.startswith("New lead: Reed, VU. Get in touch by ")
    assert deployment.status()["inbox"].get("done", 0) > 0  # the webhook woke it
    log = (deployment.home / "run.log").read_text()
    assert '"event":"stopped"' in log
    assert "nobody has signed the agreement" in log  # said at the start, stops nothing


@fault("L1", "L6")
def test_after_sigkill_in_the_middle_it_goes_on_and_nothing_happens_twice(
    sandbox: Sandbox, deployment: Deployment
) -> None:
    leads = 12
    daemon = deployment.start()
    until(deployment.ready, "the daemon is ready")
    until(lambda: len(deployment.status()["streams"]) > 1, "the first load")
    for number in range(leads):
        sandbox.arrives(f"lou{number}@x.example")
    until(lambda: bool(sandbox.journal("Lead")), "the first lead is in Salesforce")
    assert stop(daemon, signal.SIGKILL) == -signal.SIGKILL

    daemon = deployment.start()
    try:
        until(lambda: len(sandbox.journal("Task")) >= leads, "every lead has its task")
    finally:
        code = stop(daemon)

    assert code == 0
    assert len(sandbox.journal("Lead")) == leads
    assert len(sandbox.journal("Task")) == leads
    assert twice(sandbox.journal("Task"), KEY) == []


@fault("L4", "V40", "crash/shutdown")
def test_a_call_that_gets_no_answer_does_not_keep_it_from_ending(
    sandbox: Sandbox, deployment: Deployment
) -> None:
    daemon = deployment.start()
    until(deployment.ready, "the daemon is ready")
    sandbox.falls_silent(".*")
    until(lambda: sandbox.silenced() > 1, "calls hang")

    assert stop(daemon) == 0


@fault("V40")
def test_a_start_without_salesforce_listens_and_says_why_it_waits(
    sandbox: Sandbox, deployment: Deployment, client: httpx.Client
) -> None:
    stop(sandbox.process)
    daemon = deployment.start()
    try:
        until(lambda: listens(deployment, client), "the daemon listens")
        answer = client.get(f"{deployment.health}/readyz")
    finally:
        code = stop(daemon)

    assert (answer.status_code, code) == (503, 0)
    assert "slasync is starting" in answer.json()["problems"][0]


def listens(deployment: Deployment, client: httpx.Client) -> bool:
    try:
        return client.get(f"{deployment.health}/livez").is_success
    except httpx.HTTPError:
        return False
