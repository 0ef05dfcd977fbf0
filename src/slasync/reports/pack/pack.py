"""A pack: a month's figures, the last self-assessment, and the language they are told in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slasync.domain.figures.kpis import Alarm, Figure, Note
from slasync.domain.figures.maturity import Assessment, level_of
from slasync.reports.kpis import Figures
from slasync.reports.pack.numbers import Speech


@dataclass(frozen=True, slots=True)
class Pack:
    """What is rendered."""

    figures: Figures
    speech: Speech
    assessment: Assessment | None = None  # the last there is

    @property
    def title(self) -> str:
        return self.speech.say("title", month=self.speech.month(self.figures.month))

    @property
    def stand(self) -> tuple[str, ...]:
        """Say of when the figures are, and by which agreement."""
        found, say = self.figures, self.speech.say
        return (
            say("agreement", name=found.agreement, version=found.version, hash=found.hash[:12]),
            say(
                "as_of", now=self.speech.moment(found.now), zone=found.zone.key,
                known_to=self.speech.moment(found.known_to),
            ),
            say("over" if found.over else "so_far"),
        )  # fmt: skip

    @property
    def alarms(self) -> tuple[str, ...]:
        """Say which figures are below their alarm."""
        return tuple(self.alarm(figure) for figure in self.figures.alarms)

    def alarm(self, figure: Figure) -> str:
        """Say that a figure is below its alarm; empty where it is not."""
        speech = self.speech
        if figure.alarm is Alarm.NONE:
            return ""
        key = "alarm.rings" if figure.alarm is Alarm.RINGS else "alarm.may"
        return speech.say(
            key, title=speech.title(figure.name), value=speech.value(figure.value, figure.measure),
            below=speech.value(figure.aim.alarm_below, figure.measure),
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        notes = [self._note(note) for note in self.figures.notes]
        if any(each.name == "mql_to_sal" for each in self.figures.alarms):
            notes.append(self.speech.words["note.calibrate"])
        return tuple(notes)

    def _note(self, note: Note) -> str:
        at = {"at": self.speech.moment(note.at)} if note.at else {}
        return self.speech.say(f"note.{note.name}", **note.values, **at)

    @property
    def maturity(self) -> tuple[str, ...]:
        """Tell the last self-assessment, question by question."""
        found, speech = self.assessment, self.speech
        if found is None:
            return (speech.words["assessment.none"],)
        level = speech.words[f"assessment.level.{level_of(found.points).value}"]
        day = speech.day(found.at.astimezone(speech.zone))
        return (
            speech.say("assessment.total", points=found.points, level=level),
            speech.say("assessment.on", day=day),
            *(
                f"{speech.words[f'question.{name}']} {speech.words[f'question.{name}.{points}']}"
                f" ({points})"
                for name, points in found.answers.items()
            ),
        )

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """Return title and formula of every figure, each once."""
        named = [f.name for c in self.figures.chapters.values() for f in c.figures]
        return tuple((self.speech.title(n), self.speech.how(n)) for n in dict.fromkeys(named))

    def counted(self, figure: Figure) -> str:
        """Say what a figure was counted from, and what is open."""
        say, number, parts = self.speech.say, self.speech.count, []
        of = figure.measured_of
        if of is not None and figure.count is not None:
            parts.append(say("of.share", count=number(figure.count), of=number(of)))
        elif figure.of:
            parts.append(say("of.only", of=number(figure.of)))
        besides = ".besides" if figure.decided_only else ""
        if figure.open:
            parts.append(say(f"of.open{besides}", open=number(figure.open)))
        if figure.unknown:
            parts.append(say(f"of.unknown{besides}", unknown=number(figure.unknown)))
        if figure.original is not None and figure.original != figure.value:
            parts.append(
                say("original", original=self.speech.value(figure.original, figure.measure))
            )
        return ", ".join(parts)

    def target(self, figure: Figure) -> str:
        target = figure.aim.target
        if target is None:
            return ""
        return self.speech.say("at_least", target=self.speech.value(target, figure.measure))

    def standing(self, figure: Figure) -> str:
        return self.speech.words[f"standing.{figure.standing.value}"] if self.target(figure) else ""


Renderer = Callable[[Pack], Mapping[str, str]]
"""Gives the text of each file by its name; the first is the pack itself."""


def _renderers() -> Mapping[str, Renderer]:
    from slasync.reports.pack import data, html, markdown  # noqa: PLC0415 - they take a pack

    return {
        "html": html.files, "md": markdown.files, "csv": data.csv_files, "json": data.json_files,
    }  # fmt: skip


FORMATS = ("html", "md", "csv", "json")


def rendered(pack: Pack, form: str) -> Mapping[str, str]:
    """Write a pack in one of FORMATS: files by name, the first of them the pack itself."""
    return _renderers()[form](pack)
