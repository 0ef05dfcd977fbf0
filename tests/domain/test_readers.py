"""Who gets digests, in which language and rhythm."""

from slasync.domain.digests.readers import DigestTerms, Reader, channels, persons
from slasync.domain.digests.times import Rhythm
from slasync.domain.languages import Language
from slasync.domain.lead import Pool
from slasync.domain.writes import Role
from tests.builders import nine_to_five

CALENDARS = {
    "berlin": nine_to_five("Europe/Berlin", "berlin"),
    "york": nine_to_five("America/New_York", "york"),
}
HERE = Pool(
    "here",
    ("Ana@x.example",),
    manager="mia@x.example",
    leadership=("lea@x.example",),
    calendar="berlin",
)
THERE = Pool("there", ("bob@x.example",), leadership=("LEA@x.example", "kim@x.example"))
POOLS = {"here": HERE, "there": THERE}


def by_name(readers: tuple[Reader, ...]) -> dict[str, Reader]:
    return {reader.name: reader for reader in readers}


def test_persons_keep_the_hours_of_the_first_pool_that_names_them() -> None:
    readers = by_name(persons(POOLS, CALENDARS, "york", DigestTerms()))

    assert {name: reader.calendar.name for name, reader in readers.items()} == {
        "lea@x.example": "berlin",
        "mia@x.example": "berlin",
        "Ana@x.example": "berlin",
        "kim@x.example": "york",
        "bob@x.example": "york",
    }
    assert readers["Ana@x.example"].addresses == {"ana@x.example"}


def test_a_role_may_have_its_digest_weekly() -> None:
    terms = DigestTerms(minute=60, weekly_for=frozenset({Role.LEADERSHIP}), weekday=2)
    readers = by_name(persons(POOLS, CALENDARS, "york", terms))

    assert readers["lea@x.example"].rhythm == Rhythm(60, 2)
    assert readers["kim@x.example"].rhythm == Rhythm(60, 2)
    assert readers["mia@x.example"].rhythm == Rhythm(60)


def test_who_leads_and_works_leads_is_a_leader() -> None:
    both = Pool("both", ("lea@x.example",), leadership=("lea@x.example",), calendar="york")
    terms = DigestTerms(weekly_for=frozenset({Role.OWNER}))

    (lea,) = persons({"both": both}, CALENDARS, "york", terms)
    assert lea.rhythm.weekday is None


def test_a_person_s_language_goes_before_the_pool_s_and_that_before_the_usual_one() -> None:
    languages = {"Lea@x.example": Language.EN, "here": Language.DE}
    readers = by_name(persons(POOLS, CALENDARS, "york", DigestTerms(languages=languages)))

    assert readers["lea@x.example"].language == Language.EN
    assert readers["mia@x.example"].language == Language.DE
    assert readers["kim@x.example"].language == Language.EN
    (here, there) = channels(POOLS, CALENDARS, "york", DigestTerms(languages=languages))
    assert (here.language, there.language) == (Language.DE, Language.EN)


def test_a_channel_gets_the_lines_of_a_pool_s_people_and_nobody_is_in_two() -> None:
    here, there = channels(POOLS, CALENDARS, "york", DigestTerms())

    assert here.addresses == {"ana@x.example", "mia@x.example", "lea@x.example"}
    assert there.addresses == {"bob@x.example", "kim@x.example"}
    assert (here.calendar.name, there.calendar.name) == ("berlin", "york")
