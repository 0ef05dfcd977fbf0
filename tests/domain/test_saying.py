"""Texts follow their readers: language, zone, due date; and nothing is rewritten but by rungs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slasync.domain.agreement import Effect, EffectKind, End, Text
from slasync.domain.decide import Decision, decide
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact
from slasync.domain.languages import Language, Locale
from slasync.domain.lead import Member, User, Value
from slasync.domain.scoring import Axis, Part, Score
from slasync.domain.state import Cycle
from slasync.domain.wording import SUBJECT_LENGTH, Occasion, render, shortened
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MONDAY,
    POOL,
    PROCESSING,
    RECORD,
    a_lead,
    a_roster,
    an_agreement,
    called,
    nine_to_five,
    owned,
    scored,
    terms,
)
from tests.pains.marks import pain

LEAD = a_lead(company="VU")
BOTH = Text(
    "Bis $due: $lead, $age",
    "Wer: $owner, $manager",
    language=Language.DE,
    other=Text("By $due: $lead, $age", "Who: $owner, $manager", language=Language.EN),
)
HISTORY = [owned(MONDAY - 10 * DAY), scored(MONDAY)]
SYDNEY, NEW_YORK = "Australia/Sydney", "America/New_York"


def at(now: Any, text: Text = BOTH, *users: User, **changes: Any) -> Terms:
    """Terms with one text, and people changed."""
    pool = changes.pop("pool", POOL)
    clocks = changes.pop("clocks", (FIRST_TOUCH, PROCESSING))
    agreement = an_agreement(texts={"remind": text}, clocks=clocks, **changes)
    more = {"calendars": {"office": nine_to_five(), "york": nine_to_five(NEW_YORK, "york")}}
    return terms(now, agreement=agreement, roster=a_roster(*users, pool=pool), **more)


def tasks(decision: Decision) -> list[Write]:
    return [w for w in decision.writes if w.action == Action.TASK]


def played(known: Sequence[Fact], now: Terms) -> tuple[list[Fact], Decision]:
    decision = decide(LEAD, known, now)
    return [*known, *decision.facts], decision


# language


@pytest.mark.parametrize(
    ("pool", "subject"),
    [
        (replace(POOL, language=Language.DE), "Bis Di, 03.03.2026, 09:00 Uhr"),
        (POOL, "By Tue 3 Mar 2026, 09:00"),
        (replace(POOL, languages={"ana@sandbox.example": Language.DE}), "Bis Di"),
        (
            replace(POOL, language=Language.DE, languages={"ana@sandbox.example": Language.EN}),
            "By Tue",
        ),
    ],
)
def test_a_task_is_in_the_language_of_its_owner_else_of_the_team(pool: Any, subject: str) -> None:
    [task] = tasks(decide(LEAD, HISTORY, at(MONDAY, pool=pool)))

    assert task.values["subject"].startswith(subject)


def test_owner_and_manager_of_one_rung_read_each_their_own_language() -> None:
    pool = replace(POOL, languages={"mia@sandbox.example": Language.DE})
    known, _ = played(HISTORY, at(MONDAY, pool=pool))

    decision = decide(LEAD, known, at(MONDAY + 2 * DAY, pool=pool))

    said = {w.role: w.values["text"] for w in tasks(decision)}
    assert said == {Role.OWNER: "Who: Ana, Mia", Role.MANAGER: "Wer: Ana, Mia"}


def test_a_manager_whom_only_the_crm_names_reads_what_the_lead_s_pool_does() -> None:
    pool = replace(POOL, manager=None, language=Language.DE)
    known, _ = played(HISTORY, at(MONDAY, pool=pool))

    decision = decide(LEAD, known, at(MONDAY + 2 * DAY, pool=pool))

    assert {w.values["text"] for w in tasks(decision)} == {"Wer: Ana, Mia"}


def test_digest_lines_are_in_the_language_of_each_reader() -> None:
    readers = ("lea@x.example", "Leo@x.example")
    pool = replace(POOL, leadership=readers, languages={"leo@x.example": Language.DE})
    known, _ = played(HISTORY, at(MONDAY, pool=pool))

    decision = decide(LEAD, known, at(MONDAY + 3 * DAY, pool=pool))

    lines = {line.to: line.text for line in decision.digest}
    assert lines["lea@x.example"].endswith("Lou Reed, 3 days")
    assert lines["Leo@x.example"].endswith("Lou Reed, 3 Tagen")


def test_a_text_in_one_language_goes_out_whole_in_that_language() -> None:
    only = Text("Untouched for $age", language=Language.EN)
    pool = replace(POOL, language=Language.DE)
    known, _ = played(HISTORY, at(MONDAY, only, pool=pool))

    [task, *_] = tasks(decide(LEAD, known, at(MONDAY + DAY, only, pool=pool)))

    assert task.values["subject"] == "Untouched for 1 day"


def test_a_text_for_everybody_is_filled_in_as_its_reader_speaks() -> None:
    pool = replace(POOL, language=Language.DE)
    known, _ = played(HISTORY, at(MONDAY, Text("$age"), pool=pool))

    [task, *_] = tasks(decide(LEAD, known, at(MONDAY + DAY, Text("$age"), pool=pool)))

    assert task.values["subject"] == "1 Tag"


# zone


@pain("P3")
def test_due_is_by_the_wall_clock_of_the_crm_s_user_and_names_another_zone() -> None:
    ana = replace(ANA, zone=SYDNEY)

    [task] = tasks(decide(LEAD, HISTORY, at(MONDAY, BOTH, ana)))

    assert task.values["subject"].startswith("By Tue 3 Mar 2026, 20:00 (Australia/Sydney)")
    assert task.values["due"] == "2026-03-03T09:00:00+00:00"


def test_the_due_date_is_one_of_the_zone_that_the_text_is_in() -> None:
    evening = [owned(MONDAY - 10 * DAY), scored(MONDAY + 7 * HOUR)]
    ana = replace(ANA, zone=SYDNEY)
    now = MONDAY + 7 * HOUR

    [there] = tasks(decide(LEAD, evening, at(now, BOTH, ana)))
    [here] = tasks(decide(LEAD, evening, at(now)))

    assert (there.values["due_date"], here.values["due_date"]) == ("2026-03-04", "2026-03-03")
    assert "Wed 4 Mar" in there.values["subject"]


def test_a_member_s_own_calendar_goes_before_the_crm_s_zone() -> None:
    pool = replace(POOL, of={"ana@sandbox.example": Member(calendar="york")})

    [task] = tasks(decide(LEAD, HISTORY, at(MONDAY, BOTH, replace(ANA, zone=SYDNEY), pool=pool)))

    assert "04:00 (America/New_York)" in task.values["subject"]


@pytest.mark.parametrize("zone", [None, "Mars/Olympus", ""])
def test_a_zone_that_nobody_knows_leaves_that_of_the_pool(zone: str | None) -> None:
    pool, opened = replace(POOL, calendar="york"), MONDAY + 6 * HOUR

    [task] = tasks(decide(LEAD, HISTORY, at(opened, BOTH, replace(ANA, zone=zone), pool=pool)))

    assert "(America/New_York)" in task.values["subject"]


# another reader

CONTINUING = (replace(PROCESSING, rungs=PROCESSING.rungs[:2]),)


def moved(text: Text, ana: User = ANA, ben: User = BEN, **changes: Any) -> Write:
    """Let Ben have the lead two days after Ana was asked to decide about it."""
    known, _ = played(HISTORY, at(MONDAY, text, ana, ben, clocks=CONTINUING, **changes))
    week = MONDAY + 9 * DAY
    known, made = played(known, at(week, text, ana, ben, clocks=CONTINUING, **changes))
    assert [w.values["owner"] for w in tasks(made)] == [ANA.key]
    known.append(owned(week + HOUR, BEN, by=MIA))
    later = at(week + HOUR, text, ana, ben, clocks=CONTINUING, **changes)
    [task] = tasks(decide(LEAD, known, later))
    return task


def test_a_task_that_changes_hands_is_worded_for_its_new_owner() -> None:
    german = replace(POOL, languages={"ben@sandbox.example": Language.DE})

    task = moved(BOTH, ben=replace(BEN, zone=SYDNEY), pool=german)

    words = task.values["words"]
    assert task.values["owner"] == BEN.key
    assert words["subject"].startswith("Bis Do, 12.03.2026, 20:00 Uhr (Australia/Sydney)")
    assert words["text"] == "Wer: Ben, Mia"
    assert words["due_date"] == "2026-03-12"
    assert "subject" not in task.values  # it is changed where it stands, never made anew


def test_a_task_that_says_the_same_to_both_only_changes_hands() -> None:
    assert dict(moved(Text("Call $lead by $due")).values) == {"owner": BEN.key}


def test_a_new_owner_reads_his_own_name_in_the_same_language_too() -> None:
    assert moved(Text("$owner, please", "$manager")).values["words"]["subject"] == "Ben, please"


def test_since_when_the_owner_has_it_counts_from_the_last_change_of_hands() -> None:
    text = Text("since $owner_since", "")
    known, _ = played(HISTORY, at(MONDAY, text))

    reminded = decide(LEAD, known, at(MONDAY + DAY, text))

    assert [w.values["subject"] for w in tasks(reminded)] == ["since Mon 2 Mar 2026, 09:00"]
    assert moved(text).values["words"]["subject"] == "since Wed 11 Mar 2026, 10:00"


def test_a_due_date_that_is_another_day_for_the_new_owner_is_written() -> None:
    honolulu = replace(BEN, zone="Pacific/Honolulu")

    words = moved(Text("Call $lead"), ben=honolulu).values["words"]

    assert words["due_date"] == "2026-03-11"


def test_another_text_in_the_agreement_rewrites_no_open_task() -> None:
    known, _ = played(HISTORY, at(MONDAY))

    later = decide(LEAD, known, at(MONDAY + HOUR, Text("Something else: $lead")))

    assert tasks(later) == []


def test_a_closed_task_says_why_in_its_reader_s_language() -> None:
    pool = replace(POOL, language=Language.DE)
    known, _ = played(HISTORY, at(MONDAY, pool=pool))
    known.append(called(MONDAY + HOUR))

    decision = decide(LEAD, known, at(MONDAY + HOUR, pool=pool))

    [closing] = [w for w in decision.writes if w.action == Action.CLOSE_TASK]
    assert closing.values["text"] == (
        "Von slasync geschlossen: kontaktiert, Mo, 02.03.2026, 10:00 Uhr."
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("remind", "Seit 10 Tagen unentschieden"),
        ("", "processing day_8 war fällig: Do, 12.03.2026"),
    ],
)
def test_a_stale_flag_says_why_in_the_agreement_s_words(text: str, why: str) -> None:
    flag = replace(PROCESSING.rungs[1], effects=(Effect(EffectKind.FLAG_STALE, text=text),))
    clocks = (replace(PROCESSING, rungs=(flag,)),)
    pool, words = replace(POOL, language=Language.DE), Text("Seit $age unentschieden")
    known, _ = played(HISTORY, at(MONDAY, words, pool=pool, clocks=clocks))

    decision = decide(LEAD, known, at(MONDAY + 10 * DAY, words, pool=pool, clocks=clocks))

    [found] = [w for w in decision.writes if w.action == Action.FLAG_STALE]
    assert found.values["why"].startswith(why)


# what a text may name


def an_occasion(**changes: Any) -> Occasion:
    ordinary: dict[str, Any] = {
        "lead": LEAD, "cycle": Cycle("c1", MONDAY, "score", {}, MONDAY), "owner": ANA,
        "manager": MIA, "rung": "day_1", "due": None, "now": MONDAY, "stage": "mql", "touches": 0,
        "locale": Locale(Language.DE, ZoneInfo("Europe/Berlin"), named=False),
    }  # fmt: skip
    return Occasion(**ordinary | changes)


def test_evidence_is_told_in_words_numbers_and_times_of_the_language() -> None:
    evidence: dict[str, Value] = {
        "form": "Demo request", "form_at": "2026-03-02T09:00:00+00:00", "score": 80.5,
        "budget": True, "country": None,
    }  # fmt: skip
    cycle = Cycle("c1", MONDAY, "score", evidence, MONDAY)

    subject, _ = render(Text("$evidence"), an_occasion(cycle=cycle))

    assert subject == (
        "budget ja, Formular Demo request, gesendet Mo, 02.03.2026, 10:00 Uhr, Punktzahl 80,5"
    )


def test_background_tells_score_with_parts_source_and_campaign_and_skips_the_unknown() -> None:
    def part(axis: Axis, name: str, value: float) -> Part:
        return Part(axis=axis, name=name, points=value, value=value, at=None, evidence={})

    parts = (
        part(Axis.FIT, "title", 20),
        part(Axis.INTEREST, "pages", 5),
        part(Axis.INTEREST, "pages", 7.5),
    )
    checked = Score(fit=20, interest=12.5, total=32.5, parts=parts)
    whole = a_lead(source="Webinar", campaign="Herbst", score=80)

    told = render(Text("$background"), an_occasion(lead=whole, score=lambda: checked))[0]
    little = render(Text("$background"), an_occasion(lead=a_lead(score=None)))[0]

    assert told == (
        "Punktzahl 80, Prüfwert 32,5 (Eignung 20: title 20; Interesse 12,5: pages 12,5),"
        " Quelle Webinar, Kampagne Herbst"
    )
    assert little == "nichts"


@pytest.mark.parametrize(
    ("ends", "counts", "said"),
    [
        ({End.TOUCH, End.CONVERTED}, True, "Ein Anruf, eine E-Mail, ein Termin oder eine Status"),
        ({End.TOUCH}, False, "Ein Anruf, eine E-Mail oder ein Termin von Ihnen genügt."),
        (
            {End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED},
            True,
            "Es genügt, den Lead zu konvertieren, zu recyceln oder zu disqualifizieren.",
        ),
        ({End.ACCEPTED}, True, "Es genügt, den Lead anzunehmen."),
        ({End.DELETED}, True, "Nichts, was Sie tun können."),
    ],
)
def test_what_counts_is_what_ends_the_clock(
    ends: set[End],
    counts: bool,  # noqa: FBT001 - a setting of the agreement
    said: str,
) -> None:
    about = an_occasion(ends=frozenset(ends), statuses_touch=counts)

    assert render(Text("$what_counts"), about)[0].startswith(said)


def test_a_field_of_the_lead_can_be_named_and_may_be_unknown() -> None:
    text = Text("$title, $budget", fields=frozenset({"title", "budget"}))

    assert render(text, an_occasion(lead=a_lead(title="CTO")))[0] == "CTO, unbekannt"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://acme.my.salesforce.com/", f"https://acme.my.salesforce.com/{RECORD.id}"),
        ("", f"salesforce:lead:{RECORD.id}"),
    ],
)
def test_a_link_leads_to_the_record_in_the_crm(url: str, link: str) -> None:
    [task] = tasks(decide(LEAD, HISTORY, at(MONDAY, Text("Call", "$link"), crm_url=url)))

    assert task.values["text"] == link


# length


def test_a_subject_too_long_for_the_crm_is_cut_at_a_word() -> None:
    company = "Gesellschaft " * 40

    subject, _ = render(Text("Neu: $lead, $company"), an_occasion(lead=a_lead(company=company)))

    assert len(subject) <= SUBJECT_LENGTH
    assert subject.endswith("Gesellschaft…")


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two", 6, "one…"),
        ("x" * 30, 10, "xxxxxxxxx…"),
        ("a " + "x" * 30, 26, "a " + "x" * 23 + "…"),
    ],
)
def test_cutting_keeps_whole_words_unless_one_is_very_long(text: str, most: int, cut: str) -> None:
    assert shortened(text, most) == cut
    assert len(cut) <= most


def test_a_subject_of_nothing_but_the_unknown_is_the_lead_s_name() -> None:
    assert render(Text("$link"), an_occasion(link=""))[0] == "Lou Reed"
