"""The file of costs: added up by source and campaign; every bad row is told with its line."""

from fractions import Fraction
from pathlib import Path

import pytest

from slasync.domain.time.months import Month
from slasync.reports.kpis import Cost, WrongCosts, read_costs
from slasync.reports.kpis.costs import costs_of, spent_in, visits_in

OCTOBER = Month(2026, 10)


def test_rows_are_read_with_commas_or_semicolons() -> None:
    plain = costs_of("month,source,cost\n2026-10,Fair,1234.5\n", "costs.csv")
    german = costs_of("Month;Source;Cost\r\n2026-10;Fair;1234,50\r\n", "costs.csv")
    assert plain == german == (Cost(OCTOBER, "Fair", "", Fraction(2469, 2)),)


def test_a_row_of_a_campaign_of_a_source_counts_for_both_and_once_in_all() -> None:
    spent = spent_in(
        costs_of(
            "month,source,campaign,cost\n2026-10,Fair,Spring,10\n2026-10,Fair,,5\n2026-09,Fair,,7\n",
            "costs.csv",
        ),
        OCTOBER,
    )
    assert spent.by_source == {"Fair": Fraction(15)}
    assert spent.by_campaign == {"Spring": Fraction(10)}
    assert spent.total == 15


def test_visits_that_nobody_counted_are_not_known() -> None:
    text = "month,source,cost,visits\n2026-10,Fair,0,\n2026-10,Web,0,120\n2026-09,Web,0,\n"
    costs = costs_of(text, "costs.csv")
    assert visits_in(costs, OCTOBER) == 120
    assert visits_in(costs, Month(2026, 9)) is None


def test_empty_lines_do_not_count() -> None:
    assert costs_of("month,source,cost\n\n ,,\n2026-10,Fair,1\n", "c") != ()


@pytest.mark.parametrize(("text", "said"), [
    ("", "c is empty: its first line names the columns"),
    ("month,source,price\n", "c:1: there is no column 'price'"),
    ("month,source\n", "c:1: the column cost is missing"),
    ("source,cost\n", "c:1: the column month is missing"),
    ("month,cost\n", "c:1: one of the columns source and campaign is needed"),
    ("month,source,source,cost\n", "c:1: the column source is there twice"),
    ("month,source,cost\n2026-13,Fair,1\n", "c:2: 2026-13 is no month"),
    ("month,source,cost\n2026-10,Fair,1\n2026-10,Fair,-5\n", "c:3: cost '-5' is no amount"),
    ("month,source,cost\n2026-10,Fair,1 EUR\n", "cost '1 EUR' is no amount: write 1234.50"),
    ("month,source,cost\n2026-10,Fair,1.234\n", "cost '1.234' is no amount"),
    ("month,source,cost\n2026-10,Fair,nan\n", "cost 'nan' is no amount"),
    ("month,source,cost\n2026-10,,1\n", "c:2: neither source nor campaign is given"),
    ("month,source,cost,visits\n2026-10,Fair,1,many\n", "visits 'many' is no whole number"),
    ("month,source,cost\n2026-10,Fair,1,2\n", "c:2: 4 values, and the first line names 3"),
])  # fmt: skip
def test_each_kind_of_mistake_is_told(text: str, said: str) -> None:
    with pytest.raises(WrongCosts) as told:
        costs_of(text, "c")
    assert said in str(told.value)


def test_all_bad_rows_are_told_at_once_but_not_without_end() -> None:
    rows = "\n".join("2026-10,Fair,x" for _ in range(50))
    with pytest.raises(WrongCosts) as told:
        costs_of(f"month,source,cost\n{rows}\n", "c")
    assert "c:2:" in str(told.value)
    assert str(told.value).endswith("and 30 more")


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongCosts, match="cannot be read"):
        read_costs(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"month,source,cost\n2026-10,M\xfcnchen,1\n")
    with pytest.raises(WrongCosts, match="not UTF-8: save it as CSV UTF-8"):
        read_costs(tmp_path / "bad.csv")


def test_a_file_from_a_spreadsheet_begins_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text("month,source,cost\n2026-10,Fair,1\n", "utf-8-sig")
    assert len(read_costs(path)) == 1
