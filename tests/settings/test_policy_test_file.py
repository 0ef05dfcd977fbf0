"""Each kind of mistake in a file of policy tests has its message, with a place."""

from datetime import date
from pathlib import Path

import jsonschema
import pytest

from slasync.settings import ConfigurationError, copy_defaults, schemas
from slasync.settings.document import read
from slasync.settings.environment import no_variables
from slasync.settings.policy import Policy, load_policy, load_policy_tests
from slasync.settings.schema import TESTS

TODAY = date(2026, 11, 23)
TEXT = """\
tests:
  - name: a case
    given: {fields: {company: Velvet}, owner: ana@sandbox.example}
    events:
      - {at: 2026-09-14 10:00, score: 80}
      - {after: 2 business hours, touch: call, by: ana@sandbox.example}
    until: 2026-09-18 10:00
    expect: {owner: ana@sandbox.example, rungs: {first_touch: [{rung: day_0}]}}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policy")
    copy_defaults(folder)
    return folder


@pytest.fixture(scope="module")
def policy(home: Path) -> Policy:
    return load_policy(home / "config", home / "connectors", {}, today=TODAY)


def problems(policy: Policy, folder: Path, text: str) -> list[str]:
    path = folder / "case.yaml"
    path.write_text(text)
    try:
        load_policy_tests(policy, [path])
    except ConfigurationError as error:
        return [str(problem).removeprefix(f"{folder}/") for problem in error.problems]
    return []


def test_the_file_these_mistakes_are_made_in_is_right(policy: Policy, tmp_path: Path) -> None:
    assert problems(policy, tmp_path, TEXT) == []


EVENT = "tests[0].events[0]"
MISTAKES = [
    ("score: 80", "scoer: 80", f"5:32: {EVENT}.scoer: unknown key 'scoer' (did you mean score?)"),
    ("score: 80", "score: high", f"5:39: {EVENT}.score: should be a number"),
    ("score: 80", "grade: weak",
     (f"5:9: {EVENT}: one thing happens at a time, here: none; one of score, form, fields, status,"
     " outcome, touch, contact, completes, deletes, owner, stalls")),
    ("score: 80", "score: 80, touch: call",
     (f"5:9: {EVENT}: one thing happens at a time, here: score and touch; one of score, form,"
     " fields, status, outcome, touch, contact, completes, deletes, owner, stalls")),
    ("score: 80", "score: 80, grade: weak",
     f"5:9: {EVENT}: a grade belongs to touch, contact or completes, not to score"),
    ("score: 80", "score: 80, of: processing",
     f"5:9: {EVENT}: of names the clock of a task, and score has none"),
    ("score: 80", "score: 80, after: 1 h",
     f"5:9: {EVENT}: needs at, a time, or after, how long after the event before; not both"),
    ("score: 80", "owner: ben@sandbox.example",
     f"5:9: {EVENT}: an owner change needs by: a person, or automation"),
    ("score: 80", "stalls: salesforce.tasks",
     f"5:9: {EVENT}: stalls and until belong together: a stream, and when it is read again"),
    ("score: 80", "stalls: salesforce.task, until: 2026-09-15 10:00",
     f"5:40: {EVENT}.stalls: 'salesforce.task' is none of 'salesforce.leads',"),
    ("score: 80", "status: Workng - Contacted",
     (f"5:40: {EVENT}.status: there is no lead status 'Workng - Contacted'"
     " (did you mean Working - Contacted?)")),
    ("score: 80", "fields: {scoer: 80}",
     f"5:40: {EVENT}.fields: unknown field 'scoer' (did you mean score?)"),
    ("score: 80", "fields: {score: '80'}",
     f"5:40: {EVENT}.fields: field 'score' holds number, and this is '80'"),
    ("score: 80", "touch: cal",
     (f"5:39: {EVENT}.touch: 'cal' is none of 'call', 'email', 'meeting', 'task'"
     " (did you mean call?)")),
    ("score: 80", "outcome: convert",
     (f"5:41: {EVENT}.outcome: 'convert' is none of 'converted', 'opportunity', 'recycled',"
     " 'disqualified', 'deleted', 'restored' (did you mean converted?)")),
    ("at: 2026-09-14 10:00", "at: Monday morning",
     f"5:14: {EVENT}.at: is no time: write 2026-11-02 09:00, or 2026-11-02T09:00:00+01:00"),
    ("at: 2026-09-14 10:00", "at: 2026-09-14", f"5:14: {EVENT}.at: is no time: write"),
    ("at: 2026-09-14 10:00", "after: 1 h",
     "2:5: tests[0]: the first event needs at, a time: after follows another event"),
    ("2 business hours", "2 hours",
     ("6:17: tests[0].events[1].after: is no span of time: write 2 business hours, 1 business day,"
     " 3 calendar days or 30 min")),
    ("2 business hours", "1.5 business days",
     "6:17: tests[0].events[1].after: the amount is 1.5: business_days count whole days only"),
    ("2 business hours", "2 calendar hours",
     ("6:17: tests[0].events[1].after: '2 calendar hours': calendar days only; write 24 h for hours"
     " by the clock")),
    ("by: ana@", "by: anna@",
     ("6:52: tests[0].events[1].by: there is no person in a pool 'anna@sandbox.example'"
     " (did you mean ana@sandbox.example?)")),
    ("owner: ana@sandbox.example}\n    ev", "owner: Inbound queu}\n    ev",
     ("3:47: tests[0].given.owner: there is no person or queue in a pool 'Inbound queu'"
     " (did you mean Inbound queue?)")),
    ("company: Velvet", "compny: Velvet",
     "3:21: tests[0].given.fields: unknown field 'compny' (did you mean company?)"),
    ("owner: ana@sandbox.example}\n    ev",
     "absent: [{who: ana@sandbox.example, from: 2026-09-14, to: 2026-09-01}]}\n    ev",
     "3:49: tests[0].given.absent[0]: ends on 2026-09-01, before it begins on 2026-09-14"),
    ("first_touch:", "first_tuch:",
     ("8:50: tests[0].expect.rungs.first_tuch: there is no clock 'first_tuch'"
     " (did you mean first_touch?)")),
    ("rung: day_0", "rung: day_00",
     "8:13: tests[0].expect: clock first_touch has no rung 'day_00' (did you mean day_0?)"),
    ("{owner: ana@sandbox.example, rungs", "{handed_over: [{definition: scor}], rungs",
     ("8:41: tests[0].expect.handed_over[0].definition: there is no definition 'scor'"
     " (did you mean score?)")),
    ("{owner: ana@sandbox.example, rungs", "{stage: mqll, rungs",
     "8:21: tests[0].expect.stage: 'mqll' is none of"),
    ("{owner: ana@sandbox.example, rungs", "{nothing: true, rungs",
     "8:13: tests[0].expect: nothing: true says it all: leave out the rest"),
    ("{owner: ana@sandbox.example, rungs: {first_touch: [{rung: day_0}]}}", "{}",
     "8:13: tests[0].expect: expects nothing in particular: say what, or nothing: true"),
    ("    until: 2026-09-18 10:00\n", "", "2:5: tests[0].until: 'until' is missing"),
    ("    until: 2026-09-18 10:00\n",
     "    until: 2026-09-18 10:00\n    meanwhile: [{at: 2026-09-15 10:00}]\n",
     ("8:17: tests[0].meanwhile[0]: expects nothing in particular: say what, the owner or the stage"
     " say")),
    ("Velvet", "'${COMPANY}'", "3:31: tests[0].given.fields.company: no variables in this file"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), MISTAKES)
def test_a_mistake_is_told_with_its_place(
    policy: Policy, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in TEXT
    found = problems(policy, tmp_path, TEXT.replace(old, new, 1))

    assert len(found) == 1
    assert found[0].startswith(f"case.yaml:{problem}")


def test_two_tests_of_one_name_are_refused(policy: Policy, tmp_path: Path) -> None:
    twice = TEXT + TEXT.removeprefix("tests:\n")

    assert problems(policy, tmp_path, twice) == [
        "case.yaml:1:1: (top): test 'a case' is there twice"
    ]


def test_the_problems_of_all_files_are_told_at_once(policy: Policy, tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("tests: []\n")

    with pytest.raises(ConfigurationError) as error:
        load_policy_tests(policy, [tmp_path / "a.yaml", tmp_path / "b.yaml"])

    assert [Path(p.file).name for p in error.value.problems] == ["a.yaml", "b.yaml"]


def test_people_are_those_of_the_file_s_own_pools_where_it_has_some(
    policy: Policy, tmp_path: Path
) -> None:
    own = "pools: {inbound: {members: [{who: zoe@acme.example, weight: 2}]}}\n"

    assert problems(policy, tmp_path, own + TEXT.replace("ana@sandbox", "zoe@acme")) == []
    assert len(problems(policy, tmp_path, own + TEXT)) == 3


def test_the_schema_accepts_the_tests_shipped(home: Path) -> None:
    for path in sorted((home / "config/tests").glob("*.yaml")):
        document, _ = read(path, no_variables)
        jsonschema.validate(document.data, schemas()[TESTS])


# the policy by itself


def test_the_policy_needs_no_secret_and_no_deployment(home: Path) -> None:
    policy = load_policy(home / "config", home / "connectors", {}, today=TODAY)

    assert policy.agreement.name == "Inbound leads"
    assert policy.agreement.create_leads


def test_variables_of_the_connectors_that_are_not_set_are_left_alone(tmp_path: Path) -> None:
    copy_defaults(tmp_path)
    connector = tmp_path / "connectors/salesforce/connector.yaml"
    connector.write_text(
        connector.read_text().replace("daily_calls: 100000", "daily_calls: ${CALLS}")
    )

    assert load_policy(tmp_path / "config", tmp_path / "connectors", {}, today=TODAY)


def test_another_agreement_is_checked_like_the_one_in_force(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    text = (home / "config/agreement.yaml").read_text()
    other.write_text(
        text.replace("score >= 75", "scoer >= 75").replace("calendar: berlin", "calendar: belin")
    )

    with pytest.raises(ConfigurationError) as error:
        load_policy(home / "config", home / "connectors", {}, today=TODAY, agreement=other)

    assert [problem.what for problem in error.value.problems] == [
        "there is no calendar 'belin' (did you mean berlin?)",
        "unknown field 'scoer' (did you mean score?)",
    ]
    assert {problem.file for problem in error.value.problems} == {str(other)}
