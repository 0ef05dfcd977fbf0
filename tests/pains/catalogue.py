"""Each pain by its number, in our own words; "P20/..." is a part of it that stands apart."""

from tests.faults.rows import Row

CLOCKS = (
    Row("P1", "deadlines of what arrives when nobody works"),
    Row("P2", "breaks, split days and half days in a calendar"),
    Row("P3", "zones, and the weekends on which clocks change"),
    Row("P4", "a clock that stood still loses time or invents some"),
    Row("P5", "an agreement is changed or switched off while leads are open"),
    Row("P6", "a calendar whose dates end without a word"),
)
TOUCHES = (
    Row("P7", "a machine's mail is taken for the work of a person"),
    Row("P8", "what comes late or in another order changes the answer"),
    Row("P9", "a rep is blamed because his call was not read yet"),
    Row("P10", "clocks go on after the end, or a second round keeps the first one's answer"),
    Row("P11", "nobody can tell who let the time run out"),
)
MESSAGES = (
    Row("P12", "one thing is said again and again"),
    Row("P13", "a second due time says nothing"),
    Row("P14", "mail at night and at weekends"),
    Row("P15", "after days of standstill all comes at once, or nothing"),
    Row("P16", "the first start, or an import, alarms everybody"),
    Row("P17", "two processes send the same"),
)
OWNERS = (
    Row("P18", "a lead goes to somebody who is not there"),
    Row("P19", "rules of the organisation, or slasync, undo who has the lead"),
    Row("P20", "one person is somebody else in the other system"),
    Row("P20/unheeded", "a change of owner is confirmed and not made"),
)  # fmt: skip
PEOPLE = (
    Row("P21", "a converted lead is an error, or is made once more"),
    Row("P22", "merged people live on, or their scores add up to an MQL"),
    Row("P23", "one person becomes two records"),
    Row("P24", "what was deleted is not noticed, or comes back"),
)
READING = (
    Row("P25", "increments miss records"),
    Row("P26", "paging goes round, or skips rows of one stamp"),
    Row("P27", "an update is swallowed, or taken for a new record"),
    Row("P28", "the quota is eaten up, and repetition makes it worse"),
    Row("P29", "a batch is called done though rows failed, or one row sinks it"),
)
TRUST = (
    Row("P30", "health shows green while nothing goes on"),
    Row("P30/keys", "a misspelt key is passed over"),
    Row("P30/rights", "a field that may not be seen is taken for empty"),
    Row("P30/reasons", "nobody can say why, once the log is gone"),
)
BESIDES = (
    Row("also/locks", "a row is locked by somebody else"),
    Row("also/limits", "a safety limit stops what was meant"),
    Row("also/dry-run", "a rehearsal does not say what it would change, and where"),
    Row("also/echoes", "two systems write one value to and fro"),
    Row("also/old-owner", "tasks stay with who had the lead before"),
    Row("also/archived", "attempts of long ago are archived and not counted"),
    Row("also/default", "the usual rule does not hold, or holds where it should not"),
    Row("also/ladder", "a clock that nothing follows from"),
    Row("also/recount", "a changed rule takes for ever to be worked out"),
)

SECTIONS: dict[str, tuple[Row, ...]] = {
    "clock and calendar": CLOCKS,
    "what counts as a touch": TOUCHES,
    "escalations and messages": MESSAGES,
    "owners and routing": OWNERS,
    "who is who": PEOPLE,
    "reading and writing": READING,
    "operations and trust": TRUST,
    "besides": BESIDES,
}

ROWS: tuple[Row, ...] = tuple(row for rows in SECTIONS.values() for row in rows)

MOST_LATER = 0
"""How many wait for a part of slasync. May only be lowered: whoever builds a part lowers it."""
