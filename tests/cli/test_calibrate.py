"""`slasync calibrate`: a blind sample, and how far both sides agree on it."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from slasync.cli.main import Exit
from tests.cli.desk import Desk, a_desk


@pytest.fixture
def company(tmp_path: Path) -> Desk:
    """Six leads that were handed over, six that were not."""
    desk = a_desk(tmp_path)
    desk.slasync("sync", "--once")
    for n in range(12):
        desk.arrives(f"lead{n}@firm{n}.example", score=80 if n < 6 else 10)
    desk.work()
    desk.work(timedelta(minutes=10))
    return desk


def drawn(desk: Desk, path: Path, *more: str, number: int = 8) -> list[dict[str, str]]:
    page = desk.slasync("calibrate", "sample", str(number), "--out", str(path), *more)
    assert page.exit_code == Exit.OK, page.output
    return list(csv.DictReader(StringIO(path.read_text("utf-8-sig"))))


def labelled(rows: list[dict[str, str]], path: Path, labels: list[str]) -> Path:
    text = StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    for row, label in zip(rows, labels, strict=True):
        writer.writerow(row | {"qualified": label})
    path.write_text(text.getvalue(), "utf-8")
    return path


def refused(desk: Desk, *arguments: Any) -> str:
    page = desk.slasync("calibrate", *map(str, arguments))
    assert page.exit_code == Exit.USAGE
    assert "Traceback" not in page.output
    return page.stderr


def test_the_sample_is_blind_and_the_same_by_its_seed(company: Desk, tmp_path: Path) -> None:
    first = drawn(company, tmp_path / "a.csv")
    again = drawn(company, tmp_path / "b.csv")
    other = drawn(company, tmp_path / "c.csv", "--seed", "other")

    assert first == again
    assert [row["lead"] for row in first] != [row["lead"] for row in other]
    shown = set(first[0])
    assert {"company", "email_domain", "qualified"} <= shown
    assert not shown & {"score", "email", "first_name", "last_name", "phone", "stage", "owner"}
    assert all(row["qualified"] == "" for row in first)


def test_half_of_the_sample_was_handed_over(company: Desk, tmp_path: Path) -> None:
    rows = drawn(company, tmp_path / "a.csv")
    contacts = {row["lead"].rpartition(":")[2] for row in rows}
    by_id = {c: int(str(company.town.hubspot.get("contacts", c)["hubspotscore"])) for c in contacts}
    assert sorted(score >= 75 for score in by_id.values()) == [False] * 4 + [True] * 4


def test_no_column_tells_the_two_halves_apart(tmp_path: Path) -> None:
    """What is mapped in the CRM alone is filled for leads that were handed over, and no others."""
    desk = a_desk(tmp_path)
    desk.map_rep_fields()
    desk.change("connectors/salesforce/connector.yaml", "  custom: {}\n",
                "  custom:\n    rating: {field: Rating}\n")  # fmt: skip
    desk.slasync("sync", "--once")
    for n in range(8):
        desk.arrives(f"lead{n}@firm{n}.example", score=80 if n < 4 else 10)
    desk.work()
    for row in desk.rows("Lead"):
        desk.town.salesforce.update(
            "Lead", row["Id"], {"Slasync_Dispute__c": True, "Rating": "Hot"}, row["OwnerId"]
        )
    desk.work(timedelta(minutes=10))

    rows = drawn(desk, tmp_path / "a.csv")
    scored = {row["lead"]: int(str(_score(desk, row["lead"]))) >= 75 for row in rows}
    for column in set(rows[0]) - {"lead"}:
        filled = {row["lead"]: row[column] != "" for row in rows}
        assert filled != scored, f"{column} tells who was handed over"


def test_both_sides_labels_give_kappa_and_the_clause_in_dispute(
    company: Desk, tmp_path: Path
) -> None:
    rows = drawn(company, tmp_path / "a.csv")
    of_score = ["yes" if int(str(_score(company, row["lead"]))) >= 75 else "no" for row in rows]
    marketing = labelled(rows, tmp_path / "m.csv", of_score)
    sales = labelled(rows, tmp_path / "s.csv", ["nein"] * len(rows))

    told = company.json("calibrate", "read", str(marketing), str(sales))

    assert (told["marketing_only"], told["neither"], told["kappa"]) == (4, 4, 0)
    first = told["clauses"][0]
    assert (first["clause"], first["marketing_yes"], first["weight"]) == ("score >= 75", 4, 1)
    page = company.slasync("calibrate", "read", str(marketing), str(sales)).stdout
    assert "Cohen's kappa 0.00: no better than chance" in page
    assert "The clause in dispute: score: score >= 75" in page


def _score(desk: Desk, lead: str) -> object:
    return desk.town.hubspot.get("contacts", lead.rpartition(":")[2])["hubspotscore"]


def test_a_file_that_is_there_is_not_overwritten(company: Desk, tmp_path: Path) -> None:
    drawn(company, tmp_path / "a.csv")
    said = refused(company, "sample", "8", "--out", tmp_path / "a.csv")
    assert "labels in it would be lost" in said


def test_a_mirror_with_fewer_leads_gives_those_and_says_so(company: Desk, tmp_path: Path) -> None:
    page = company.slasync("calibrate", "sample", "100", "--out", str(tmp_path / "a.csv"))
    assert "the mirror holds 12 leads only" in page.stderr
    assert "12 leads in" in page.stdout


def test_files_of_two_samples_are_refused(company: Desk, tmp_path: Path) -> None:
    one = labelled(drawn(company, tmp_path / "a.csv"), tmp_path / "m.csv", ["yes"] * 8)
    rows = drawn(company, tmp_path / "b.csv", "--seed", "2")
    other = labelled(rows, tmp_path / "s.csv", ["yes"] * 8)
    assert "the files are of two samples" in refused(company, "read", one, other)


def test_each_mistake_in_a_file_is_told(company: Desk, tmp_path: Path) -> None:
    rows = drawn(company, tmp_path / "a.csv")
    good = labelled(rows, tmp_path / "good.csv", ["yes"] * 8)
    odd = labelled(rows, tmp_path / "odd.csv", ["maybe"] + ["yes"] * 7)
    twice = labelled([*rows, rows[0]], tmp_path / "twice.csv", ["yes"] * 9)
    empty = labelled(rows, tmp_path / "empty.csv", [""] * 8)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", "utf-8")

    assert "odd.csv:2: qualified is 'maybe': write yes or no" in refused(company, "read", good, odd)
    assert "is there twice" in refused(company, "read", good, twice)
    assert "no lead that both sides have labelled" in refused(company, "read", good, empty)
    assert "column sample is missing" in refused(company, "read", good, tmp_path / "other.csv")
    assert "cannot be read" in refused(company, "read", good, tmp_path / "none.csv")
