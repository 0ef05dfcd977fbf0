from pathlib import Path
from typing import Any

import pytest

from slasync.settings.document import MOST_BYTES, Document, parse
from slasync.settings.document import read as read_file
from slasync.settings.environment import Environment, no_variables
from tests.faults.marks import fault


def read(text: str) -> tuple[Document, list[str]]:
    document, problems = parse("a.yaml", text, Environment({"PORT": "80"}).expand)
    return document, [str(problem) for problem in problems]


@fault("S13")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("country: NO", {"country": "NO"}),
        ("answer: yes", {"answer": "yes"}),
        ("to: 17:00", {"to": "17:00"}),
        ("to: 12:30:00", {"to": "12:30:00"}),
        ("on: 2026-12-24", {"on": "2026-12-24"}),
        ("2026-12-24: closed", {"2026-12-24": "closed"}),
        ("NO: 1", {"NO": 1}),
        ("share: 0.2", {"share": 0.2}),
        ("daily: 100000", {"daily": 100000}),
        ("on: true", {"on": True}),
        ("none: null", {"none": None}),
        ("none: ~", {"none": None}),
        ("port: ${PORT}", {"port": 80}),
        ("port: '${PORT}'", {"port": "80"}),
        ("port: ${OTHER:-81}", {"port": 81}),
        ("url: http://${HOST:-localhost}:${PORT}/", {"url": "http://localhost:80/"}),
        ("empty: ${OTHER:-}", {"empty": ""}),
        ("body: Dear $lead, ${lead}", {"body": "Dear $lead, ${lead}"}),
        ("", {}),
        ("# nothing yet", {}),
    ],
)
def test_scalars_are_read_as_yaml_1_2_reads_them(text: str, value: Any) -> None:
    document, problems = read(text)

    assert (document.data, problems) == (value, [])
    assert repr(document.data) == repr(value)  # 80 is no "80", 1 no True


def test_every_value_and_key_has_its_line_and_column() -> None:
    document, _ = read("a:\n  - b: 1\n    c: [x, y]\n")

    assert document.values[("a", 0, "c", 1)] == (3, 12)
    assert document.keys[("a", 0, "c")] == (3, 5)
    assert str(document.problem(("a", 0, "d"), "is missing")) == "a.yaml:2:5: a[0].d: is missing"


@fault("S13")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1", "a.yaml:1:6: (top): expected ',' or ']'"),
        ("a: 1\n b: 2", "a.yaml:2:3: (top): mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", "a.yaml:2:1: (top): but found another document"),
        ("a: *b", "a.yaml:1:4: (top): found undefined alias"),
        ("a: !!python/object:os.system {}", "a.yaml:1:4: (top): tags (!something) are not used"),
        ("a: \x07", "a.yaml:1:1: (top): is not YAML"),
    ],
)
def test_a_file_that_is_not_yaml_says_where(text: str, problem: str) -> None:
    document, problems = read(text)

    assert document.data is None
    assert len(problems) == 1
    assert problems[0].startswith(problem), problems


@fault("S13")
def test_every_key_given_twice_is_reported_where_it_stands() -> None:
    _, problems = read("a: 1\nb: {c: 1, c: 2}\na: 3\n")

    assert problems == [
        "a.yaml:2:11: b.c: the key 'c' is there already, in line 2",
        "a.yaml:3:1: a: the key 'a' is there already, in line 1",
    ]


@fault("S13")
@pytest.mark.parametrize(
    ("bomb", "what"),
    [
        ("[" * 5_000, "nested deeper than"),
        ("a: &a [x, x]\n" + "b: [" + "*a, " * 200 + "]", "aliases"),
        ("- 1\n" * 30_000, "more than 20,000 values"),
        ("a: &a {b: *a}", "too deep or too large once its aliases are written out"),
        (
            (
                "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
                "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
                "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
                "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
                "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n"
            ),
            "too large",
        ),
        ("? [a]\n: 1", "a key must be text"),
        ("a: &a 1\nb: &a 2", "the anchor &a is there twice"),
    ],
)
def test_a_bomb_does_not_go_off(bomb: str, what: str) -> None:
    _, problems = read(bomb)

    assert what in problems[0]
    assert len(problems) <= 1_000


def test_a_file_that_nobody_wrote_by_hand_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: " + "x" * MOST_BYTES)

    _, [problem] = read_file(file, Environment({}).expand)

    assert problem.what == "larger than 1,000,000 bytes"


@fault("S10")
@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://slasync:hunter2@db/slasync",
        "pat-eu1-0123abcd-4567",
        "|\n  -----BEGIN PRIVATE KEY-----\n  MIIE",
    ],
)
def test_a_secret_in_clear_text_is_refused_and_not_repeated(secret: str) -> None:
    _, problems = read(f"a: {secret}")

    assert len(problems) == 1
    assert "clear text" in problems[0]
    assert "hunter2" not in problems[0]
    assert "0123abcd" not in problems[0]


def test_a_password_may_come_from_a_variable() -> None:
    text = "database: ${DATABASE}"
    environment = Environment({"DATABASE": "postgresql://slasync:hunter2@db/slasync"})

    document, problems = parse("a.yaml", text, environment.expand)

    assert (document.data, problems) == (
        {"database": "postgresql://slasync:hunter2@db/slasync"},
        [],
    )


def test_a_text_read_again_has_values_of_its_own_and_the_variables_of_the_day() -> None:
    text = "days: [mon]\nport: ${PORT}\nsum: 1\nsum: 2"

    first, told = parse("a.yaml", text, Environment({"PORT": "80"}).expand)
    first.data["days"].append("tue")
    second, told_again = parse("b.yaml", text, Environment({"PORT": "81"}).expand)

    assert second.data == {"days": ["mon"], "port": 81, "sum": 1}
    assert (first.data["port"], first.values) == (80, second.values)
    assert [str(each).partition(":")[0] for each in (*told, *told_again)] == ["a.yaml", "b.yaml"]


def test_what_was_agreed_holds_no_variables() -> None:
    _, problems = parse("a.yaml", "from: ${START:-2026-01-01}", no_variables)

    assert "no variables in this file" in str(problems[0])


def test_a_variable_without_a_value_is_named() -> None:
    _, problems = read("a: 1\nb: ${NOWHERE}")

    assert problems == [
        (
            "a.yaml:2:4: b: environment variable NOWHERE is not set:"
            " set it, or NOWHERE_FILE to a file that holds it"
        )
    ]


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan"])
def test_numbers_are_finite(number: str) -> None:
    _, problems = read(f"share: {number}")

    assert problems == ["a.yaml:1:8: share: give a finite number"]
