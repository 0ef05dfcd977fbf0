"""The table itself: every row with its answer, what is wrong with it, and its printed form."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.rows import Later, Not, Row, Simulated
from tests.faults.scan import Marked


@dataclass(frozen=True, slots=True)
class Line:
    """A row and the tests that carry its mark."""

    row: Row
    tests: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Name what answers the row; tests go before the simulation."""
        match self.row.answer:
            case Later():
                return "later"
            case Not():
                return "not"
            case Simulated() if not self.tests:
                return "simulation"
        return "tests" if self.tests else "none"

    def words(self) -> tuple[str, ...]:
        """Say the answer, a test a line."""
        match self.row.answer:
            case Later(capability):
                return (f"later: {capability}",)
            case Not(reason):
                return (f"not: {reason}",)
            case Simulated(name):
                return (f"simulation: {name}", *self.tests)
        return self.tests or ("NO ANSWER",)


def table(rows: Sequence[Row], marks: Sequence[Marked]) -> list[Line]:
    """Join the rows with the tests that carry their marks."""
    tests: dict[str, list[str]] = {}
    for mark in marks:
        tests.setdefault(mark.row_id, []).append(mark.place)
    return [Line(row, tuple(tests.get(row.id, ()))) for row in rows]


def problems(rows: Sequence[Row], marks: Sequence[Marked], most_later: int) -> Iterator[str]:
    """Say what is wrong with the table; nothing, if it stands."""
    counted = Counter(row.id for row in rows)
    yield from (f"{row_id} stands {n} times" for row_id, n in counted.items() if n > 1)
    yield from (
        f"{m.place} names {m.row_id}: no such row" for m in marks if m.row_id not in counted
    )
    lines = table(rows, marks)
    yield from (f"{line.row.id} has no answer" for line in lines if line.kind == "none")
    for line in lines:
        if line.tests and line.kind in {"later", "not"}:
            yield f"{line.row.id} is answered by '{line.kind}' and yet by {line.tests[0]}"
    later = counts(lines).get("later", 0)
    if later > most_later:
        yield f"{later} rows wait for a part of slasync; {most_later} may"


def counts(lines: Sequence[Line]) -> Mapping[str, int]:
    """Count the rows by the kind of their answer."""
    return Counter(line.kind for line in lines)


def printed(sections: Mapping[str, Sequence[Row]], marks: Sequence[Marked]) -> Iterator[str]:
    """Give the table as lines of text, one test a line."""
    for name, rows in sections.items():
        yield f"\n{name}"
        for line in table(rows, marks):
            starred = "*" if line.row.starred else " "
            yield f"  {line.row.id:<21}{starred} {line.row.what}"
            yield from (f"  {'':<24}{word}" for word in line.words())


def summary(lines: Sequence[Line]) -> str:
    """Count the whole table in one line."""
    found = counts(lines)
    kinds = ("tests", "simulation", "later", "not", "none")
    parts = ", ".join(f"{kind} {found.get(kind, 0)}" for kind in kinds)
    return f"{len(lines)} rows: {parts}"
