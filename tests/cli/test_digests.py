"""Digests on the command line: sent by `sync`, watched by `status`, asked about by `check`."""

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from slasync import logs
from slasync.cli.databases import database
from slasync.cli.main import Exit, main
from slasync.cli.surroundings import Surroundings
from slasync.clock import Seams
from slasync.connectors.http import Observer
from slasync.domain.lead import LeadKey
from slasync.domain.writes import DigestLine
from slasync.errors import Refused
from slasync.ports import Messenger
from slasync.rehearsal.stage import in_process
from slasync.settings import Settings
from slasync.store.unit import transaction
from slasync.wiring import Connectors, connect
from tests.cli.desk import Desk
from tests.connectors.notify.mail_server import mail_server
from tests.faults.marks import fault
from tests.workers.letters import Letterbox

DAY = timedelta(days=1)
SECRET = "correct-horse"
NOTIFY = """
notify:
  smtp: {host: 127.0.0.1, port: 2525, from: slasync@acme.example, tls: none}
  digest: {language: de, for: []}

log_level:"""


@dataclass
class Rejecting(Letterbox):
    """A way that cannot be used."""

    def probe(self) -> list[str]:
        return ["the mail server does not accept notify.smtp.user and its password"]


@dataclass(frozen=True, slots=True)
class WithPost:
    """A desk from which mail goes out."""

    desk: Desk
    messenger: Messenger

    def slasync(self, *arguments: str) -> Result:
        around = Surroundings(self.desk.environ, self.desk.seams, self._connect)
        return CliRunner().invoke(main, arguments, obj=around)

    def work(self, span: timedelta) -> Result:
        self.desk.wait(span)
        return self.slasync("sync", "--once")

    def _connect(self, settings: Settings, _: Seams, __: tuple[Observer, ...]) -> Connectors:
        found = in_process(settings, self.desk.town, self.desk.seams, ExitStack())
        return replace(found, messenger=self.messenger)


def with_post(desk: Desk, messenger: Messenger | None = None) -> WithPost:
    """Configure mail."""
    desk.change("config/slasync.yaml", "\nlog_level:", NOTIFY)
    return WithPost(desk, messenger or Letterbox())


def keep_line(desk: Desk, to: str = "lea@sandbox.example") -> None:
    line = DigestLine("k1", LeadKey("hubspot:contact:1"), to, "Lou Reed waits")
    settings = Surroundings(desk.environ, desk.seams).settings(None)
    with database(settings) as engine, transaction(engine) as unit:
        unit.digests.add([line], desk.seams.clock.now())


def test_leadership_gets_a_mail_the_morning_after_the_third_day(desk: Desk) -> None:
    post = with_post(desk, box := Letterbox())
    desk.arrives()
    for _ in range(10):
        assert post.work(DAY / 2).exit_code == 0

    (message,) = box.taken
    assert message.to == "lea@sandbox.example"
    assert "Lou Reed, VU: untouched for" in message.text
    assert message.subject.startswith("SLA: 1 Meldung zu Leads, ")
    assert post.slasync("status", "--json").exit_code == 0
    status: Any = json.loads(post.slasync("status", "--json").stdout)
    assert status["digests"] == {"lines": 0, "to_nobody": 0, "not_sent": []}


def test_while_slasync_only_observes_nobody_is_written_to(desk: Desk) -> None:
    post = with_post(desk, box := Letterbox())
    keep_line(desk)
    desk.mode("observe")
    post.work(DAY)

    assert not box.taken


def test_without_a_channel_lines_stay_and_are_told_of(desk: Desk) -> None:
    keep_line(desk)
    desk.work(DAY)

    assert desk.json("status")["digests"] == {"lines": 1, "to_nobody": 1, "not_sent": []}
    told = desk.slasync("status")
    assert "Digest lines that wait: 1." in told.stdout
    assert "1 of them are sent to nobody: configure notify in slasync.yaml" in told.stderr


def test_status_says_why_a_digest_has_not_gone_out(desk: Desk) -> None:
    post = with_post(desk, Letterbox(fails=[Refused("550 no such mailbox")]))
    keep_line(desk)
    post.work(DAY)

    told = post.slasync("status")
    assert "a digest has not gone out: 550 no such mailbox" in told.stderr


def test_check_names_the_leaders_whom_no_channel_reaches(new_desk: Desk) -> None:
    told = new_desk.slasync("check")
    assert told.exit_code == 0
    assert "No channel reaches leadership (lea@sandbox.example)" in told.stderr
    assert new_desk.json("check")["digests"]["not_reached"] == ["lea@sandbox.example"]

    post = with_post(new_desk)
    told = post.slasync("check")
    assert "No channel" not in told.stderr
    assert "Digests go by smtp." in told.stdout


def test_a_live_check_asks_the_mail_server(desk: Desk) -> None:
    good = with_post(desk)
    assert "smtp: nothing is missing" in good.slasync("check", "--live").stdout

    told = WithPost(desk, Rejecting()).slasync("check", "--live")
    assert told.exit_code == Exit.WRONG
    assert "does not accept notify.smtp.user" in told.stdout


def test_a_rehearsal_writes_to_nobody(desk: Desk) -> None:
    with_post(desk)
    settings = Surroundings(desk.environ, desk.seams).settings(None)

    assert settings.notify
    assert in_process(settings, desk.town, desk.seams, ExitStack()).messenger is None
    assert connect(settings, desk.seams).messenger is not None


@pytest.fixture
def out() -> Iterator[BytesIO]:
    """Everything that is logged, down to the last detail."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    level, stream = logging.root.level, BytesIO()
    yield stream
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@fault("S10", "S11")
@pytest.mark.parametrize("answers", [{}, {"RCPT": "550 lea@sandbox.example?"}])
def test_the_log_tells_neither_secrets_nor_readers(
    desk: Desk, out: BytesIO, answers: dict[str, str]
) -> None:
    with mail_server(answers=answers, users={"us": SECRET}) as server:
        login = f"{server.port}, user: us, password: {{env: MAIL_PASSWORD}}"
        desk.change("config/slasync.yaml", "\nlog_level:", NOTIFY.replace("2525", login))
        desk.environ["MAIL_PASSWORD"] = SECRET
        keep_line(desk)
        settings = Surroundings(desk.environ, desk.seams).settings(None)
        messenger = connect(settings, desk.seams).messenger
        assert messenger
        logs.configure(desk.seams.clock, level="debug", out=out)
        WithPost(desk, messenger).work(DAY)

    text = out.getvalue().decode()
    assert len(server.mails) == (0 if answers else 1)
    assert ("digest refused" in text) == bool(answers)
    assert SECRET not in text
    assert "sandbox.example" not in text
    assert "Lou Reed" not in text
