"""The shipped files with an example of docs/writing_agreements.md in them; policy tests on them."""

from datetime import date
from pathlib import Path

from slasync.reports.policy_cases import case_of
from slasync.reports.policy_tests import judged
from slasync.settings import copy_defaults
from slasync.settings.policy import Policy, load_policy, load_policy_tests
from tests.docs.pages import blocks
from tests.docs.test_examples import put, read
from tests.packaging.dockerfile import ROOT
from tests.reports.papers import AGREEMENT

TODAY = date(2026, 11, 23)
POOLS = """
pools:
  inbound:
    members: [ana@acme.example, ben@acme.example]
    manager: mia@acme.example
    leadership: [lea@acme.example]
    queue: Inbound queue
    calendar: berlin
"""


def lay_out(home: Path, words: str) -> None:
    """Write the shipped files, with the one example of the manual that holds `words`."""
    copy_defaults(home)
    manual = blocks(ROOT / "docs/writing_agreements.md")
    [shown] = [block.text for block in manual if words in block.text]
    put(home / AGREEMENT, read(shown))


def loaded(home: Path) -> Policy:
    return load_policy(home / "config", home / "connectors", {}, today=TODAY)


def passed(home: Path, tests: str) -> int:
    """Play policy tests on the files in `home`, with POOLS; return how many there are."""
    path = home / "case.yaml"
    path.write_text(POOLS + tests, "utf-8")
    policy = loaded(home)
    file = load_policy_tests(policy, [path])[path]
    results = [judged(case_of(policy, file, part)) for part in file.tests]
    assert {result.name: result.failures for result in results if result.failures} == {}
    return len(results)
