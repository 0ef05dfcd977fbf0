"""A write comes out of the outbox as it went in."""

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.writes import Action, Judged, Role, Write
from slasync.store import payload
from slasync.store.engine import from_json, to_json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
values = st.dictionaries(texts, st.recursive(scalars, st.lists, max_leaves=5), max_size=4)
instants = st.datetimes(timezones=st.just(UTC))
writes = st.builds(
    Write,
    key=texts,
    lead=texts.map(LeadKey),
    system=texts,
    action=st.sampled_from(Action),
    values=values,
    target=st.none() | st.builds(Ref, texts, texts, texts),
    task_key=st.none() | texts,
    judged=st.none()
    | st.builds(Judged, owner=st.none() | texts.map(UserKey), modified_at=st.none() | instants),
    cycle=texts,
    clock=texts,
    generation=st.integers(0, 9),
    rung=texts,
    role=st.sampled_from(Role),
    because=texts,
)


@given(writes)
def test_any_write_survives_being_stored(write: Write) -> None:
    assert payload.load(from_json(to_json(payload.dump(write)))) == write
