"""The small parts of pages: charts, prose, promises, days, the survey."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import null, update

from slasync.domain.agreement import Stage
from slasync.domain.caps import Reason
from slasync.store.cursors import Cursor
from slasync.store.held import Fate, HeldBatch
from slasync.store.outbox_values import State
from slasync.store.tables import RECORD
from slasync.store.unit import transaction
from slasync.web.dashboard.charts import Day, Piece, bar, columns, nice_top, stacked
from slasync.web.dashboard.local_days import last_days
from slasync.web.dashboard.pages.funnel import steps, velocity
from slasync.web.dashboard.promises import Kept, promises
from slasync.web.dashboard.prose import html, inline
from slasync.web.dashboard.survey import Desk, survey
from slasync.web.progress import Progress
from tests.builders import MONDAY
from tests.web.dashboard.house import House


def of(**known: object) -> dict[str, tuple[Kept, list[str]]]:
    """Return how it stands with each promise."""
    ordinary = {"now": MONDAY, "started": MONDAY, "steps": ("decide",)}
    found = promises(Progress(**ordinary | known))  # type: ignore[arg-type] # what a test is about
    return {p.name: (p.kept, [told.key for told in p.told]) for p in found}


def test_a_quiet_morning_keeps_every_promise() -> None:
    assert {kept for kept, _ in of().values()} == {Kept.YES}


@pytest.mark.parametrize(
    ("known", "name", "kept", "key"),
    [
        ({"steps": ()}, "works", Kept.NO, "promise.starting"),
        ({"started": MONDAY - timedelta(hours=1)}, "works", Kept.NO, "promise.stuck"),
        ({"waiting_for_data": {"first_touch": 2}}, "blames_nobody", Kept.LOOK, "promise.waiting"),
        ({"quarantined": {"hubspot.contacts": 1}}, "blames_nobody", Kept.LOOK, "promise.aside"),
        ({"unsent": {"salesforce": MONDAY - timedelta(hours=1)}}, "writes", Kept.NO,
         "promise.writes_late"),
        ({"unsent": {"notify": MONDAY - timedelta(hours=1)}}, "writes", Kept.NO,
         "promise.messages_late"),
        ({"outbox": {("salesforce", State.PARKED): 1}}, "writes", Kept.LOOK, "promise.parked"),
        ({"without_record": 1}, "owners", Kept.LOOK, "promise.no_record"),
        ({"unfilled": {"inbound": 1}}, "owners", Kept.LOOK, "promise.unfilled"),
        ({"put_off": 1}, "owners", Kept.LOOK, "promise.put_off"),
        ({"ends": MONDAY.date()}, "agreement", Kept.LOOK, "promise.ends"),
        ({"ends": MONDAY.date() - timedelta(days=1)}, "agreement", Kept.LOOK, "promise.ended"),
        ({"unsigned": ("head of sales",)}, "agreement", Kept.LOOK, "promise.unsigned"),
        ({"review": MONDAY.date()}, "agreement", Kept.LOOK, "promise.review"),
        ({"running_out": ("berlin ends",)}, "agreement", Kept.LOOK, "promise.calendar"),
        ({"untold": 1}, "digests", Kept.LOOK, "promise.untold"),
        ({"unsent_digests": ("no route",)}, "digests", Kept.LOOK, "promise.unsent_digest"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_under_the_promise_it_touches(
    known: dict[str, object], name: str, kept: Kept, key: str
) -> None:
    found = of(**known)

    assert found[name] == (kept, [key])
    assert {k for n, (k, _) in found.items() if n != name} == {Kept.YES}


def test_a_stream_that_is_behind_breaks_the_promise_to_read() -> None:
    late = Cursor("salesforce.tasks", "salesforce", watermark=MONDAY - timedelta(hours=2))
    never = Cursor("salesforce.leads", "salesforce", failures=3)

    assert of(cursors={late.stream: late})["reads"] == (Kept.NO, ["promise.behind"])
    assert of(cursors={never.stream: never}, started=MONDAY - timedelta(hours=2),
              beats={"decide": MONDAY})["reads"] == (Kept.NO, ["promise.never_read"])  # fmt: skip


def test_a_batch_that_is_held_asks_for_a_decision() -> None:
    batch = HeldBatch(
        name="late-1", reason=Reason.LATE, because="a storm", opened_at=MONDAY, fate=Fate.OPEN,
        writes=7,
    )  # fmt: skip
    assert of(held=(batch,))["storms"] == (Kept.LOOK, ["promise.held"])


def test_a_bar_of_nothing_is_empty_and_of_something_is_full() -> None:
    assert "<rect" not in stacked([Piece("ontime", 0)])
    assert stacked([Piece("ontime", 1), Piece("overdue", 3)]).count("<rect") == 2
    assert 'width="500.0"' in bar(5, 10)
    assert bar(0, 0).count("<rect") == 1


def test_a_chart_needs_no_style_and_runs_nothing() -> None:
    drawn = columns([Day("<1>", 3, 5), Day("2", 0, 0, off=True)])

    assert "&lt;1&gt;" in drawn
    assert "style=" not in drawn
    assert "<script" not in drawn


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (2, 2), (3, 4), (61, 100), (601, 1000), (5000, 8000)]
)
def test_a_scale_ends_at_a_round_number_above_everything(most: int, top: int) -> None:
    assert nice_top(most) == top


def test_days_end_at_midnight_whatever_the_clocks_were_set_to() -> None:
    spring = datetime(2026, 3, 29, 12, tzinfo=UTC)
    (before, today) = last_days(spring, ZoneInfo("Europe/Berlin"), 2)

    assert before[1] == today[0]
    assert today[1] - today[0] == timedelta(hours=23)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# A \\*b\\*", "<h2>A *b*</h2>"),
        ("plain **bold** `code`", "<p>plain <strong>bold</strong> <code>code</code></p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("\\<script\\>", "<p>&lt;script&gt;</p>"),
        ("<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>"),
        ("``a`b``", "<p><code>a`b</code></p>"),
        ("1\\. not a list", "<p>1. not a list</p>"),
    ],
)
def test_the_agreements_markdown_becomes_html_and_nothing_in_it_a_tag(
    markdown: str, shown: str
) -> None:
    assert html(markdown) == shown


def test_a_table_keeps_a_bar_that_is_part_of_a_cell() -> None:
    table = html("| When | What |\n| --- | --- |\n| at once | a \\| b |")

    assert 'data-label="What">a | b</td>' in table
    assert 'scope="col">When</th>' in table
    assert str(inline("")) == ""


def test_a_corner_of_a_table_that_says_nothing_is_no_heading() -> None:
    table = html("|  | Marketing |\n| --- | --- |\n| Name | x |")

    assert '<td role="cell"></td><th role="columnheader"' in table
    assert 'scope="row">Name</th>' in table


def test_the_funnel_counts_who_came_that_far() -> None:
    found = {step.stage: step for step in steps({"target": 6, "mql": 3, "customer": 1})}

    assert (found["target"].reached, found["mql"].reached, found["customer"].reached) == (10, 4, 1)
    assert (found["mql"].now, found["mql"].before) == (3, 4)


def test_the_funnel_follows_the_stages_as_they_are_agreed() -> None:
    counts = {"lead": 2, "mql": 3, "sal": 4, "sql": 1}

    found = steps(counts, (Stage.LEAD, Stage.SQL, Stage.MQL))

    assert [(step.stage, step.reached) for step in found] == [("lead", 6), ("sql", 4), ("mql", 3)]


def test_velocity_is_growth_on_the_weeks_before_and_unknown_without_them() -> None:
    assert velocity([1, 1, 1, 1, 2, 2, 1, 1]) == 0.5
    assert velocity([0, 0, 0, 0, 3, 3, 3, 3]) is None


def test_the_survey_finds_what_is_filled_and_how_far_accounts_came(house: House) -> None:
    found = survey(house.front, house.driven.now(), Desk().rest)
    filled = {each.name: each.all for each in found.filled}

    assert (found.leads, filled["email"], filled["phone"]) == (1, 1, 0)
    assert [(a.name, a.leads, a.at_work, a.reached) for a in found.accounts] == [
        ("VU", 1, 1, "mql")
    ]


def test_the_survey_tells_how_old_values_are_by_field_and_source(house: House) -> None:
    """The company changed ten days ago, the rest did not in 400; the CRM's record is young."""
    now = house.driven.now()
    since = {
        "first": (now - timedelta(days=400)).isoformat(),
        "company": (now - timedelta(days=10)).isoformat(),
    }
    with transaction(house.engine) as unit:
        unit.db.execute(update(RECORD).values(since=null()))
        unit.db.execute(update(RECORD).where(RECORD.c.system == "hubspot").values(since=since))
    found = survey(house.front, now, Desk().rest)
    aged = {each.name: each for each in found.aged}
    (source,) = found.sources

    assert (aged["email"].median, aged["email"].old[source]) == (400, 1)
    assert (aged["company"].median, aged["company"].old[source]) == (10, 0)
    assert "phone" not in aged  # nobody has one


def test_the_first_visitor_begins_the_survey_and_a_page_shows_it_when_it_is_done(
    house: House,
) -> None:
    visitor, never = house.visitor("vera"), threading.Event()
    assert "looked at for the first time" in visitor.text("/quality")
    for _ in range(600):
        if "How complete the data is" in visitor.text("/quality"):
            break
        never.wait(0.05)
    assert "How old the values are" in visitor.text("/quality")

    assert "VU" in visitor.text("/accounts")


def test_an_alarm_of_the_running_month_needs_nobody_before_ten_leads_are_decided(
    house: House,
) -> None:
    """One lead was handed over, and sales has not accepted it yet."""
    visitor, never = house.visitor("vera"), threading.Event()
    for _ in range(600):
        if "MQL to SAL" in visitor.text("/funnel"):
            break
        never.wait(0.05)

    alarm = "MQL to SAL: 0.0 % so far, the alarm is set below 50.0 %; what is open may lift it."
    assert "MQL to SAL" not in visitor.text("/")
    assert f"MQL to SAL 0.0 % 0 of 1, 1 open {alarm}" in visitor.text("/funnel")
