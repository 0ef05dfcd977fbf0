"""Real processes: a sandbox and the daemon, each started as an operator would."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from slasync.settings import copy_defaults

SLASYNC = (sys.executable, "-c", "from slasync.cli.main import main; main()")
LOOKS = 600  # at most so many looks for something to happen, a tenth of a second apart
STOPS_WITHIN = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, and what `sandbox up --json` printed."""

    process: "subprocess.Popen[str]"
    told: Mapping[str, Any]
    client: httpx.Client

    def journal(self, name: str, operation: str = "create") -> list[Mapping[str, Any]]:
        """Return what was done to objects of one kind."""
        control = self.told["control"]
        headers = {"Authorization": f"Bearer {control['token']}"}
        told = self.client.get(f"{control['url']}/journal", headers=headers).json()
        return [e for e in told["entries"] if e["object"] == name and e["operation"] == operation]

    def falls_silent(self, path: str) -> None:
        """Answer no call any more whose "METHOD /path" matches."""
        control = self.told["control"]
        self.client.post(
            f"{control['url']}/faults",
            headers={"Authorization": f"Bearer {control['token']}"},
            json={"kind": "timeout_before", "path": path},
        ).raise_for_status()

    def silenced(self) -> int:
        """Count the calls that got no answer."""
        control = self.told["control"]
        headers = {"Authorization": f"Bearer {control['token']}"}
        told = self.client.get(f"{control['url']}/faults", headers=headers).json()
        return sum(rule["struck"] for rule in told["rules"])

    def arrives(self, email: str) -> None:
        """Have a lead appear in HubSpot that is to be handed over."""
        hubspot = self.told["hubspot"]
        known = {"email": email, "lastname": "Reed", "company": "VU", "hubspotscore": "80"}
        self.client.post(
            f"{hubspot['url']}/crm/v3/objects/contacts",
            headers={"Authorization": f"Bearer {hubspot['access_token']}"},
            json={"properties": known},
        ).raise_for_status()


@dataclass(frozen=True, slots=True)
class Deployment:
    """A configuration on disk for one sandbox, open round the clock and in a hurry."""

    home: Path
    environ: Mapping[str, str]
    health: str
    client: httpx.Client
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self) -> "subprocess.Popen[str]":
        """Start `slasync run`; its log goes into a file."""
        with (self.home / "run.log").open("a") as log:
            process = subprocess.Popen(  # noqa: S603 - slasync itself
                [*SLASYNC, "run"], env=self.environ, cwd=self.home, stderr=log, text=True
            )
        self.started.append(process)
        return process

    def ready(self) -> bool:
        """Tell whether the daemon makes progress."""
        try:
            return self.client.get(f"{self.health}/readyz").is_success
        except httpx.HTTPError:
            return False

    def status(self) -> Any:
        done = subprocess.run(  # noqa: S603 - slasync itself
            [*SLASYNC, "status", "--json"],
            env=self.environ, cwd=self.home, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)


def start_sandbox(client: httpx.Client, *options: str) -> Sandbox:
    process = subprocess.Popen(  # noqa: S603 - slasync itself
        [*SLASYNC, "sandbox", "up", "--json", "--no-people", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline() if process.stdout else ""
    return Sandbox(process, json.loads(line), client)


def deployed(home: Path, sandbox: Sandbox, webhooks: int, client: httpx.Client) -> Deployment:
    """Write a configuration that fits `sandbox`; `webhooks` is the port to listen on."""
    copy_defaults(home)
    health = free_port()
    crm, marketing = sandbox.told["salesforce"], sandbox.told["hubspot"]
    config = home / "config/slasync.yaml"
    text = config.read_text("utf-8").replace("poll: auto", "poll: 1 s")
    text = text.replace("settle: 2 min", "settle: 1 s").replace("overlap: 5 min", "overlap: 1 min")
    text = text.replace("port: 8811", f"port: {webhooks}").replace("port: 8812", f"port: {health}")
    text = text.replace("port: 8813", f"port: {free_port()}")
    config.write_text(text, "utf-8")
    _open_always(home / "config/calendars.yaml")
    environ = dict(os.environ) | {
        "SLASYNC_CONFIG": str(home),
        "SLASYNC_DATABASE": f"sqlite:///{home / 'slasync.db'}",
        "SLASYNC_MODE": "enforce",
        "SALESFORCE_URL": crm["url"],
        "SALESFORCE_CONSUMER_KEY": crm["client_id"],
        "SALESFORCE_CONSUMER_SECRET": crm["client_secret"],
        "HUBSPOT_URL": marketing["url"],
        "HUBSPOT_ACCESS_TOKEN": marketing["access_token"],
        "HUBSPOT_WEBHOOK_SECRET": marketing["webhook_secret"],
        "HUBSPOT_WEBHOOK_URL": webhook_url(webhooks),
    }
    return Deployment(home, environ, f"http://127.0.0.1:{health}", client)


def _open_always(path: Path) -> None:
    """The test runs at any hour of any day."""
    days = "".join(f'      {day}: ["00:00-24:00"]\n' for day in WEEK)
    path.write_text(f"calendars:\n  berlin:\n    zone: Europe/Berlin\n    week:\n{days}", "utf-8")


WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def webhook_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/webhooks/hubspot"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def until(happened: Callable[[], bool], what: str) -> None:
    """Return when `happened`; fail when it does not."""
    never = threading.Event()
    for _ in range(LOOKS):
        if happened():
            return
        never.wait(0.1)
    raise AssertionError(f"it did not happen: {what}")


def stop(process: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM) -> int:
    """Send a signal and return the exit code; fails when the process takes longer than 10 s."""
    process.send_signal(number)
    code = process.wait(STOPS_WITHIN)
    if process.stdout:
        process.stdout.close()
    return code


def twice(entries: list[Mapping[str, Any]], field: str) -> list[str]:
    """Return the values of a field that more than one entry has."""
    counted = Counter(str(entry["after"].get(field)) for entry in entries)
    return [value for value, count in counted.items() if count > 1]
