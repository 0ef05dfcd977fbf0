"""What pages show and do: to a viewer, to an operator, in two languages, and with odd data."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from slasync.domain.caps import Reason
from slasync.domain.lead import LeadKey
from slasync.ports import Rejected
from slasync.store.board import FIRST, From
from slasync.store.held import Fate
from slasync.store.outbox_values import State
from slasync.store.tables import LEAD, OUTBOX
from slasync.store.unit import reading, transaction
from slasync.web.dashboard.pages.queue import decoded, encoded
from tests.german import english_in
from tests.web.dashboard.house import House, said

PAGES = ("/", "/queue", "/teams", "/held", "/parked", "/funnel", "/accounts", "/quality",
         "/agreement", "/systems", "/leads")  # fmt: skip
BATCH = "late-2026-03-02"


def lou(house: House) -> LeadKey:
    with reading(house.engine) as unit:
        return unit.leads.find("lou@x.example")[0]


def task(house: House) -> str:
    """Return the key of Lou's first task."""
    with reading(house.engine) as unit:
        return next(v.key for v in unit.outbox.of_lead(lou(house)) if v.action == "task")


def park(house: House, why: str = "REQUIRED_FIELD_MISSING: Campaign") -> str:
    key = task(house)
    with transaction(house.engine) as unit:
        one = update(OUTBOX).where(OUTBOX.c.key == key)
        unit.db.execute(one.values(state=State.PARKED.value, outcome=why, external_ref=None))
    return key


def hold(house: House) -> str:
    """Have Lou's task held in a batch."""
    key, now = task(house), house.driven.now()
    with transaction(house.engine) as unit:
        made = unit.held.open_for(
            Reason.LATE, "above 20 tasks", now=now, day=now.date(), window=timedelta(hours=1)
        )
    with transaction(house.engine) as unit:
        held = {"state": State.HELD.value, "batch": made, "held_because": "above 20 tasks"}
        unit.db.execute(update(OUTBOX).where(OUTBOX.c.key == key).values(**held))
    return made


def state_of(house: House, key: str) -> State:
    with reading(house.engine) as unit:
        view = unit.outbox.get(key)
    assert view
    return view.state


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_read_in_both_languages(house: House, path: str, language: str) -> None:
    answer = house.visitor("otto", **{"Accept-Language": language}).get(path)

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_the_overview_tells_in_words_how_it_stands(house: House) -> None:
    page = house.visitor("vera").text("/")

    assert "One of 1 lead at work is in time." in page
    assert "Lou Reed" in page


def test_the_overview_leads_to_what_needs_a_person(house: House) -> None:
    park(house)
    page = house.visitor("vera").get("/").text

    assert "One write to Salesforce was refused and is parked." in said(page)
    assert 'href="/parked"' in page


def test_a_language_and_colours_that_were_chosen_stay(house: House) -> None:
    visitor = house.visitor("vera", **{"Accept-Language": "en"})
    visitor.get("/")
    visitor.post("/look", {"language": "de", "then": "/queue"})
    visitor.post("/look", {"theme": "dark"})
    page = visitor.get("/").text

    assert '<html lang="de" data-theme="dark">' in page


def test_the_queue_lists_whose_lead_it_is_and_what_is_due(house: House) -> None:
    page = house.visitor("vera").text("/queue")

    assert re.search(r"Lou Reed VU untouched First touch day 1 \w+ \w+", page)


def test_the_queue_can_be_narrowed_to_a_rep_a_team_and_a_state(house: House) -> None:
    visitor = house.visitor("vera")
    with reading(house.engine) as unit:
        place = unit.board.of(lou(house))
    assert place

    for query in ("team=inbound", f"rep={place.owner}", "state=open"):
        assert "Lou Reed" in visitor.text(f"/queue?{query}")
    for query in ("rep=nobody", "state=stale", f"rep={place.owner}&state=late"):
        assert "No lead at work fits." in visitor.text(f"/queue?{query}")


def test_a_page_of_the_queue_begins_where_the_last_one_ended(house: House) -> None:
    now = house.driven.now()
    for start in (From(now, "hubspot:contact:1"), From(None, "k")):
        assert decoded(encoded(start)) == start
    for odd in ("", "%%%", "aGVsbG8", "x" * 5000, encoded(From(None, ""))):
        assert decoded(odd) == FIRST


def test_the_lead_page_tells_what_happened_why_and_what_would_stop_the_clock(house: House) -> None:
    page = house.visitor("vera").get(f"/leads/{lou(house)}").text
    words = said(page)

    assert "handed over to sales" in words
    assert "What would stop it" in words
    assert "a person acts: a call, an e-mail, a meeting, a status change" in words
    assert "Written today" in words
    assert re.search(r'href="https?://[^"]+/00Q\w{15}"', page)


def test_what_would_stop_a_clock_is_said_in_german_too(house: House) -> None:
    words = house.visitor("vera", **{"Accept-Language": "de"}).text(f"/leads/{lou(house)}")

    assert "jemand handelt: ein Anruf, eine E-Mail, ein Termin, ein neuer Status" in words
    assert "der Lead wird konvertiert" in words
    assert "conversion" not in words


def test_nothing_of_a_lead_is_told_in_english_on_a_german_page(house: House) -> None:
    visitor = house.visitor("vera", **{"Accept-Language": "de"})
    page = visitor.get(f"/leads/{lou(house)}").text
    with reading(house.engine) as unit:
        written = [view.write.values for view in unit.outbox.of_lead(lou(house))]
    words = said(page)
    for subject in sorted({str(each["subject"]) for each in written if "subject" in each}):
        words = words.replace(subject, "")  # in the language of whoever has the task
    words = re.sub("„[^“]*“|Open - Not Contacted", "", words)  # values as the systems have them

    assert "übergeben: score war erfüllt" in words
    assert "reihum in inbound" in words
    assert english_in(words) == set()
    assert 'lang="en"' not in page.partition("<main")[2]
    assert "--language de" in words


def test_the_lead_page_tells_times_by_the_clock_of_its_readers(house: House) -> None:
    words = house.visitor("vera", **{"Accept-Language": "en"}).text(f"/leads/{lou(house)}")

    assert "handed over at Mon 2 Mar 2026, 10:00 because score was met" in words
    assert "2026-03-02T09:00:00Z because" not in words


def test_a_lead_is_found_by_its_address_and_its_id(house: House) -> None:
    visitor = house.visitor("vera")

    assert visitor.get("/leads?q=LOU@x.example").headers["location"] == f"/leads/{lou(house)}"
    assert visitor.get("/leads?q=nobody@x.example").status_code == 404


def test_what_a_lead_calls_itself_is_shown_and_never_run(house: House) -> None:
    fields = {"first_name": "<script>alert(1)</script>", "last_name": '"><img src=x>',
              "company": "{{ 7*7 }}", "email": "lou@x.example"}  # fmt: skip
    with transaction(house.engine) as unit:
        unit.db.execute(update(LEAD).where(LEAD.c.key == lou(house)).values(fields=fields))
    visitor = house.visitor("vera")

    for path in ("/", "/queue", f"/leads/{lou(house)}"):
        page = visitor.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{ 7*7 }}" in page


def test_an_operator_has_a_parked_write_sent_again(house: House) -> None:
    key, otto = park(house), house.visitor("otto")
    otto.get("/parked")
    away = otto.post("/parked/retry", {"key": key})

    assert state_of(house, key) is State.PENDING
    assert "It will be done again." in otto.text(away.headers["location"])
    assert ("otto", "parked.retry", key, "done") in deeds(house)


def test_a_write_that_is_given_up_is_never_sent_and_its_why_is_kept(house: House) -> None:
    key, otto = park(house), house.visitor("otto")
    otto.get("/parked")
    otto.post("/parked/discard", {"key": key, "why": "test data"})

    with reading(house.engine) as unit:
        view = unit.outbox.get(key)
        facts = unit.facts.of([lou(house)])[lou(house)]
    assert view
    assert (view.state, view.outcome) == (State.SUPERSEDED, "given up by otto: test data")
    assert any(fact.kind == "withdrawn" for fact in facts)  # the next rung makes its own task


def test_what_is_not_parked_any_more_is_told_and_noted(house: House) -> None:
    key, otto = task(house), house.visitor("otto")
    otto.get("/parked")
    for path in ("/parked/retry", "/parked/discard"):
        away = otto.post(path, {"key": key}).headers["location"]
        assert "Nothing was done" in otto.text(away)
    assert ("otto", "parked.discard", key, "refused") in deeds(house)


def test_a_record_set_aside_is_read_again(house: House) -> None:
    with transaction(house.engine) as unit:
        aside = Rejected("hubspot.contacts", "77", "two leads have this address", {})
        unit.quarantine.put([aside], house.driven.now())
    otto = house.visitor("otto")
    assert "two leads have this address" in otto.text("/parked")
    otto.post("/parked/retry", {"key": "hubspot.contacts:77"})

    with reading(house.engine) as unit:
        assert not unit.quarantine.list()
        assert unit.inbox.counts()["pending"] == 1


def test_an_operator_approves_a_batch_with_a_reason(house: House) -> None:
    name, key, otto = hold(house), task(house), house.visitor("otto")
    assert "+ task for" in otto.text(f"/held/{name}")
    away = otto.post(f"/held/{name}/allow", {"expect": "1", "why": "agreed with Mia"})

    assert state_of(house, key) is State.PENDING
    assert "One write will be sent." in otto.text(away.headers["location"])
    with reading(house.engine) as unit:
        batch = unit.held.get(name)
    assert batch
    assert (batch.fate, batch.settled_by, batch.why) == (Fate.ALLOWED, "otto", "agreed with Mia")
    assert ("otto", "held.allow", name, "done") in deeds(house)


def test_a_batch_that_is_refused_is_never_sent(house: House) -> None:
    name, key, otto = hold(house), task(house), house.visitor("otto")
    otto.get(f"/held/{name}")
    otto.post(f"/held/{name}/discard", {"expect": "1"})

    assert state_of(house, key) is State.SUPERSEDED


def test_a_batch_that_grew_since_it_was_looked_at_is_not_approved(house: House) -> None:
    name, key, otto = hold(house), task(house), house.visitor("otto")
    otto.get(f"/held/{name}")
    away = otto.post(f"/held/{name}/allow", {"expect": "4"})

    assert state_of(house, key) is State.HELD
    assert "the batch has changed since you looked" in otto.text(away.headers["location"])
    assert ("otto", "held.allow", name, "refused") in deeds(house)


def test_of_two_operators_the_first_has_decided(house: House) -> None:
    name, otto, alma = hold(house), house.visitor("otto"), house.visitor("alma")
    otto.get(f"/held/{name}"), alma.get(f"/held/{name}")
    otto.post(f"/held/{name}/discard", {"expect": "1"})
    alma.post(f"/held/{name}/allow", {"expect": "1"})

    assert state_of(house, task(house)) is State.SUPERSEDED


def test_nothing_is_folded_where_no_digest_reaches_anybody(house: House) -> None:
    name, otto = hold(house), house.visitor("otto")
    assert "Into digests" not in otto.text(f"/held/{name}")
    away = otto.post(f"/held/{name}/fold", {"expect": "1"})

    assert "no digest reaches anybody" in otto.text(away.headers["location"])
    assert state_of(house, task(house)) is State.HELD


def test_a_viewer_sees_what_is_held_and_parked_and_no_button(house: House) -> None:
    park(house)
    page = house.visitor("vera").get("/parked").text

    assert "/parked/retry" not in page
    assert "takes the role operator" in said(page)


def test_the_agreement_in_force_is_shown_in_the_visitors_language(house: House) -> None:
    english = house.visitor("vera", **{"Accept-Language": "en"}).text("/agreement")
    german = house.visitor("vera", **{"Accept-Language": "de"}).text("/agreement")

    assert "Agreement between marketing and sales" in english
    assert "Vereinbarung zwischen Marketing und Vertrieb" in german


def test_an_earlier_edition_is_found_by_its_hash(house: House) -> None:
    visitor = house.visitor("vera")
    hash_ = house.settings.agreement.hash

    assert "Agreement between" in visitor.text(f"/agreement/{hash_}")
    assert visitor.get(f"/agreement/{'f' * 64}").status_code == 404


def test_the_audit_shows_whether_its_chain_is_whole(house: House) -> None:
    alma = house.visitor("alma")

    assert "The chain is whole: one entry." in alma.text("/audit?check=1")


def test_a_word_from_the_address_is_never_shown_as_our_own(house: House) -> None:
    page = house.visitor("vera").get("/?said=<b>pwned</b>&n=1").text

    assert "pwned" not in page
    assert 'class="said"' not in page


def test_the_lists_of_stages_add_up_to_all_leads(house: House) -> None:
    page = house.visitor("vera").text("/funnel")

    assert "Where 1 lead stands now" in page


def deeds(house: House) -> set[tuple[str, str, str, str]]:
    with reading(house.engine) as unit:
        entries = unit.audit.page(50)
        assert not unit.audit.check().problem
    return {(e.deed.who, e.deed.action, e.deed.target, e.deed.outcome) for e in entries}
