"""score: the check beside marketing's score, for one lead or for all."""

from datetime import timedelta

import pytest

from tests.cli.desk import Desk
from tests.settings.scoring_examples import NOTE

CHECK = """\
  check:
    fit:
      points:
        - {name: chief, when: "'Chief' in title", points: 30, about: authority}
        - {name: funded, when: "company == 'VU'", points: 10, about: budget}
        - {name: abroad, when: country == 'XX', points: -15}
      cap: 50
    interest:
      events:
        - {name: pricing, when: "form == 'Pricing'", at: form_at, points: 40, half_life: 10 d}
      cap: 60
    threshold: {total: 60, fit: 20}
    differs_by: 30
  immediate:
    - {name: demo, when: "form == 'Demo request'", at: form_at, lasts: 2 d}
"""


@pytest.fixture
def scoring(new_desk: Desk) -> Desk:
    """The agreement has a check score; slasync has started."""
    new_desk.change("config/agreement.yaml", NOTE, NOTE + CHECK)
    new_desk.slasync("sync", "--once")
    return new_desk


def wins(desk: Desk, email: str, score: int, *forms: str, **fields: str) -> None:
    """Have a lead appear that marketing scores so."""
    contact = desk.arrives(email, score)
    if fields:
        desk.town.hubspot.update("contacts", contact, fields)
    for form in forms:
        desk.town.hubspot.submit_form(contact, form)


def test_without_a_check_it_says_what_is_missing(desk: Desk) -> None:
    done = desk.slasync("score", "--differs")

    assert done.exit_code == 2
    assert "agreement.yaml has no scoring.check" in done.stderr


def test_a_lead_s_score_is_told_part_by_part(scoring: Desk) -> None:
    wins(scoring, "lou@x.example", 80, "Pricing", jobtitle="Chief Buyer")
    scoring.work(timedelta(days=10))

    told = scoring.slasync("score", "lou@x.example").output.splitlines()

    assert told[0].startswith("Lou Reed [hubspot:contact:")
    assert told[1:] == [
        "  check score 60: fit 40 of at most 50, interest 20 of at most 60",
        "  the check qualifies",
        "  marketing's score: 80, 20 above the check",
        "  fit +30: chief (authority) since 2026-03-02T09:00:00Z: title is 'Chief Buyer'",
        "  fit +10: funded (budget) since 2026-03-02T09:00:00Z: company is 'VU'",
        "  interest +40, now 20: pricing at 2026-03-02T09:00:00Z: form is 'Pricing'",
        "  not known, for want of a value: abroad",
        "  BANT: budget met, authority met",
    ]


def test_what_falls_short_contradicts_or_is_cut_at_the_cap_is_told(scoring: Desk) -> None:
    scoring.change("config/agreement.yaml", "cap: 50", "cap: 35")
    wins(scoring, "lou@x.example", 90, jobtitle="Chief Buyer", country="XX")
    wins(scoring, "ann@x.example", 90, jobtitle="Chief Buyer")
    scoring.work()

    abroad = scoring.slasync("score", "lou@x.example").output
    cut = scoring.slasync("score", "ann@x.example").output

    assert "check score 25: fit 25 of at most 35, interest 0 of at most 60" in abroad
    assert "the check does not qualify: total 25 is below 60" in abroad
    assert "they contradict each other: only marketing's score qualifies" in abroad
    assert "fit -15: abroad since" in abroad
    assert "check score 35: fit 35, cut from 40, interest 0" in cut
    assert "does not qualify: total 35 is below 60" in cut


def test_a_score_as_the_check_has_it_and_none_at_all_say_so(scoring: Desk) -> None:
    wins(scoring, "lou@x.example", 10)
    scoring.town.hubspot.create("contacts", {"email": "ann@x.example", "company": "VU"}, "import")
    scoring.work()

    same = scoring.slasync("score", "lou@x.example").output
    none = scoring.slasync("score", "ann@x.example").output

    assert "marketing's score: 10, as the check has it" in same
    assert "marketing's score: none" in none
    assert "BANT: budget met, authority not known" in none


def test_only_leads_whose_scores_contradict_each_other_are_listed_furthest_apart_first(
    scoring: Desk,
) -> None:
    wins(scoring, "agree@x.example", 80, "Pricing", jobtitle="Chief Buyer")
    wins(scoring, "verdict@x.example", 76, jobtitle="Intern")
    wins(scoring, "far@x.example", 10, jobtitle="Chief Buyer")  # both say no, 30 points apart
    wins(scoring, "further@x.example", 9, jobtitle="Chief Buyer")
    scoring.work()

    every = scoring.json("score")
    listed = scoring.json("score", "--differs")
    first = scoring.json("score", "--differs", "--limit", "1")

    assert (every["leads"], every["differing"], len(every["shown"])) == (4, 2, 4)
    assert [(s["marketing"], s["check"], s["contradiction"]) for s in listed["shown"]] == [
        (76, 10, "only marketing's score qualifies"),
        (9, 40, "too many points apart"),
    ]
    assert (first["differing"], len(first["shown"])) == (2, 1)
    assert first["shown"] == listed["shown"][:1]


def test_the_list_is_a_table_with_the_count_of_all(scoring: Desk) -> None:
    wins(scoring, "lou@x.example", 76, jobtitle="Intern")
    scoring.work()

    told = scoring.slasync("score", "--differs").output

    assert "marketing  check  fit  interest  contradiction" in told
    assert "76         10     10   0         only marketing's score qualifies" in told
    assert told.endswith("1 of 1 lead has scores that contradict each other\n")


def test_nothing_to_list_says_how_many_agree(scoring: Desk) -> None:
    assert scoring.slasync("score", "--differs").output == "no lead is worked now\n"

    wins(scoring, "lou@x.example", 10)
    scoring.work()

    agreed = "0 of 1 lead has scores that contradict each other\n"
    assert scoring.slasync("score", "--differs").output == agreed


def test_a_lead_that_was_converted_or_deleted_is_not_scored_any_more(scoring: Desk) -> None:
    for email in ("won@x.example", "gone@x.example", "open@x.example"):
        wins(scoring, email, 80)
    scoring.work()
    crm = scoring.town.salesforce
    ids = {str(row["Email"]): str(row["Id"]) for row in scoring.rows("Lead")}
    ana = scoring.town.users["ana"]
    crm.convert_lead(ids["won@x.example"], ana)
    crm.delete("Lead", ids["gone@x.example"], ana)
    scoring.work(timedelta(minutes=10))

    assert scoring.json("score")["leads"] == 1
    assert "was converted or deleted" in scoring.slasync("score", "won@x.example").output
    assert scoring.json("score", "gone@x.example") == {"leads": []}


def test_values_are_whole_in_json(scoring: Desk) -> None:
    wins(scoring, "lou@x.example", 80, "Pricing", "Demo request")
    scoring.work(timedelta(days=1))

    (lead,) = scoring.json("score", "lou@x.example")["leads"]

    assert lead["parts"] == [
        {
            "axis": "fit", "name": "funded", "points": 10, "value": 10,
            "at": "2026-03-02T09:00:00Z", "evidence": {"company": "VU"}, "about": "budget",
            "half_life_days": None,
        }
    ]  # fmt: skip
    assert lead["unknown"] == ["chief", "abroad"]
    assert lead["immediate"] == [
        {
            "name": "demo", "at": "2026-03-02T09:00:00Z", "lapses_at": "2026-03-04T09:00:00Z",
            "evidence": {"form": "Demo request"},
        }
    ]  # fmt: skip


def test_what_is_urgent_is_told_until_it_lapses(scoring: Desk) -> None:
    wins(scoring, "lou@x.example", 10, "Demo request")
    scoring.work(timedelta(days=1))
    urgent = (
        "  immediate action since 2026-03-02T09:00:00Z, until 2026-03-04T09:00:00Z: demo,"
        " form is 'Demo request'"
    )

    assert urgent in scoring.slasync("score", "lou@x.example").output

    scoring.work(timedelta(days=1))

    assert "immediate" not in scoring.slasync("score", "lou@x.example").output


def test_nobody_known_is_something_wrong(scoring: Desk) -> None:
    done = scoring.slasync("score", "nobody@x.example")

    assert done.exit_code == 1
    assert "no lead is known as nobody@x.example" in done.stderr


def test_an_explanation_tells_the_scores_as_they_were_then(scoring: Desk) -> None:
    wins(scoring, "lou@x.example", 80, "Pricing", jobtitle="Chief Buyer")
    scoring.work()
    scoring.work(timedelta(days=10))

    now = scoring.slasync("explain", "lou@x.example").output
    then = scoring.slasync("explain", "lou@x.example", "--at", "2026-03-02T09:05:00Z").output

    assert "Score\n  check score 60: fit 40 of at most 50, interest 20" in now
    assert "  the check does not qualify: total is just below 60\n" in now
    assert "Score\n  check score 80: fit 40" in then


def test_without_a_check_an_explanation_tells_no_score(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    assert "Score" not in desk.slasync("explain", "lou@x.example").output.splitlines()
