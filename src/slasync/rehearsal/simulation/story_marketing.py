"""What the marketing system's journal says of contacts: versions, and when one became an MQL."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slasync.rehearsal.simulation.evidence import Books, Evidence, Policy
from slasync.rehearsal.simulation.story import Met, Story, Version

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SCORE, FORM = "score", "bottom_of_funnel"


@dataclass(frozen=True, slots=True)
class Told:
    """One change of a contact, by the journal or by the system's own log."""

    id: str
    at: datetime
    visible: datetime
    operation: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(slots=True)
class ContactReader:
    """Reads contacts' entries into versions. Records that were loaded have no first entry."""

    evidence: Evidence
    found: dict[str, Story] = field(default_factory=dict)

    def read(self) -> dict[str, Story]:
        """Return a story for each contact that ever was."""
        books = self.evidence.policy.marketing
        entries: dict[str, list[Told]] = {}
        for told in sorted([*self._journal(books), *self._activities(books)], key=lambda t: t.at):
            entries.setdefault(told.id, []).append(told)
        rows = {str(r[books.id]): r for r in self.evidence.vendor.get(books.rows, ())}
        for contact in sorted(entries.keys() | rows.keys()):
            of_it = entries.get(contact, [])
            story = Story(contact=contact, marketing=books.system)
            story.versions = list(self._versions(of_it, rows.get(contact, {})))
            self.found[contact] = story
        return self.found

    def _journal(self, books: Books) -> Iterator[Told]:
        for entry in self.evidence.journal:
            if entry.system == books.system and entry.object == books.object:
                visible = self.evidence.visible.get(entry.number, entry.at)
                yield Told(entry.id, entry.at, visible, entry.operation, entry.before, entry.after)

    def _activities(self, books: Books) -> Iterator[Told]:
        """Yield the forms of which no value of a contact tells."""
        for row in self.evidence.vendor.get(books.activities, ()):
            after = {books.form: row["form"], books.form_at: row["at"].isoformat()}
            yield Told(row["lead"], row["at"], row["visible"], "update", {}, after)

    def _versions(self, entries: Sequence[Told], row: Mapping[str, Any]) -> list[Version]:
        books = self.evidence.policy.marketing
        values: dict[str, Any] = {}
        versions: list[Version] = []
        if not entries or entries[0].operation != "create":
            values = _loaded(entries, row)
            at = min(instant(row.get(books.created)) or self.evidence.began, self.evidence.began)
            versions.append(Version(at, at, dict(values), frozenset(values)))
        archived = False
        for entry in entries:
            changed = {n for n, v in entry.after.items() if v != values.get(n)}
            values.update(entry.after)
            archived = entry.operation == "delete" or (
                archived and entry.operation not in {"undelete", "create"}
            )
            at = _cut(entry.at, books.tells)
            versions.append(Version(at, entry.visible, dict(values), frozenset(changed), archived))
        return versions


def _loaded(entries: Sequence[Told], row: Mapping[str, Any]) -> dict[str, Any]:
    """What a loaded contact was at first: as it is now, with every change taken back."""
    values = dict(row)
    for entry in reversed(entries):
        values.update(entry.before)
    return {name: value for name, value in values.items() if value is not None}


def _cut(at: datetime, tells: timedelta) -> datetime:
    return at - (at - EPOCH) % tells


def instant(text: Any) -> datetime | None:
    """Read a time as the marketing system writes it: ISO 8601, or milliseconds."""
    if not isinstance(text, str) or not text:
        return None
    if text.isdecimal():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Passes:
    """Complete passes of the contacts' stream, in order: when each ended, and up to when it read.

    A machine that slept takes it for earlier than it is until the CRM has told it the time.
    """

    ended: Sequence[datetime]
    upto: Sequence[datetime]

    def read_by(self, visible: datetime, pass_: int = 2) -> datetime | None:
        """Return when the `pass_`-th pass after `visible` ended that read as far: by then it was
        surely read."""
        place = max(bisect_right(self.ended, visible) + pass_ - 1, bisect_left(self.upto, visible))
        return self.ended[place] if place < len(self.ended) else None


def mets_of(story: Story, policy: Policy, passes: Passes, first_load: datetime) -> list[Met]:
    """Return when each definition became true for a contact, in order of time."""
    found: list[Met] = []
    true_before = False
    for n, version in enumerate(story.versions):
        true_now = _score(version, policy) >= policy.threshold
        if true_now and not true_before:
            found.append(_met(story, n, SCORE, passes, policy))
        true_before = true_now
        if policy.marketing.form in version.changed and _asked(version, policy):
            met = _met(story, n, FORM, passes, policy)
            told = instant(version.values.get(policy.marketing.form_at))
            found.append(replace(met, at=min(told, met.at) if told else met.at))
        elif policy.marketing.form_at in version.changed and _asked(version, policy):
            found.append(replace(_met(story, n, FORM, passes, policy), certain=False))
    return sorted(
        (m if m.at > first_load else replace(m, certain=False) for m in found),
        key=lambda m: m.at,
    )


def _met(story: Story, n: int, definition: str, passes: Passes, policy: Policy) -> Met:
    version = story.versions[n]
    read = _read_by(story.versions[n:], passes)
    later = [v for v in story.versions[n + 1 :] if read is None or v.at <= read]
    latest = max([v.at for v in later], default=version.at)
    holds = _holds_for(definition, policy)
    stays = all(holds(v) and not v.archived for v in [version, *later])
    return Met(version.at, latest, definition, certain=stays and read is not None)


def _read_by(versions: Sequence[Version], passes: Passes) -> datetime | None:
    """Return when the first of these was surely read. No pass finds a contact that is deleted: who
    had not read it by then reads it, and dates what is new of it, when it is back.
    """
    read = passes.read_by(versions[0].visible)
    until = [v for v in versions if read is None or v.at <= read]
    gone = next((n for n, v in enumerate(until) if v.archived), len(versions))
    back = next((n for n in range(gone, len(versions)) if not versions[n].archived), None)
    return read if back is None else _read_by(versions[back:], passes)


def _holds_for(definition: str, policy: Policy) -> Any:
    if definition == SCORE:
        return lambda version: _score(version, policy) >= policy.threshold
    return lambda version: _asked(version, policy)


def _score(version: Version, policy: Policy) -> float:
    value = version.values.get(policy.marketing.score)
    try:
        return float(value) if value not in {None, ""} else float("-inf")
    except ValueError:
        return float("-inf")


def _asked(version: Version, policy: Policy) -> bool:
    return version.values.get(policy.marketing.form) in policy.bottom_forms
