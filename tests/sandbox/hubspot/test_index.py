from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from slasync.sandbox.hubspot.index import Index
from slasync.sandbox.hubspot.record import Origin, Record

# one write: which record, how long it stays unseen, its e-mail (None: the record is taken out)
writes = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 9), st.sampled_from(["a", "b", "c", None])),
    max_size=30,
)
ORIGIN = Origin("IMPORT", "test", "test")


def keys(record: Record) -> Iterator[tuple[str, str]]:
    yield "email", record.properties["email"]


@given(writes)
def test_the_index_knows_the_newest_version_that_is_visible(
    done: list[tuple[int, int, str | None]],
) -> None:
    index = Index(keys)
    versions: list[tuple[int, int, Record | None]] = []  # id, visible at, version
    for now, (number, unseen, email) in enumerate(done):
        record = Record(number, {"email": email}, 0, now, ORIGIN, now) if email else None
        index.later(now + unseen, number, now, record)
        versions.append((number, now + unseen, record))
        index.settle(now)
        seen = {i: version for i, visible, version in versions if visible <= now}
        expected = {i: version for i, version in seen.items() if version is not None}
        assert index.rows == expected
        assert index.ids == sorted(expected)
        in_order = sorted(expected.values(), key=lambda r: (r.modified, r.id))
        assert list(index.at_modified(*index.modified_span(0, 99))) == in_order
        for address in "abc":
            holding = {i for i, r in expected.items() if r.properties["email"] == address}
            assert index.holders("email", address) == holding
