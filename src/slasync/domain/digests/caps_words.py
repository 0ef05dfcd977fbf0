"""What people are told of a held batch that nobody decided about: a line each in their digests."""

from dataclasses import dataclass
from datetime import timedelta

from slasync.domain.counting import so_many
from slasync.domain.languages import Language

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Folded:
    """What became of a batch: how many tasks, for how many people, and how many other writes."""

    batch: str
    because: str
    age: timedelta
    tasks: int
    people: int
    others: int


def one_of_them(subject: str, language: Language) -> str:
    """Return the line of a task that was not sent, for whom it was."""
    if language is Language.DE:
        return f"Nicht als Aufgabe geschickt: {subject}"
    return f"Not sent as a task: {subject}"


def summary(folded: Folded, language: Language) -> str:
    """Return the one line that leadership gets of a whole batch."""
    hours = f"{folded.age / HOUR:.0f}"
    if language is Language.DE:
        tasks = so_many(folded.tasks, "Aufgabe", "Aufgaben")
        people = so_many(folded.people, "Person", "Personen")
        others = so_many(folded.others, "andere Änderung", "andere Änderungen")
        more = f" und {others}" if folded.others else ""
        return (
            f"{folded.batch}, zurückgehalten und binnen {hours} Stunden nicht freigegeben: {tasks}"
            f" für {people}{more}. Nichts davon wurde ausgeführt; wer eine Aufgabe bekommen hätte,"
            f" hat sie in seiner Übersicht. Warum: {folded.because}"
        )
    tasks = so_many(folded.tasks, "task", "tasks")
    people = so_many(folded.people, "person", "people")
    others = so_many(folded.others, "other change", "other changes")
    more = f" and {others}" if folded.others else ""
    return (
        f"{folded.batch}, held and not allowed within {hours} hours: {tasks} for {people}{more}."
        " Nothing of it was carried out; who would have had a task has it in a digest."
        f" Why: {folded.because}"
    )
