"""Obligations in the files: what they amount to, and what each mistake is told."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from slasync.domain.agreement import End, Stage, Start
from slasync.domain.figures.obligations import Enrolling
from slasync.domain.time.calendars import Offset, Unit
from slasync.settings.paper import load_paper
from tests.settings.configs import Configuration, shipped
from tests.settings.enrolling import with_enrolment

AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"
EVIDENCE = "      evidence: {when: nurture != null, at: nurture_at}\n"
CLOCK = "      clock: enrolment\n"
ENDS = "ends_on: [enrolled, with_sales, converted, disqualified, deleted]"


def test_the_shipped_agreement_holds_both_sides(tmp_path: Path) -> None:
    owed = shipped(tmp_path).load().obligations

    assert owed.quota
    assert (owed.quota.a_month, owed.quota.at_least) == (150, Fraction(9, 10))
    assert owed.completeness
    assert list(owed.completeness.told_by) == ["email", "company", "source"]
    assert owed.completeness.told_by["company"] == {("hubspot", "contact"), ("salesforce", "lead")}
    assert owed.enrolment == Enrolling(Fraction(19, 20), within=timedelta(days=1))
    assert [(each.clock, each.called, each.at_least) for each in owed.sales] == [
        ("first_touch", "day_1", Fraction(9, 10)), ("processing", "day_7", Fraction(9, 10)),
    ]  # fmt: skip
    assert owed.moves.allowed[Stage.RECYCLED] == {Stage.MQL}
    assert (Stage.LEAD, Stage.MQL) in owed.moves.hand_overs


def test_the_shipped_agreement_does_not_guess_who_is_enrolled(tmp_path: Path) -> None:
    assert shipped(tmp_path).load().agreement.enrolment is None


def test_the_example_of_the_manual_is_right(tmp_path: Path) -> None:
    settings = with_enrolment(tmp_path).load()

    enrolment, clock = settings.agreement.enrolment, settings.agreement.clock("enrolment")
    assert enrolment
    assert (enrolment.evidence.text, enrolment.evidence.occurred_field) == (
        "nurture != null", "nurture_at",
    )  # fmt: skip
    assert enrolment.told_by == {("hubspot", "contact")}
    assert {"nurture", "nurture_at"} <= settings.agreement.watched
    assert (clock.starts_on, End.ENROLLED in clock.ends) == (Start.RECYCLED, True)
    limit = Offset(1, Unit.BUSINESS_DAYS)
    assert settings.obligations.enrolment == Enrolling(Fraction(19, 20), "enrolment", limit)
    assert [limit.clock for limit in settings.obligations.sales] == ["first_touch", "processing"]
    assert settings.pools["inbound"].marketing == ("nora@sandbox.example",)


def test_without_a_figure_sales_is_measured_by_the_deadline_else_by_the_first_rung(
    tmp_path: Path,
) -> None:
    bare = shipped(tmp_path)
    for rung in ("day_1", "day_7"):
        bare.change(AGREEMENT, f"    before_rung: {rung}\n", "")
    bare.change(
        AGREEMENT, "    restarts: 2\n", "    restarts: 2\n    deadline: {after: 2}\n"
    )  # fmt: skip

    sales = bare.load().obligations.sales
    assert [(each.clock, each.called, str(each.limit)) for each in sales] == [
        ("first_touch", "deadline", "2 business days"), ("processing", "day_7", "7 business days"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (CLOCK, "      clock: enrolmnet\n",
         ("obligations.marketing.enrolment.clock: there is no clock 'enrolmnet'"
          " (did you mean enrolment?)")),
        (CLOCK, "      clock: first_touch\n",
         ("obligations.marketing.enrolment.clock: clock first_touch counts from another event: it"
          " needs starts_on: recycled")),
        ("deadline: {after: 1}", "calendar: berlin",
         ("obligations.marketing.enrolment.clock: clock enrolment has no deadline, and that is the"
          " limit: give it one")),
        (EVIDENCE, "",
         ("clocks.enrolment.ends_on: enrolled never comes: obligations.marketing.enrolment.evidence"
          " does not say by what it is seen")),
        (EVIDENCE, "      evidence: {when: nutrure != null}\n",
         "obligations.marketing.enrolment.evidence.when: unknown field 'nutrure'"),
        (EVIDENCE, "      evidence: {when: nurture != null, at: nurture}\n",
         ("obligations.marketing.enrolment.evidence.at: field 'nurture' holds text: name one that"
          " holds a time")),
        (CLOCK, f"{CLOCK}      within: 1 d\n",
         "obligations.marketing.enrolment: the limit stands in one place"),
        (CLOCK, "",
         "obligations.marketing.enrolment: the limit stands in one place"),
        ("reads: [hubspot.contacts, salesforce.lead_history, salesforce.leads]",
         "reads: [salesforce.leads]",
         "clocks.enrolment.reads: enrolment is told by hubspot.contacts: name it here as well"),
        (ENDS, "ends_on: [with_sales]",
         "clocks.enrolment: starts_on: recycled needs enrolled among ends_on"),
        (ENDS, "ends_on: [enrolled, touch]",
         "clocks.enrolment: the lead is back with marketing: touch cannot end this clock"),
        ("deadline: {after: 1}", "deadline: {after: 1}\n    on_reassign: restart",
         "clocks.enrolment: starts_on: recycled and on_reassign: restart are two ways"),
        ("deadline: {after: 1}",
         "deadline: {after: 1}\n    on_reassign: minimum_grace\n    grace: {after: 1}",
         "clocks.enrolment: the lead is back with marketing: leave out on_reassign"),
        ("deadline: {after: 1}", "deadline: {after: 1}\n    pauses: {absent: true}",
         "clocks.enrolment: the lead is back with marketing: its owner's absence pauses nothing"),
        ("{do: digest, to: marketing, text: not_enrolled}", "{do: reassign}",
         "clocks.enrolment: the lead is back with marketing: do: reassign is for sales"),
        ("ends_on: [touch, converted,", "ends_on: [enrolled, touch, converted,",
         "clocks.first_touch: enrolled ends only clocks with starts_on: recycled"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_what_was_meant(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    told = [text.split(":", 3)[3].strip() for text in changed(tmp_path, old, new).problems()]

    assert any(problem in each for each in told), told


LEADS_COUNTRY = "  country: {field: Country, direction: both}\n"


def test_what_slasync_writes_itself_is_no_evidence(tmp_path: Path) -> None:
    own = f"{LEADS_COUNTRY}  nurture_path: {{field: Path__c, direction: both}}\n"
    configuration = changed(tmp_path, EVIDENCE, "      evidence: {when: nurture_path != null}\n")
    configuration.change("connectors/salesforce/connector.yaml", LEADS_COUNTRY, own)

    told = " ".join(configuration.problems())

    assert "slasync writes nurture_path itself when it gives a lead back" in told


def test_a_connector_that_is_wrong_is_told_once_and_not_for_the_evidence_as_well(
    tmp_path: Path,
) -> None:
    configuration = with_enrolment(tmp_path).change(
        "connectors/hubspot/connector.yaml", "page_size: 100", "page_size: 1000"
    )

    (problem,) = configuration.problems()
    assert "page_size" in problem


def test_a_rung_cannot_set_the_field_by_which_enrolment_is_seen(tmp_path: Path) -> None:
    configuration = changed(
        tmp_path, "{do: digest, to: marketing, text: not_enrolled}",
        "{do: property, property: nurture, value: newsletter}",
    )  # fmt: skip

    told = " ".join(configuration.problems())

    assert "obligations.marketing.enrolment.evidence reads nurture" in told


def changed(root: Path, old: str, new: str) -> Configuration:
    return with_enrolment(root).change(AGREEMENT, old, new)


def test_a_rung_to_marketing_needs_somebody_there(tmp_path: Path) -> None:
    configuration = with_enrolment(tmp_path)
    text = (tmp_path / TEAMS).read_text("utf-8")
    configuration.write(TEAMS, text.replace("marketing: [nora@sandbox.example]", "marketing: []"))

    (problem,) = configuration.problems()
    assert "name its addresses in roles.marketing" in problem


# the review


def signed(root: Path, on: date) -> Configuration:
    configuration = shipped(root)
    found = load_paper(root / "config", root / "connectors").hash
    sides = "".join(
        f"  {side}: {{who: {who}, role: Head, on: {on}, hash: {found}}}\n"
        for side, who in (("marketing", "Nora"), ("sales", "Lea"))
    )
    return configuration.change(AGREEMENT, "  marketing: null\n  sales: null\n", sides)


def test_the_review_is_due_for_both_heads_so_long_after_the_signatures(tmp_path: Path) -> None:
    review = signed(tmp_path, date(2026, 11, 1)).load().review

    assert review
    assert review.due == date(2027, 4, 30)  # 180 days later
    assert review.heads == ("nora@sandbox.example", "lea@sandbox.example")


def test_what_nobody_signed_is_not_reviewed(tmp_path: Path) -> None:
    assert shipped(tmp_path).load().review is None


def test_signed_anew_it_is_due_anew(tmp_path: Path) -> None:
    first = signed(tmp_path, date(2026, 2, 1))
    due = first.load().review

    again = first.change(AGREEMENT, "reviewed_on: null", "reviewed_on: 2026-11-01").load().review

    assert due
    assert again
    assert (due.due, again.due) == (date(2026, 7, 31), date(2027, 4, 30))


def test_a_head_that_is_not_named_is_a_warning(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        TEAMS, "  head_of_marketing: nora@sandbox.example\n", ""
    )

    (warning,) = configuration.load().warnings
    assert warning.path == "roles"
    assert "nobody is named as head_of_marketing" in warning.what


def test_where_no_review_is_agreed_no_head_is_missed(tmp_path: Path) -> None:
    configuration = (
        shipped(tmp_path)
        .change(TEAMS, "  head_of_marketing: nora@sandbox.example\n", "")
        .change(AGREEMENT, "review_every: 180 d", "review_every: null")
    )

    assert configuration.load().warnings == ()


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(TEAMS, "head_of_sales: lea@", "head_of_sales: lea")

    (problem,) = configuration.problems()
    assert "roles.head_of_sales" in problem
    assert "no e-mail address" in problem


def test_heads_whom_no_pool_names_get_their_digest_too(tmp_path: Path) -> None:
    configuration = signed(tmp_path, date(2026, 11, 1)).change(
        "config/slasync.yaml",
        "\nlog_level:",
        "\nnotify:\n  smtp: {host: mail.x.example, from: s@x.example, tls: starttls}\n\nlog_level:",
    )

    names = [reader.name for reader in configuration.load().readers]

    assert names.count("nora@sandbox.example") == 1
    assert names.count("lea@sandbox.example") == 1
    assert "nora@sandbox.example" not in [
        reader.name for reader in replace(configuration.load(), review=None).readers
    ]
