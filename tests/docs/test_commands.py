"""The commands of the docs do what their pages say: run in order, page by page, in a small company.

What names something that only a real installation has, KEY or NAME, is read by
`test_examples.py`; so is what waits for somebody to end it.
"""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slasync.settings import copy_defaults
from tests.cli.desk import Desk
from tests.cli.desk_fixtures import new_desk
from tests.docs.pages import PAGES, blocks
from tests.docs.test_examples import RUN_AS_A_WHOLE, called, is_shell, reason
from tests.packaging.dockerfile import ROOT

__all__ = ["new_desk"]  # fixture
NAMED = re.compile(r"\b(?:KEY|NAME|ID|LEAD|RUN)\b")
NOT_HERE = {
    "run": "goes on until it is told to stop; tests/e2e runs it",
    "sandbox": "goes on likewise; docs/getting_started.md is run as a whole",
    "provision": "takes an admin's session; tests/cli/test_provision.py",
    "revert": "names a run; tests/cli/test_revert.py",
    "calibrate read": "reads what two people filled in; tests/cli/test_calibrate.py",
    "backup": "writes where the page says; tests/cli/test_backup.py",
}
PASSWORD = "correct horse battery staple"
COSTS = "month,source,campaign,cost\n2026-10,Web,,1200\n"
NOVEMBER = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOTIFIED = "\nnotify:\n  webhook: {url: {env: HOOK}}\n  digest: {language: en}\n\nlog_level:"


def commands(page: Path) -> list[list[str]]:
    """Return the calls of slasync on a page that can be made, in order."""
    return [
        words[1:]
        for block in blocks(page)
        if reason(block) is None and is_shell(block)
        for words in called(block.text)
        if words[0] == "slasync"
        and not NAMED.search(" ".join(words))
        and "/etc/slasync" not in words
        and not {words[1], " ".join(words[1:3])} & NOT_HERE.keys()
    ]


RUN = [p for p in PAGES if str(p.relative_to(ROOT)) not in RUN_AS_A_WHOLE and commands(p)]


@pytest.fixture
def company(new_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two leads that the pages name, in November; files beside them that the pages name."""
    here = new_desk.home / "here"
    copy_defaults(here / "draft")
    draft = here / "draft/config/agreement.yaml"
    changed = draft.read_text("utf-8").replace('version: "1"', 'version: "2"', 1)
    draft.write_text(changed, "utf-8")
    shutil.copy(draft, here / "other.yaml")
    shutil.copytree(here / "draft/config/tests", here / "config/tests")
    (here / "costs.csv").write_text(COSTS, "utf-8")
    (here / "otto").write_text(PASSWORD, "utf-8")
    new_desk.change("config/slasync.yaml", "\nlog_level:", NOTIFIED)
    new_desk.environ["HOOK"] = "https://chat.sandbox.example/hook"
    monkeypatch.chdir(here)
    new_desk.slasync("sync", "--once")
    new_desk.driven.advance_to(NOVEMBER - timedelta(days=10))
    for name in ("someone", "lou"):
        new_desk.arrives(f"{name}@example.com")
    new_desk.work()
    new_desk.driven.advance_to(NOVEMBER)
    new_desk.work()
    new_desk.work()  # and reads what it wrote
    return new_desk


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_does_something(page: Path, company: Desk) -> None:
    for words in commands(page):
        here = [word.replace("/run/secrets/otto", "otto") for word in words]
        done = company.slasync(*here, stdin=f"{PASSWORD}\n{PASSWORD}\n")

        assert done.exit_code == 0, (words, done.output + done.stderr)
