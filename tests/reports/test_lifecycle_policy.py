"""The stages of docs/writing_agreements.md, without one and with names of its own: played, read."""

from pathlib import Path

import pytest

from slasync.domain.agreement import Stage
from slasync.reports.agreement import render
from slasync.settings.paper import load_paper
from slasync.settings.problems import ConfigurationError
from tests.reports.manual import lay_out, loaded, passed
from tests.reports.papers import AGREEMENT

TESTS = """
tests:
  - name: a lead at work is at the stage that its status stands for, whatever else there usually is
    events:
      - {at: 2026-09-14 10:00, score: 80}
      - {at: 2026-09-14 11:00, status: Working - Contacted}
    until: 2026-09-14 12:00
    meanwhile: [{at: 2026-09-14 10:30, stage: mql}]
    expect: {stage: sql}
  - name: and back again
    events:
      - {at: 2026-09-14 10:00, score: 80}
      - {at: 2026-09-14 11:00, status: Working - Contacted}
      - {at: 2026-09-14 11:30, status: Open - Not Contacted}
    until: 2026-09-14 12:00
    expect: {stage: mql, cycles: 1}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The shipped files with the stages of the manual."""
    lay_out(tmp_path, "without:")
    return tmp_path


def changed(home: Path, old: str, new: str) -> None:
    file = home / AGREEMENT
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_stages_of_the_manual_do_as_it_says(home: Path) -> None:
    lifecycle = loaded(home).agreement.lifecycle

    assert passed(home, TESTS) == 2
    assert Stage.SAL not in lifecycle.way
    assert lifecycle.called("mql", "de") == "Heißer Lead"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{from: mql, to: sql, rate: 0.3}", "{from: mql, to: sal, rate: 0.3}",
         "goal.conversion[0].to: sal is left out in stages.without"),
        ("without: [sal]", "without: [sal, target]",
         "definitions.lead: tells targets from leads, and target is left out in stages.without"),
        ("ends_on: [touch,", "ends_on: [accepted, touch,",
         "accepted never comes: no status in stages.of_status stands for sal"),
        ("ends_on: [touch,", "ends_on: [{reaches: sal}, touch,",
         "no status in stages.of_status stands for sal: it never comes"),
    ],
)  # fmt: skip
def test_what_speaks_of_a_stage_that_is_left_out_is_told(
    home: Path, old: str, new: str, told: str
) -> None:
    if "target" in new:  # named nowhere in the part itself
        for before, after in (("order: [target, ", "order: ["), ("{target: marketing, ", "{")):
            changed(home, before, after)
        changed(home, "    target: [lead, mql]\n", "")
    if "to: sal" in new:
        changed(home, "{from: sql, to: opp", "{from: sal, to: opp")
    changed(home, old, new)

    with pytest.raises(ConfigurationError) as raised:
        loaded(home)

    assert any(told in str(problem) for problem in raised.value.problems)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ("| Heißer Lead |", "→ Heißer Lead → In Arbeit →",
                "Stufen, die es hier nicht gibt:** SAL")),
        ("en", ("| Hot lead |", "→ Hot lead → In progress →", "both sides do without:** SAL")),
    ],
)  # fmt: skip
def test_the_document_calls_the_stages_as_the_two_sides_do(
    home: Path, language: str, words: tuple[str, ...]
) -> None:
    text = " ".join(render(load_paper(home / "config", home / "connectors"), language).split())

    for each in words:
        assert each in text
