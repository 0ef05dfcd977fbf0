"""The words of a morning for managers and leadership, German or English, plain and short."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from slasync.domain.counting import filled
from slasync.domain.digests.morning import (
    MOST_NAMED,
    MOST_REPS,
    AtRisk,
    Late,
    LateOf,
    Morning,
    Moved,
    Named,
    Proposal,
)
from slasync.domain.figures.forecast_breaches import Usual, Why
from slasync.domain.figures.kpis import Alarm
from slasync.domain.languages import Language
from slasync.domain.lead import LeadKey
from slasync.domain.wording import clean

STALE = timedelta(minutes=30)
"""What was read so long before is said to be old."""
_A_WEEK = timedelta(days=6)
_MOST_IN_SUBJECT = 3


@dataclass(frozen=True, slots=True)
class Item:
    """The words about one lead, as they stand in the text."""

    lead: LeadKey
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A morning in words. `counts`: what its subject says, without the moment."""

    counts: tuple[str, ...]
    text: str
    items: tuple[Item, ...]


_GERMAN: Mapping[str, str] = {
    "days": "Mo Di Mi Do Fr Sa So",
    "date": "%d.%m.%Y",
    "heading": "Stand {at} Uhr. Zeiten in {zone}.",
    "stale": "Zuletzt gelesen wurde um {at} Uhr: Was danach geschah, fehlt hier.",
    "n_accepted": "Alarm: vom MQL zum SAL",
    "n_late": "{n} überfällig",
    "n_risk": "{n} heute gefährdet",
    "n_moved": "{n} neu vergeben",
    "n_held": "{n} zurückgehalten",
    "n_disputed": "{n} mit Einspruch",
    "all_in_time": "alles in der Zeit",
    "late": "Überfällig: {n}",
    "risk": "Heute voraussichtlich zu spät: {n} von {due}, die heute fällig sind",
    "moved": "Neu vergeben seit {since} Uhr: {n}",
    "moved_ever": "Neu vergeben: {n}",
    "held": "Zurückgehalten, bis jemand entscheidet:",
    "disputed": "Einsprüche, über die zu entscheiden ist: {n}",
    "no_owner": "ohne zuständige Person",
    "late_line": "{lead}: seit {since} Uhr, {by} Arbeitszeit",
    "his_since": ", hier erst seit {at} Uhr",
    "more": "und {n} weitere",
    "more_reps": "und bei {reps} weiteren: {n}",
    "due": "fällig {at} Uhr",
    Why.NOBODY: "niemand hat ihn",
    Why.INACTIVE: "{owner} bearbeitet keine Leads mehr",
    Why.ABSENT: "{owner} ist bis dahin abwesend",
    Why.CLOSED: "{owner} arbeitet erst danach wieder",
    Why.SLOW: "{owner} braucht meist {usual}",
    "team": "im Team sind {usual} üblich, {owner} hat ihn",
    "proposal": "Vorschlag: an {name} geben ({open} offen{usual})",
    "usually": ", meist {usual}",
    "usually_team": ", im Team üblich: {usual}",
    "nobody_free": "Niemand im Team hat Zeit dafür",
    "forecast": "Eine Schätzung aus Fälligkeit, Arbeitszeiten, Abwesenheit und dem, was üblich ist,"
    " um rechtzeitig zu helfen. Verschoben wird nichts von selbst.",
    "moved_line": "{lead}: von {from_} an {to}; {why}",
    "rung": "{clock} hat {rung} erreicht",
    "held_line": "{batch}: {n} {n:Schreibvorgang|Schreibvorgänge}. {because}."
    " slasync held show {batch}",
    "disputed_line": "{lead}, {owner}, seit {at} Uhr: {reason}",
    "no_reason": "ohne Grund",
    "accepted": "Vom MQL zum SAL im laufenden Monat: {share}, {n} von {of}{open}.",
    "accepted_open": ", {n} noch nicht entschieden",
    Alarm.RINGS: "Alarm: Das liegt unter {below}, und was offen ist, kann es nicht mehr heben.",
    Alarm.MAY: "Das liegt unter der Alarmgrenze von {below}; was offen ist, kann es noch heben.",
    "decimal": ",",
    "sender": "slasync schickt das an alle, die notify.digest.for in slasync.yaml dafür nennt.",
    "quiet": "Nichts ist überfällig, und heute wird voraussichtlich alles rechtzeitig erledigt.",
}  # fmt: skip
_ENGLISH: Mapping[str, str] = {
    "days": "Mon Tue Wed Thu Fri Sat Sun",
    "date": "%Y-%m-%d",
    "heading": "As of {at}. Times are in {zone}.",
    "stale": "The systems were last read at {at}: what happened since is not in here.",
    "n_accepted": "alarm: MQL to SAL",
    "n_late": "{n} overdue",
    "n_risk": "{n} at risk today",
    "n_moved": "{n} reassigned",
    "n_held": "{n} held",
    "n_disputed": "{n} disputed",
    "all_in_time": "all in time",
    "late": "Overdue: {n}",
    "risk": "Likely to be missed today: {n} of {due} that are due",
    "moved": "Reassigned since {since}: {n}",
    "moved_ever": "Reassigned: {n}",
    "held": "Held until somebody decides:",
    "disputed": "Disputes to decide: {n}",
    "no_owner": "nobody's",
    "late_line": "{lead}: since {since}, {by} of working time",
    "his_since": ", here only since {at}",
    "more": "and {n} more",
    "more_reps": "and with {reps} more: {n}",
    "due": "due {at}",
    Why.NOBODY: "nobody has it",
    Why.INACTIVE: "{owner} works no leads any more",
    Why.ABSENT: "{owner} is absent until then",
    Why.CLOSED: "{owner}'s hours begin after that",
    Why.SLOW: "{owner} usually needs {usual}",
    "team": "the team usually needs {usual}, {owner} has it",
    "proposal": "Proposal: reassign to {name} ({open} open{usual})",
    "usually": ", usually {usual}",
    "usually_team": ", usual in the team: {usual}",
    "nobody_free": "Nobody in the team has room",
    "forecast": "An estimate from due times, calendars, absences and what is usual, to help in"
    " time. Nothing is moved by itself.",
    "moved_line": "{lead}: from {from_} to {to}; {why}",
    "rung": "{clock} had reached {rung}",
    "held_line": "{batch}: {n} {n:write|writes}. {because}. slasync held show {batch}",
    "disputed_line": "{lead}, {owner}, since {at}: {reason}",
    "no_reason": "no reason given",
    "accepted": "MQL to SAL in the running month: {share}, {n} of {of}{open}.",
    "accepted_open": ", {n} not decided yet",
    Alarm.RINGS: "Alarm: that is below {below}, and what is open cannot lift it any more.",
    Alarm.MAY: "That is below the alarm's {below}; what is open may still lift it.",
    "decimal": ".",
    "sender": "slasync sends this to those whom notify.digest.for in slasync.yaml names for it.",
    "quiet": "Nothing is overdue, and all that is due today is likely to be done in time.",
}  # fmt: skip
_WORDS = {Language.DE: _GERMAN, Language.EN: _ENGLISH}


def write_morning(morning: Morning, zone: ZoneInfo, language: Language) -> Written:
    """Put a morning into words, times by the wall clock of `zone`."""
    page = _Page(_WORDS[language], zone, morning.at)
    page.lines.append(page.say("heading", at=page.full(morning.at), zone=zone.key))
    if morning.known_to is not None and morning.at - morning.known_to > STALE:
        page.lines.append(page.say("stale", at=page.when(morning.known_to)))
    if morning.is_quiet:
        page.part(page.say("quiet"), ())
    for write in (_accepted, _late, _risk, _moved, _held, _disputed):
        write(page, morning)
    page.lines += ["", page.say("sender")]
    counts = tuple(_counts(page, morning)) or (page.say("all_in_time"),)
    return Written(counts[:_MOST_IN_SUBJECT], "\n".join(page.lines) + "\n", tuple(page.items))


def subject_of(counts: Sequence[str], at: datetime, zone: ZoneInfo, language: Language) -> str:
    """Write the subject of a message."""
    return f"SLA: {', '.join(counts)}, {_Page(_WORDS[language], zone, at).full(at)}"


def hours(span: timedelta) -> str:
    """Write working time: "3 h 10 min", "40 min"; it is not cut into days of any length."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest} min" if rest else f"{whole} h"


@dataclass(slots=True)
class _Page:
    """A text while it is written."""

    words: Mapping[str, str]
    zone: ZoneInfo
    now: datetime
    lines: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def say(self, word: str, **values: object) -> str:
        return filled(self.words[word], values)

    def part(self, heading: str, lines: Sequence[str]) -> None:
        self.lines += ["", heading, *lines]

    def item(self, lead: Named, text: str) -> str:
        """Write a line about a lead, its address behind it."""
        said = f"- {text}" + (f" {lead.link}" if lead.link else "")
        self.items.append(Item(lead.key, said))
        return said

    def full(self, at: datetime) -> str:
        return f"{self._day(at)} {at.astimezone(self.zone):{self.words['date']} %H:%M}"

    def when(self, at: datetime) -> str:
        """Write a time of today alone, of this week with its day, others with their date."""
        wall, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        if wall.date() == today:
            return f"{wall:%H:%M}"
        near = abs(wall.date() - today) <= _A_WEEK
        return f"{self._day(at)} {wall:%H:%M}" if near else self.full(at)

    def _day(self, at: datetime) -> str:
        return self.words["days"].split()[at.astimezone(self.zone).weekday()]


def _counts(page: _Page, morning: Morning) -> Iterator[str]:
    if morning.alarm_rings:
        yield page.say("n_accepted")
    counted: tuple[tuple[str, int], ...] = (
        ("n_late", morning.overdue),
        ("n_risk", len(morning.at_risk)),
        ("n_disputed", len(morning.disputed)),
        ("n_moved", morning.moved_in_all),
        ("n_held", sum(each.writes for each in morning.held)),
    )
    yield from (page.say(word, n=count) for word, count in counted if count)


def _who(lead: Named) -> str:
    return ", ".join(filter(None, (plain(lead.name), plain(lead.company))))


def plain(text: str) -> str:
    """Make what somebody wrote harmless, and one line."""
    return " ".join(clean(text).split())


def _accepted(page: _Page, morning: Morning) -> None:
    figure = morning.accepted
    if figure is None or figure.value is None:
        return
    waits = page.say("accepted_open", n=figure.open) if figure.open else ""
    share = _percent(page, figure.value)
    said = page.say("accepted", share=share, n=figure.count, of=figure.of, open=waits)
    alarm = figure.alarm_so_far
    if alarm is Alarm.NONE or figure.aim.alarm_below is None:
        page.part(said, ())
    else:
        page.part(said, [page.say(alarm, below=_percent(page, figure.aim.alarm_below))])


def _percent(page: _Page, share: Fraction) -> str:
    """Write 2/7 as 28.6 %: one decimal, halves up."""
    whole, tenth = divmod(floor(share * 1000 + Fraction(1, 2)), 10)
    return f"{whole}{page.words['decimal']}{tenth} %"


def _late(page: _Page, morning: Morning) -> None:
    if not morning.late:
        return
    lines: list[str] = []
    for each in morning.late[:MOST_REPS]:
        lines += _of_rep(page, each)
    others = morning.late[MOST_REPS:]
    if others:
        count = sum(each.count for each in others)
        lines.append(page.say("more_reps", reps=len(others), n=count))
    page.part(page.say("late", n=morning.overdue), lines)


def _of_rep(page: _Page, each: LateOf) -> Iterator[str]:
    yield f"{plain(each.name) or page.say('no_owner')}: {each.count}"
    yield from (page.item(late.lead, _late_line(page, late)) for late in each.worst)
    if each.worst and each.count > len(each.worst):
        yield "- " + page.say("more", n=each.count - len(each.worst))


def _late_line(page: _Page, late: Late) -> str:
    said = page.say("late_line", lead=_who(late.lead), since=page.when(late.since),
                    by=hours(late.by))  # fmt: skip
    return said + (page.say("his_since", at=page.when(late.his_since)) if late.his_since else "")


def _risk(page: _Page, morning: Morning) -> None:
    found = morning.at_risk
    if not found:
        return
    lines = [page.item(each.lead, _risk_line(page, each)) for each in found[:MOST_NAMED]]
    lines += _more(page, len(found))
    heading = page.say("risk", n=len(found), due=max(morning.due_today, len(found)))
    page.part(heading, [*lines, page.say("forecast")])


def _risk_line(page: _Page, each: AtRisk) -> str:
    due = page.say("due", at=page.when(each.due))
    word = "team" if each.usual and not each.usual.own else each.why
    usual = hours(each.usual.time) if each.usual else ""
    why = page.say(word, owner=plain(each.owner), usual=usual)
    return f"{_who(each.lead)}: {due}, {why}. {_proposal(page, each.proposal)}."


def _proposal(page: _Page, proposal: Proposal | None) -> str:
    if proposal is None:
        return page.say("nobody_free")
    usual = _usually(page, proposal.usual)
    return page.say("proposal", name=plain(proposal.name), open=proposal.open, usual=usual)


def _usually(page: _Page, usual: Usual | None) -> str:
    if usual is None:
        return ""
    return page.say("usually" if usual.own else "usually_team", usual=hours(usual.time))


def _moved(page: _Page, morning: Morning) -> None:
    if not morning.moved_in_all:
        return
    lines = [page.item(each.lead, _moved_line(page, each)) for each in morning.moved[:MOST_NAMED]]
    lines += _more(page, morning.moved_in_all, len(lines))
    since = morning.since
    heading = "moved" if since else "moved_ever"
    at = page.when(since) if since else ""
    page.part(page.say(heading, since=at, n=morning.moved_in_all), lines)


def _moved_line(page: _Page, each: Moved) -> str:
    why = page.say("rung", clock=each.clock, rung=each.rung) if each.rung else plain(each.why)
    nobody = page.say("no_owner")
    return page.say("moved_line", lead=_who(each.lead), from_=plain(each.came_from) or nobody,
                    to=plain(each.to) or nobody, why=why)  # fmt: skip


def _held(page: _Page, morning: Morning) -> None:
    if morning.held:
        lines = [
            "- " + page.say("held_line", batch=h.batch, n=h.writes, because=plain(h.because))
            for h in morning.held[:MOST_NAMED]
        ]
        page.part(page.say("held"), [*lines, *_more(page, len(morning.held))])


def _disputed(page: _Page, morning: Morning) -> None:
    found = morning.disputed
    if not found:
        return
    lines = [
        page.item(
            each.lead,
            page.say(
                "disputed_line",
                lead=_who(each.lead),
                owner=plain(each.owner) or page.say("no_owner"),
                at=page.when(each.since),
                reason=plain(each.reason) or page.say("no_reason"),
            ),
        )
        for each in found[:MOST_NAMED]
    ]
    page.part(page.say("disputed", n=len(found)), [*lines, *_more(page, len(found))])


def _more(page: _Page, count: int, shown: int = MOST_NAMED) -> list[str]:
    return ["- " + page.say("more", n=count - shown)] if count > shown else []
