"""An agreement in which contact made hands leads over: played, and read as a document."""

from pathlib import Path

import pytest

from slasync.reports.agreement import render
from slasync.settings import copy_defaults
from tests.reports.manual import passed
from tests.reports.papers import AGREEMENT, shipped

WAYS = "    any_of:\n"
WAY = """    any_of:
      - name: contact_made
        when: contact_made in ['call', 'conversation']
        trigger: every_change
"""
TESTS = """
tests:
  - name: a lead that rings is handed over, and the clock runs from then
    given: {owner: Inbound queue}
    events:
      - {at: 2026-09-14 10:00, contact: call}
    until: 2026-09-15 12:00
    expect:
      handed_over: [{definition: contact_made, at: 2026-09-14 10:00}]
      rungs: {first_touch: [{rung: day_0}, {rung: day_1, at: 2026-09-15 10:00}]}
  - name: a lead that is spoken with is handed over, and is touched already
    given: {owner: ana@acme.example}
    events:
      - {at: 2026-09-14 10:00, touch: meeting}
    until: 2026-09-15 12:00
    expect: {handed_over: [{definition: contact_made}]}
  - name: a mail alone is not what was agreed
    given: {owner: Inbound queue}
    events:
      - {at: 2026-09-14 10:00, contact: email}
    until: 2026-09-15 12:00
    expect: {nothing: true}
  - name: a call that is suspect is no contact
    given: {owner: Inbound queue}
    events:
      - {at: 2026-09-14 10:00, contact: call, grade: suspect}
    until: 2026-09-15 12:00
    expect: {nothing: true}
"""


def test_a_policy_test_may_have_a_lead_make_contact(tmp_path: Path) -> None:
    copy_defaults(tmp_path)
    agreement = tmp_path / AGREEMENT
    agreement.write_text(agreement.read_text("utf-8").replace(WAYS, WAY, 1), "utf-8")

    assert passed(tmp_path, TESTS) == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "`conversation`, jemand hat mit dem Lead gesprochen"),
        ("en", "`conversation`, somebody spoke with the lead"),
    ],
)
def test_the_document_says_what_contact_is_where_it_is_agreed(
    tmp_path: Path, language: str, words: str
) -> None:
    agreed = " ".join(render(shipped(tmp_path / "new", (AGREEMENT, WAYS, WAY)), language).split())
    before = render(shipped(tmp_path / "old"), language)

    assert words in agreed
    assert "contact_made" not in before
