"""links: whose each record is, on what evidence; and what people make of it and undo."""

import pytest

from tests.cli.desk import Desk
from tests.faults.marks import fault


@pytest.fixture
def known(desk: Desk) -> Desk:
    """A contact whose lead slasync has made in the CRM."""
    desk.arrives()
    desk.work()
    desk.work()
    return desk


def shown(desk: Desk, lead: str = "lou@x.example") -> dict[str, str]:
    told = desk.json("links", "show", lead)
    return {row["record"]: row["how"] for row in told["records"]}


def test_each_record_is_shown_with_how_it_was_found(known: Desk) -> None:
    (contact, how), (record, made) = shown(known).items()

    assert contact.startswith("hubspot:contact:")
    assert record.startswith("salesforce:lead:00Q")
    assert (how, made) == ("the lead was first known by it", "slasync made it")
    printed = known.slasync("links", "show", "lou@x.example")
    assert printed.exit_code == 0
    assert record in printed.output


@fault("V29")
def test_a_merge_under_a_new_id_leaves_one_lead_and_one_task(known: Desk) -> None:
    other = known.arrives("lou@home.example", score=85)
    known.work()
    known.work()
    (first, second) = [str(row["Id"]) for row in known.rows("Lead")]
    contact = next(iter(shown(known))).rpartition(":")[2]

    known.town.hubspot.merge("contacts", contact, other, known.town.users["mia"])
    known.town.salesforce.merge_leads(first, [second], known.town.users["mia"])
    for _ in range(3):
        known.work()

    told = known.json("links", "show", other)
    assert told["lead"] == known.json("links", "show", contact)["lead"]
    assert len(told["joined"]) == 1
    gone = {row["record"] for row in told["records"] if row["gone"]}
    assert f"salesforce:lead:{second}" in gone
    open_tasks = [row for row in known.rows("Task") if not row["IsClosed"] and not row["IsDeleted"]]
    assert len(open_tasks) == 1
    told = known.slasync("explain", contact).output
    assert "is the same person" in told
    assert known.json("links", "candidates")["pairs"] == []


def test_a_link_is_undone_and_made_again_and_both_are_kept(known: Desk) -> None:
    contact, record = shown(known)

    undone = known.slasync("links", "undo", record, contact, "--by", "mia", "--why", "two people")
    assert undone.exit_code == 0, undone.output
    assert undone.output == f"{record} is a lead of its own now: {record}\n"
    known.work()
    assert set(shown(known, contact)) == {contact}

    made = known.slasync("links", "make", record, contact, "--by", "mia")
    assert made.exit_code == 0, made.output
    known.work()

    assert set(shown(known, contact)) == {contact, record}
    notes = known.json("links", "show", contact)["notes"]
    assert ("unlinked", "mia", "two people") in {(n["act"], n["by"], n["why"]) for n in notes}
    assert "joined" in {n["act"] for n in notes}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("make", "nonsense", "lou@x.example"), "neither a record nor a lead's key"),
        (("make", "salesforce:lead:00Q1", "nobody@x.example"), "no lead is known as nobody"),
        (("undo", "salesforce:lead:00Q1", "lou@x.example"), "is not hubspot:contact:"),
        (("show", "nobody@x.example"), "no lead is known as nobody"),
    ],
)
def test_what_cannot_be_done_is_wrong_usage_and_says_why(
    known: Desk, words: tuple[str, ...], told: str
) -> None:
    done = known.slasync("links", *words)

    assert done.exit_code == 2
    assert told in done.output


def test_candidates_are_listed_with_reasons_and_the_command_that_settles(known: Desk) -> None:
    for address in ("lou+fair@x.example", "lou+news@x.example"):
        known.arrives(address, score=1)
    known.work()

    told = known.json("links", "candidates")

    assert len(told["pairs"]) == 3
    best = told["pairs"][0]
    assert "the same name (+30)" in best["reasons"]
    assert best["settle"].startswith("slasync links make hubspot:contact:")
    settled = known.slasync(*best["settle"].split()[1:])
    assert settled.exit_code == 0, settled.output
    assert len(known.json("links", "candidates")["pairs"]) == 1
    assert "Leads that may be one person" in known.slasync("links", "candidates").output


def test_a_record_whose_lead_is_unclear_is_listed_until_somebody_says_whose_it_is(
    known: Desk,
) -> None:
    values = {"LastName": "Twin", "Company": "VU", "Email": "twin@x.example"}
    for _ in range(2):
        known.town.salesforce.create("Lead", values, known.town.users["mia"])
    known.work()
    contact = known.arrives("twin@x.example", score=1)
    known.work()

    (aside,) = known.json("links", "candidates")["set_aside"]
    assert aside["record"] == f"hubspot:contact:{contact}"
    assert "its e-mail address is that of 2 leads" in aside["why"]
    assert "Records whose lead is unclear" in known.slasync("links", "candidates").output

    twin = aside["why"].rpartition(", ")[2]
    known.slasync("links", "make", aside["record"], twin)
    known.work()

    assert known.json("links", "candidates")["set_aside"] == []
    assert aside["record"] in shown(known, twin)
