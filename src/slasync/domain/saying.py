"""What a rung says: its text for one reader, in his language, with times in his zone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from slasync.domain import locales
from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.clocks import ClockRun
from slasync.domain.draft import Draft
from slasync.domain.interactions import interactions
from slasync.domain.languages import Locale
from slasync.domain.lead import User, UserKey
from slasync.domain.protection import outcome_of
from slasync.domain.scoring import Score
from slasync.domain.scoring import score as check_score
from slasync.domain.state import Cycle, OpenTask
from slasync.domain.wording import LINE_LENGTH, Nurtured, Occasion, render
from slasync.domain.writes import Role

CLOSED = "Closed by slasync: "
"""How every reason begins for which a task is taken back."""


def deadline(clock: ClockRun, rung: Rung) -> datetime:
    """Until when the reader has time: the clock's deadline where it has one that is still to come,
    else the next rung, or this one where none is left.
    """
    dues = [at for _, at in clock.due]
    names = [r.name for r, _ in clock.due]
    if rung.name not in names:  # a pause learned late has taken away its time
        return dues[-1] if dues else clock.anchor
    place = names.index(rung.name)
    if clock.deadline and clock.deadline >= dues[place]:
        return clock.deadline
    return dues[min(place + 1, len(dues) - 1)]


def occasion(
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, locale: Locale | None = None
) -> Occasion:
    """Gather what a rung's text may name; by default for nobody in particular."""
    terms, state = draft.terms, draft.state
    owner = terms.roster.users.get(draft.owner) if draft.owner else None
    return Occasion(
        lead=draft.lead,
        cycle=cycle,
        owner=owner,
        manager=terms.above(draft.owner),
        rung=rung.name,
        due=deadline(clock, rung),
        now=terms.now,
        stage=state.stage.value,
        lifecycle=terms.agreement.lifecycle,
        touches=len(cycle.attempts),
        locale=locale or locales.usual(terms),
        ends=clock.policy.ends,
        statuses_touch=terms.agreement.statuses_touch,
        link=_link(draft),
        owner_since=draft.changed_hands(cycle),
        score=lambda: _score(draft),
        most=terms.agreement.most_attempts,
        interactions=lambda: interactions(draft.history, terms.agreement.traced),
        nurtured=lambda: _nurtured(draft, cycle),
    )


def _link(draft: Draft) -> str:
    """The record's address in the CRM; its name where the CRM's address is not known."""
    record, home = draft.record, draft.terms.agreement.crm_url.rstrip("/")
    if record is None:
        return ""
    return f"{home}/{record.id}" if home else str(record)


def _nurtured(draft: Draft, cycle: Cycle) -> list[Nurtured]:
    """The paths that earlier cycles ended in, the last one first."""
    nurture, found = draft.terms.agreement.nurture, []
    for earlier in draft.state.cycles:
        outcome = outcome_of(earlier, nurture) if earlier.anchor < cycle.anchor else None
        if outcome is not None and outcome.path is not None and earlier.ended is not None:
            found.append(Nurtured(outcome.path.name, earlier.ended[0], outcome.path.what))
    return found[::-1]


def _score(draft: Draft) -> Score | None:
    model = draft.terms.agreement.scoring
    if model is None or model.check is None:
        return None
    return check_score(draft.known, model.check, draft.terms.now, draft.lead.fields)


def task_words(  # noqa: PLR0913, PLR0917 - a task's words are about all of these
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect, user: User
) -> dict[str, str]:
    """Return subject, text and due date of a task for `user`."""
    locale = locales.of_user(draft.terms, user)
    text = draft.terms.agreement.texts[effect.text]
    subject, body = render(text, occasion(draft, cycle, clock, rung, locale))
    day = deadline(clock, rung).astimezone(locale.zone).date()
    return {"subject": subject, "text": body, "due_date": day.isoformat()}


def task_effect(draft: Draft, cycle: Cycle, task: OpenTask) -> tuple[ClockRun, Rung, Effect] | None:
    """Find what wrote a task last; None where the agreement knows no such task any more."""
    wanted = (task.clock, task.rung, EffectKind.TASK, task.role)
    for policy in draft.terms.agreement.clocks:
        for rung in policy.rungs:
            for effect in rung.effects:
                if (policy.name, rung.name, effect.kind, effect.role.value) == wanted:
                    return draft.run(policy, cycle), rung, effect
    return None


def moved_words(draft: Draft, cycle: Cycle, task: OpenTask, to: User) -> Mapping[str, str]:
    """Return the words of an open task for who has it now, and until when he has time ("due"),
    where they are not those there were.

    What the task says to the one before is worked out again as of now: only what differs between
    the two readers counts, so that a task in the same language, zone and with the same people in
    it changes hands and nothing else.
    """
    found, before = task_effect(draft, cycle, task), draft.terms.roster.users.get(task.to)
    if found is None or before is None:
        return {}
    clock, rung, effect = found
    text, terms = draft.terms.agreement.texts[effect.text], draft.terms
    was = replace(
        occasion(draft, cycle, clock, rung, locales.of_user(terms, before)),
        owner=terms.roster.users.get(UserKey(task.of)),
        manager=terms.above(UserKey(task.of)),
        owner_since=None,
    )
    due = deadline(clock, rung)
    words = task_words(draft, cycle, clock, rung, effect, to)
    same = (words["subject"], words["text"]) == render(text, was)
    same = same and words["due_date"] == due.astimezone(was.locale.zone).date().isoformat()
    if same and task.due in {"", due.isoformat()}:
        return {}
    return words | {"due": due.isoformat()}


def line_for(  # noqa: PLR0913, PLR0917 - as a task's words
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect, address: str
) -> str:
    """Return a line for a reader's digest."""
    locale = locales.of_digest(draft.terms, address)
    about = occasion(draft, cycle, clock, rung, locale)
    return render(draft.terms.agreement.texts[effect.text], about, LINE_LENGTH)[0]


def flag_words(  # noqa: PLR0913, PLR0917 - as a task's words
    draft: Draft, cycle: Cycle, clock: ClockRun, rung: Rung, effect: Effect, at: datetime
) -> str:
    """Say beside a stale flag why it is there, for who stands for the owner."""
    user = draft.stands_for(Role.OWNER)
    locale = locales.of_user(draft.terms, user) if user else locales.usual(draft.terms)
    if effect.text:
        about = occasion(draft, cycle, clock, rung, locale)
        return render(draft.terms.agreement.texts[effect.text], about)[0]
    due = locale.moment(at)
    return locale.say("flagged", clock=clock.policy.name, rung=rung.name, due=due)


def closing_words(draft: Draft, clock: ClockRun | None, task: OpenTask) -> str:
    """Say below a task's text why it was closed. None: its clock is not agreed any more."""
    user = draft.terms.roster.users.get(task.to)
    locale = locales.of_user(draft.terms, user) if user else locales.usual(draft.terms)
    if clock is None:
        return locale.say("not_agreed")
    if clock.ended is None:
        return locale.say("another_owner")
    at, end = clock.ended
    return locale.say(f"over.{end.value}", at=locale.moment(at))
