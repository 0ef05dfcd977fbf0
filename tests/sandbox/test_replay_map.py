import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slasync.sandbox.marked import Wrong
from slasync.sandbox.replay_map import (
    ReplayMap,
    check_files,
    find_map,
    lead_rows,
    load_map,
    outcome_rows,
)
from slasync.sandbox.rows import header

MAP = """\
zone: America/Sao_Paulo
country: BR
leads:
  key: id
  at: came
  met: {form: Demo request}
  columns: {source: hs_analytics_source_data_1}
  templates: {email: "{id}@leads.example", lastname: "Lead {id:.2}", company: "Loja {id:.2}"}
outcomes:
  lead: id
  at: {column: when, format: "%d/%m/%Y %H:%M"}
  kind: {column: what, values: {won: converted, lost: disqualified}}
  columns: {segment: Industry}
"""
LEADS = "id,came,source\nabc,2018-02-01,social\ndef,2017-10-15,\n"
OUTCOMES = "id,when,what,segment\nabc,26/02/2018 19:58,won,pet\n"


def a_map(tmp_path: Path, text: str = MAP) -> ReplayMap:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    return load_map(path)


def a_file(tmp_path: Path, text: str, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_date_without_a_time_is_midnight_in_the_maps_zone(tmp_path: Path) -> None:
    first, _ = lead_rows(a_map(tmp_path), a_file(tmp_path, LEADS))

    assert first.at == datetime(2018, 2, 1, 2, tzinfo=UTC)


def test_a_midnight_that_the_clocks_skip_is_the_end_of_the_gap(tmp_path: Path) -> None:
    _, second = lead_rows(a_map(tmp_path), a_file(tmp_path, LEADS))

    assert second.at == datetime(2017, 10, 15, 3, tzinfo=UTC)  # 01:00 in summer time


def test_e_mail_name_and_company_are_made_from_columns(tmp_path: Path) -> None:
    first, second = lead_rows(a_map(tmp_path), a_file(tmp_path, LEADS))

    assert first.properties == {
        "email": "abc@leads.example",
        "lastname": "Lead ab",
        "company": "Loja ab",
        "hs_analytics_source_data_1": "social",
    }
    assert "hs_analytics_source_data_1" not in second.properties


def test_an_outcome_has_kind_time_and_fields(tmp_path: Path) -> None:
    entered = {"abc": datetime(2018, 2, 1, 2, tzinfo=UTC)}

    (row,) = outcome_rows(a_map(tmp_path), a_file(tmp_path, OUTCOMES), entered)

    assert (row.lead_key, row.kind, row.early) == ("abc", "converted", False)
    assert row.at == datetime(2018, 2, 26, 22, 58, tzinfo=UTC)
    assert row.fields == {"Industry": "pet"}


def test_an_outcome_dated_before_its_lead_follows_it_and_is_flagged(tmp_path: Path) -> None:
    entered = {"abc": datetime(2018, 3, 8, 3, tzinfo=UTC)}

    (row,) = outcome_rows(a_map(tmp_path), a_file(tmp_path, OUTCOMES), entered)

    assert row.early
    assert timedelta(0) < row.at - entered["abc"] <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("leads", "told"),
    [
        ("id,came,source\nabc,soon,x\n", r"rows.csv:2: 'soon' is no time"),
        ("id,came,source\nabc,2018-01-01\n", r"rows.csv:2: 2 cells for 3 columns"),
        ("id,came,source\n,2018-01-01,x\n", r"rows.csv:2: id '' is empty"),
        ('id,came,source\na,2018-01-01,"x\ny"\na,2018-01-01,x\n', r"rows.csv:4: id 'a' is there"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(
    tmp_path: Path, leads: str, told: str
) -> None:
    with pytest.raises(Wrong, match=told):
        list(lead_rows(a_map(tmp_path), a_file(tmp_path, leads)))


def test_an_outcome_of_no_lead_or_of_no_kind_is_refused(tmp_path: Path) -> None:
    map_, when = a_map(tmp_path), datetime(2018, 1, 1, tzinfo=UTC)
    path = a_file(tmp_path, OUTCOMES.replace("won,", "wno,"))

    with pytest.raises(Wrong, match=r"rows.csv:2: id 'abc' is no lead"):
        list(outcome_rows(map_, path, {}))
    with pytest.raises(Wrong, match=r"rows.csv:2: what: 'wno' .*did you mean won"):
        list(outcome_rows(map_, path, {"abc": when}))


def test_columns_that_the_map_does_not_know_are_all_named(tmp_path: Path) -> None:
    leads = a_file(tmp_path, "id,came,sorce\n", "leads.csv")
    outcomes = a_file(tmp_path, "id,when,what,segment,extra\n", "outcomes.csv")

    with pytest.raises(Wrong) as caught:
        check_files(a_map(tmp_path), leads, outcomes)

    said = [problem.partition("leads.csv")[2] or problem for problem in caught.value.problems]
    assert said[0] == ":1: column 3: 'sorce' is not in the map (did you mean source?)"
    assert said[1] == ":1: no column 'source' (did you mean sorce?)"
    assert said[2].endswith("outcomes.csv:1: column 5: 'extra' is not in the map")


def test_everything_wrong_with_a_map_is_told_with_line_and_column(tmp_path: Path) -> None:
    text = MAP.replace("Sao_Paulo", "Sao_Polo").replace("won: converted", "won: convertet")
    text = text.replace("country", "contry")

    with pytest.raises(Wrong) as caught:
        a_map(tmp_path, text)

    said = [problem.partition("map.yaml:")[2] for problem in sorted(caught.value.problems)]
    assert "1:1: zone: 'America/Sao_Polo' is no time zone" in said
    assert "2:1: contry: unknown key (did you mean country?)" in said
    assert any("outcomes.kind.values.won: 'convertet' is not known (did you" in s for s in said)


def test_a_map_is_found_by_the_columns_of_its_leads(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(MAP)
    (tmp_path / "other.yaml").write_text(MAP.replace("key: id", "key: number"))

    assert find_map(["id", "came", "source"], tmp_path).name == "one.yaml"
    with pytest.raises(LookupError, match="give --map"):
        find_map(["id", "went"], tmp_path)


def test_the_olist_funnel_is_known_and_has_its_known_numbers() -> None:
    folder = os.environ.get("SLASYNC_DATA")
    if not folder:
        pytest.skip("SLASYNC_DATA names no folder with the Olist files")
    leads = Path(folder, "olist", "olist_marketing_qualified_leads_dataset.csv")
    outcomes = Path(folder, "olist", "olist_closed_deals_dataset.csv")
    map_ = load_map(find_map(header(leads)))
    check_files(map_, leads, outcomes)

    entered = {row.key: row.at for row in lead_rows(map_, leads)}
    won = list(outcome_rows(map_, outcomes, entered))

    assert (map_.country, map_.zone.key, map_.met.form) == (
        "BR",
        "America/Sao_Paulo",
        "Demo request",
    )
    assert len(entered) == 8000
    assert len(won) == 842
    assert [row.kind for row in won] == ["converted"] * 842
    assert sum(row.early for row in won) == 1
