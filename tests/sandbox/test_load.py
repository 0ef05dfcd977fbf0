from datetime import UTC, datetime
from pathlib import Path

import pytest

from slasync.sandbox import load
from slasync.sandbox.loading import Batch, Loaded, Refusal, Row
from slasync.sandbox.marked import Wrong
from slasync.sandbox.time import Driven
from slasync.sandbox.town import Town, build
from slasync.sandbox.world import World

MAP = """\
system: hubspot
object: contacts
key: email
zone: Europe/Berlin
columns:
  E-Mail: email
  Score: {field: hubspotscore, type: number}
  Seen: {field: closedate, type: datetime, format: "%d.%m.%Y %H:%M"}
  Mailings: {field: hs_email_optout, type: bool, values: {no: "true", yes: "false"}}
templates:
  lastname: "{Last}"
  firstname: "{First:.1}."
constants: {country: Germany}
ignore: [Note]
"""
ROWS = """\
E-Mail,First,Last,Score,Seen,Mailings,Note
a@x.example,Ann,Arbor,12.5,02.07.2026 09:00,no,"two
lines"
b@x.example,Bob,Baker,,,,
"""


def a_town() -> Town:
    return build(World(Driven(datetime(2026, 3, 2, 9, tzinfo=UTC)).now))


def loaded(town: Town, tmp_path: Path, map_text: str = MAP, rows: str = ROWS) -> list[Loaded]:
    """Do what the command does, in process."""
    (tmp_path / "map.yaml").write_text(map_text)
    (tmp_path / "rows.csv").write_text(rows)
    map_ = load.load_map(tmp_path / "map.yaml")
    load.check(map_, town.loader.fields(map_.system, map_.object), tmp_path / "rows.csv")
    return [
        town.loader.load(Batch(map_.system, map_.object, map_.key, list(rows)))
        for rows in load.batches(map_, tmp_path / "rows.csv")
    ]


def told(tmp_path: Path, map_text: str = MAP, rows: str = ROWS) -> list[str]:
    """Return the problems of a load, without the folder."""
    with pytest.raises(Wrong) as caught:
        loaded(a_town(), tmp_path, map_text, rows)
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_columns_templates_constants_and_types_fill_the_fields(tmp_path: Path) -> None:
    town = a_town()

    assert loaded(town, tmp_path) == [Loaded(2, 0)]

    ann, bob = town.hubspot.rows("contacts")
    assert (ann["firstname"], ann["lastname"], ann["country"]) == ("A.", "Arbor", "Germany")
    assert (ann["hubspotscore"], ann["hs_email_optout"]) == ("12.5", "true")
    assert ann["closedate"] == "2026-07-02T07:00:00.000Z"
    assert "closedate" not in bob


def test_loading_twice_updates(tmp_path: Path) -> None:
    town = a_town()
    loaded(town, tmp_path)

    again = loaded(town, tmp_path, rows=ROWS.replace("Baker", "Brown"))

    assert again == [Loaded(0, 2)]
    assert [c["lastname"] for c in town.hubspot.rows("contacts")] == ["Arbor", "Brown"]


def test_salesforce_records_are_told_apart_by_any_field(tmp_path: Path) -> None:
    text = "system: salesforce\nobject: Lead\nkey: Email\ncolumns:\n  mail: Email\n  n: LastName\n"
    text += "  c: Company\n"
    rows = "mail,n,c\na@x.example,One,Acme\n"
    town = a_town()

    assert loaded(town, tmp_path, text, rows) == [Loaded(1, 0)]
    assert loaded(town, tmp_path, text, rows.replace("One", "Two")) == [Loaded(0, 1)]
    assert [row["LastName"] for row in town.salesforce.rows("Lead")] == ["Two"]


def test_a_key_that_hubspot_itself_does_not_know_as_unique_works_too(tmp_path: Path) -> None:
    text = "system: hubspot\nobject: companies\nkey: domain\ncolumns: {d: domain, n: name}\n"
    town = a_town()

    assert loaded(town, tmp_path, text, "d,n\nx.example,One\n") == [Loaded(1, 0)]
    assert loaded(town, tmp_path, text, "d,n\nx.example,Two\n") == [Loaded(0, 1)]
    assert [row["name"] for row in town.hubspot.rows("companies")] == ["Two"]


def test_a_long_file_goes_in_batches(tmp_path: Path) -> None:
    text = "system: hubspot\nobject: contacts\nkey: email\ncolumns: {mail: email}\n"
    rows = "mail\n" + "".join(f"n{number}@x.example\n" for number in range(1_100))

    done = loaded(a_town(), tmp_path, text, rows)

    assert [batch.created for batch in done] == [500, 500, 100]


def test_an_unknown_field_is_named_with_line_and_column(tmp_path: Path) -> None:
    assert told(tmp_path, MAP.replace("lastname:", "lastnam:")) == [
        "map.yaml:11:3: templates.lastnam: contacts has no field 'lastnam' (did you mean lastname?)"
    ]


def test_an_unknown_column_is_named_with_line_and_column(tmp_path: Path) -> None:
    problems = told(tmp_path, rows=ROWS.replace("Score", "Points"))

    assert problems[0] == "rows.csv:1: column 4: 'Points' is not in the map"
    assert problems[1] == "rows.csv:1: no column 'Score'"


def test_all_bad_cells_are_named_by_line_before_anything_is_loaded(tmp_path: Path) -> None:
    bad = ROWS.replace("12.5", "many").replace("b@x.example,Bob,Baker,", ",Bob,Baker,")

    problems = told(tmp_path, rows=bad)

    assert problems == [
        "rows.csv:2: hubspotscore: 'many' is no number",
        "rows.csv:4: email is empty",
    ]


@pytest.mark.parametrize(
    ("change", "by", "problem"),
    [
        ("hubspot\n", "hubspt\n", "map.yaml:1:1: system: 'hubspt' is not known (did you mean"),
        ("Berlin", "Berln", "map.yaml:4:1: zone: 'Europe/Berln' is no time zone"),
        ("type: bool", "type: yesno", "map.yaml:9:38: columns.Mailings.type: 'yesno' is not"),
        ("ignore", "ignored", "map.yaml:14:1: ignored: unknown key (did you mean ignore?)"),
        ("key: email", "key: fax", "map.yaml:3:1: key: no column or template fills 'fax'"),
        ('"{Last}"', '"{Last"', "map.yaml:11:3: templates.lastname: no template: expected '}'"),
        ("constants: {country", "constants: {email", "map.yaml:1:1: field email is filled twice"),
        ("ignore: [Note]", "key: email", "map.yaml:14:1: found duplicate key"),
    ],
)
def test_what_is_wrong_with_a_map_is_told_where(
    tmp_path: Path, change: str, by: str, problem: str
) -> None:
    problems = told(tmp_path, MAP.replace(change, by))

    assert any(said.startswith(problem) for said in problems), problems


def test_a_value_that_the_system_refuses_names_the_row_and_loads_nothing() -> None:
    town = a_town()
    rows = [{"email": "a@x.example"}, {"email": "b@x.example", "numemployees": "lots"}]

    with pytest.raises(Refusal, match=r"row 2: .*lots was not one of the allowed options"):
        town.loader.load(Batch("hubspot", "contacts", "email", list(rows)))

    assert list(town.hubspot.rows("contacts")) == []


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ("oracle", "leads"),
        ("hubspot", "leeds"),
        ("marketo", "people"),
        ("salesforce", "LeadHistory"),
    ],
)
def test_what_cannot_be_loaded_is_refused(system: str, name: str) -> None:
    with pytest.raises(Refusal):
        a_town().loader.fields(system, name)


def test_rows_become_leads_of_marketo_and_a_second_load_updates_them(tmp_path: Path) -> None:
    text = "system: marketo\nobject: leads\nkey: email\ncolumns: {mail: email, last: lastName}\n"
    map_ = tmp_path / "map.yaml"
    map_.write_text(text)
    town = a_town()
    for last in ("Abel", "Adler"):
        rows = tmp_path / "rows.csv"
        rows.write_text(f"mail,last\na@x.example,{last}\n")
        compiled = load.load_map(map_)
        assert load.check(compiled, town.loader.fields("marketo", "leads"), rows) == 1
        for batch in load.batches(compiled, rows):
            town.loader.load(Batch("marketo", "leads", "email", list[Row](batch)))

    assert [row["lastName"] for row in town.marketo.rows()] == ["Adler"]


def test_a_row_that_marketo_refuses_is_named() -> None:
    rows: list[Row] = [{"email": "a@x.example"}, {"email": "none"}]
    town = a_town()

    with pytest.raises(Refusal, match="row 2: Invalid value for field 'email'"):
        town.loader.load(Batch("marketo", "leads", "email", rows))
