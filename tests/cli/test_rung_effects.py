"""Everything that a rung can do, from the files to the systems, through the whole daemon."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from slasync.cli.main import Exit, main
from slasync.cli.surroundings import Surroundings
from slasync.clock import Seams
from slasync.connectors.http import Observer
from slasync.errors import TryLater
from slasync.ports import Messenger
from slasync.rehearsal.stage import in_process
from slasync.sandbox.faults import Kind, Rule
from slasync.settings import Settings
from slasync.wiring import Connectors, connect
from tests.cli.desk import Desk
from tests.cli.test_digests import NOTIFY, Rejecting
from tests.faults.marks import fault
from tests.workers.letters import Letterbox

AGREEMENT, HUBSPOT = "config/agreement.yaml", "connectors/hubspot/connector.yaml"
TASK = "          - {do: task, to: owner, text: reminder}\n"
EFFECTS = (
    TASK + "          - {do: notify, to: manager, text: manager_untouched}\n"
    "          - {do: property, property: wanted, value: 'yes'}\n"
    "          - {do: list, list: nurture, change: add}\n"
    "          - {do: status, status: Disqualified, reason: nobody called}\n"
)
FIELD = "  custom:\n    wanted: {field: message, direction: both}\n"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Post:
    """A desk from which messages go out."""

    desk: Desk
    box: Messenger

    def slasync(self, *arguments: str) -> Result:
        around = Surroundings(self.desk.environ, self.desk.seams, self._connect)
        return CliRunner().invoke(main, arguments, obj=around)

    def work(self, span: timedelta = HOUR) -> Result:
        self.desk.wait(span)
        return self.slasync("sync", "--once")

    def _connect(self, settings: Settings, _: Seams, __: tuple[Observer, ...]) -> Connectors:
        found = in_process(settings, self.desk.town, self.desk.seams, ExitStack())
        return replace(found, messenger=self.box, messengers=(self.box,))


def post(desk: Desk, box: Messenger | None = None) -> Post:
    """The second day's rung does everything."""
    desk.change("config/slasync.yaml", "\nlog_level:", NOTIFY)
    desk.change(AGREEMENT, TASK, EFFECTS)
    desk.change(HUBSPOT, "  custom: {}\n", FIELD)
    made = desk.town.hubspot.make_list("Nurture")
    desk.change(HUBSPOT, "lists: {}", f"lists: {{nurture: '{made}'}}")
    return Post(desk, box or Letterbox())


def days(way: Post, count: int) -> None:
    for _ in range(count * 4):
        assert way.work(DAY / 4).exit_code in {Exit.OK, Exit.WRONG}, "parked at the most"


def shown(desk: Desk, contact: str) -> Mapping[str, Any]:
    return {
        "wanted": desk.town.hubspot.get("contacts", contact).get("message", ""),
        "members": desk.town.hubspot.members("1"),
        "statuses": [row["Status"] for row in desk.rows("Lead")],
    }


def test_a_rung_tells_people_and_changes_both_systems_once(desk: Desk) -> None:
    way = post(desk, box := Letterbox())
    contact = desk.arrives()

    days(way, 4)

    [mail] = box.taken
    assert mail.to == "mia@sandbox.example"
    assert mail.subject.startswith("Untouched for 1 day and 6 hours: Lou Reed, VU, owner Ana")
    assert shown(desk, contact) == {
        "wanted": "yes", "members": [contact], "statuses": ["Disqualified"],
    }  # fmt: skip


@fault("V9")
@pytest.mark.parametrize("kind", [Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.TIMEOUT_BEFORE])
def test_lost_answers_change_nothing_of_that(desk: Desk, kind: Kind) -> None:
    way = post(desk, box := Letterbox(lost=[TryLater("lost", unknown=True)]))
    contact = desk.arrives()
    faults = desk.town.world.faults
    faults.switch_on(Rule(kind, "PUT .*memberships.*", times=1))
    faults.switch_on(Rule(kind, ".*contacts/batch/update", times=2))

    days(way, 4)

    assert shown(desk, contact) == {
        "wanted": "yes", "members": [contact], "statuses": ["Disqualified"],
    }  # fmt: skip
    assert len(box.taken) == 2
    assert len(set(box.taken)) == 1  # the second is the first, letter by letter
    entries = [e for e in desk.town.world.journal.entries() if e.operation == "list"]
    assert len(entries) == 1


def test_the_plan_shows_each_of_them_before_anything_is_written(desk: Desk) -> None:
    way = post(desk)
    contact = desk.arrives()
    for _ in range(3):
        way.work(DAY / 4)
    desk.only_read(12 * HOUR)

    told = way.slasync("plan").stdout

    assert "+ message to Mia" in told
    assert "subject: Untouched for " in told
    assert "~ wanted: nothing -> yes" in told or "~ wanted: unknown -> yes" in told
    assert "+ onto list nurture" in told
    assert "-> Disqualified" in told
    assert "why: nobody called" in told
    assert shown(desk, contact)["members"] == []


def test_what_was_done_is_explained(desk: Desk) -> None:
    way = post(desk)
    contact = desk.arrives()
    days(way, 2)

    told = way.slasync("explain", f"hubspot:contact:{contact}").stdout

    done = "notify to mia@sandbox.example, property wanted = yes, list add nurture"
    words = " ".join(told.split())
    assert done in words
    assert "status to Disqualified" in words
    assert "set a property: wanted: done (applied)" in words


def test_a_message_that_is_refused_is_parked_and_sent_when_that_is_mended(desk: Desk) -> None:
    way = post(desk, box := Letterbox())
    desk.change(AGREEMENT, "manager_untouched}\n          - {do: property", "manager_untouched, "
                "via: smtp}\n          - {do: property")  # fmt: skip
    desk.arrives()
    chat = Letterbox(channel="webhook")
    days(Post(desk, chat), 2)
    assert not chat.taken

    parked = way.slasync("parked", "list").stdout
    assert "there is no way to people by smtp" in parked.replace("\n", " ") or "message" in parked

    assert "1 will be done again" in way.slasync("parked", "retry", "--all").stdout
    way.work()
    assert [mail.to for mail in box.taken] == ["mia@sandbox.example"]


def test_check_says_how_messages_go_and_asks_every_way(desk: Desk) -> None:
    way = post(desk)

    assert "Messages go by smtp, unless their rung says otherwise." in way.slasync("check").stdout
    assert "notify to manager" in way.slasync("check").stdout
    told = Post(desk, Rejecting()).slasync("check", "--live")
    assert "does not accept notify.smtp.user" in told.stdout


def test_a_live_check_finds_a_list_that_is_gone(desk: Desk) -> None:
    way = post(desk)
    desk.change(HUBSPOT, "nurture: '1'", "nurture: '17'")

    assert "there is no list 17 (nurture)" in way.slasync("check", "--live").stdout


def test_every_way_that_is_configured_is_connected(desk: Desk) -> None:
    both = NOTIFY.replace("  digest:", "  webhook: {url: {env: HOOK}}\n  digest:")
    desk.change("config/slasync.yaml", "\nlog_level:", both)
    desk.environ["HOOK"] = "https://hooks.example/x"
    settings = Surroundings(desk.environ, desk.seams).settings(None)

    found = connect(settings, desk.seams)

    assert [way.channel for way in found.messengers] == ["smtp", "webhook"]
    assert found.messenger is found.messengers[0]
