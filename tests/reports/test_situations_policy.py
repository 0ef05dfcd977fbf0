"""The agreement of docs/writing_agreements.md whose clocks go by stage, rule and queue: played."""

from pathlib import Path

import pytest

from slasync.reports.agreement import render
from slasync.settings.paper import load_paper
from tests.reports.manual import lay_out, passed

TESTS = """
tests:
  - name: a lead that lies in the queue is told of, and a person who takes it ends that
    events:
      - {at: 2026-09-14 10:00, score: 80}
      - {at: 2026-09-14 11:00, owner: Inbound queue, by: mia@acme.example}
      - {at: 2026-09-14 16:40, owner: ben@acme.example, by: mia@acme.example}
      - {at: 2026-09-14 16:50, touch: call}
    until: 2026-09-15 10:00
    meanwhile:
      - {at: 2026-09-14 12:30, open_tasks: [{to: mia@acme.example, role: manager}]}
    expect:
      rungs:
        in_queue:
          - {rung: hour_1, at: 2026-09-14 12:00}
          - {rung: hour_4, at: 2026-09-14 16:00}
      tasks: [{to: mia@acme.example, subject: Nobody has}]
      digest: [{to: lea@acme.example, text: Nobody has}]
      open_tasks: []
  - name: learned a day later it comes to the same
    events:
      - {at: 2026-09-14 10:00, score: 80}
      - {at: 2026-09-14 10:30, touch: call}
      - {at: 2026-09-14 11:00, owner: Inbound queue, by: mia@acme.example,
         learned: 2026-09-15 09:00}
      - {at: 2026-09-14 11:30, owner: ben@acme.example, by: mia@acme.example,
         learned: 2026-09-15 09:00}
    until: 2026-09-16 10:00
    expect: {rungs: {in_queue: []}, open_tasks: []}
  - name: the stage has a clock of its own, anew each time
    events:
      - {at: 2026-09-07 10:00, score: 80}
      - {at: 2026-09-07 11:00, status: Working - Contacted}
      - {at: 2026-09-08 11:00, status: Open - Not Contacted}
      - {at: 2026-09-09 11:00, status: Working - Contacted}
    until: 2026-09-22 11:30
    expect: {rungs: {accepted: [{rung: day_8, at: 2026-09-21 11:00}]}}
  - name: a rule ends it
    events:
      - {at: 2026-09-07 10:00, score: 80}
      - {at: 2026-09-07 11:00, status: Working - Contacted}
      - {at: 2026-09-10 11:00, fields: {country: Atlantis}}
    until: 2026-09-22 11:30
    expect: {rungs: {accepted: []}}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The shipped files with the clocks of the manual."""
    lay_out(tmp_path, "starts_on: queue")
    return tmp_path


def test_the_clocks_of_the_manual_do_as_it_says(home: Path) -> None:
    assert passed(home, TESTS) == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ("Beginnt mit:** dem Erreichen der Stufe SAL, jedes Mal von vorn",
                "dem Verlassen der Stufe SAL", "Warteschlange, jedes Mal von vorn",
                "der Übernahme durch eine Person")),
        ("en", ("Starts with:** the lead reaching the stage SAL, anew each time",
                "the stage SAL being left", "a queue having the lead, anew each time",
                "a person having the lead")),
    ],
)  # fmt: skip
def test_the_document_says_what_they_go_by(
    home: Path, language: str, words: tuple[str, ...]
) -> None:
    text = " ".join(render(load_paper(home / "config", home / "connectors"), language).split())

    for each in words:
        assert each in text
