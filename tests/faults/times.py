"""Faults of clocks, calendars and zones."""

from tests.faults.rows import Not, Row, Simulated, star

ROWS = (
    Row("T1", "our clock is set forward or back", Simulated("clock jump")),
    Row("T2", "no vendor can be asked for the time"),
    Row("T3", "a wall time that does not exist"),
    Row("T4", "a wall time that comes twice"),
    Row("T5", "two times of one zone subtracted by the wall clock"),
    Row("T6", "leap days, the turn of the year, long ISO years"),
    Row(
        "T7",
        "a leap second, or one spread over a day",
        Not("the machine's own clock would have to play one; none is planned before 2035"),
    ),
    Row("T8", "a government changes its clocks"),
    star("T9", "a zone that does not exist, or no zones at all"),
    Row("T10", "the calendar changes under running clocks"),
    Row("T11", "a calendar that is never open, always open, or open past midnight"),
    Row("T12", "the owner moves to another zone"),
    Row("T13", "pauses of a clock that overlap or come late"),
    Row("T14", "an answer in time that is learned of late, and the reverse"),
    Row("T15", "due at this very moment, at once, in years, long ago"),
    Row("T16", "times before 1970, after 2038, in odd forms, or beyond all bounds"),
    Row("T17", "the database's clock is not ours"),
    Row("T18", "the machine sleeps for hours", Simulated("clock jump")),
)
