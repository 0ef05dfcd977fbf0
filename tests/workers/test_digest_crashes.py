"""Whatever ends the process, wherever: every line is told, and a message sent twice is the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from slasync.store.digest_lines import DigestState
from slasync.store.unit import transaction
from tests.builders import DAY, HOUR
from tests.faults.marks import fault
from tests.workers.given import FINE, Crash, Happens
from tests.workers.letters import Fated, Post

TUESDAY = datetime(2026, 3, 3, 8, tzinfo=UTC)
POINTS = [
    "digest.made", "digest.claimed", "digest.marked", "send", "digest.answered", "digest.settled",
]  # fmt: skip


def live_through(post: Post, script: Iterator[Happens]) -> Fated:
    """Send everything; each time the process ends, start another when its leases have ended."""
    fate = Fated(post.box, script)
    for _ in range(40):
        try:
            post.until(TUESDAY + 3 * DAY, post.digest(messenger=fate, reached=fate.reached))
        except Crash:
            post.outlive_leases()
        else:
            return fate
    raise AssertionError("no end of crashes")


def clear(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.db.execute(text("DELETE FROM digest_line"))
        unit.db.execute(text("DELETE FROM digest"))


@fault("L1", "crash/digest-marked")
def test_a_crash_at_any_point_loses_no_line(engine: Engine) -> None:
    untroubled = Post(engine)
    untroubled.line()
    assert live_through(untroubled, iter(())).trace == POINTS
    for number, name in enumerate(POINTS):
        for when in ("before", "after") if name == "send" else ("before",):
            clear(engine)
            post = Post(engine)
            lines = [post.line(), post.line()]
            live_through(post, chain(repeat(FINE, number), [Happens(crash=when)]))

            assert post.state() == DigestState.DONE, name
            assert len({message.key for message in post.box.taken}) == 1, name
            assert all(line.text in post.box.taken[0].text for line in lines), name
            assert post.untold() == {}, name


@fault("V6", "crash/digest-marked")
@pytest.mark.parametrize("point", ["digest.answered", "send"])
def test_a_crash_after_the_sending_sends_the_very_same_message_again(
    engine: Engine, point: str
) -> None:
    post = Post(engine)
    post.line()
    live_through(post, chain(repeat(FINE, POINTS.index(point)), [Happens(crash="after")]))

    first, again = post.box.taken
    assert first == again


def test_a_crash_between_the_mark_and_the_sending_is_known_as_such(engine: Engine) -> None:
    post = Post(engine)
    post.line()
    script = chain(repeat(FINE, POINTS.index("digest.marked")), [Happens(crash="before")])
    fate = Fated(post.box, script)
    with pytest.raises(Crash):
        post.until(TUESDAY + HOUR, post.digest(messenger=fate, reached=fate.reached))

    assert post.state() == DigestState.MAYBE_SENT
    assert not post.box.taken


HAPPENINGS = st.sampled_from([FINE, FINE, Happens(crash="before"), Happens(crash="after")])


@fault("L1", "L2")
@given(script=st.lists(HAPPENINGS, max_size=25))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_crashes_in_any_order_lose_no_line(sqlite_engine: Engine, script: list[Happens]) -> None:
    clear(sqlite_engine)
    post = Post(sqlite_engine)
    line = post.line()
    live_through(post, iter(script))

    assert post.state() == DigestState.DONE
    assert {line.text in message.text for message in post.box.taken} == {True}
