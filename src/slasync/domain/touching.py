"""What counts as a touch: something that a person did about a lead, and no automation."""

from dataclasses import replace
from datetime import timedelta

from slasync.domain.agreement import Haste
from slasync.domain.facts import Fact, Grade
from slasync.domain.lead import Roster
from slasync.domain.state import State, Touch, Uncounted

SKEW = timedelta(minutes=1)
"""Vendors tell whole seconds, by their own clocks."""


def touch_of(fact: Fact) -> Touch:
    """Return what somebody did, as the system tells it."""
    grade = Grade(fact.data.get("grade", Grade.STRONG))
    channel, seconds = str(fact.data.get("channel", "")), fact.data.get("seconds")
    return Touch(fact.occurred_at, fact.by, channel, grade, seconds)


def note_crowd(state: State, fact: Fact) -> None:
    """Keep that a touch was one of too many over all leads, and what these were too many for."""
    of = (fact.source, str(fact.data["of"]))
    haste = Haste(int(fact.data["most"]), timedelta(seconds=fact.data["seconds"]))
    state.crowds[of] = (*state.crowds.get(of, ()), haste)


def in_crowds(touch: Touch, state: State, fact: Fact) -> Touch:
    """Return a touch with what is known of the others that its person did about then."""
    crowds = state.crowds.get((fact.source, fact.source_id), ()) if state.crowds else ()
    return replace(touch, crowds=crowds) if crowds else touch


def count(state: State, touch: Touch, fact: Fact, roster: Roster) -> None:
    """Only people touch. A task of ours that was closed before we closed it, a person closed.

    Who changed a task last says little: we may have changed it after a person closed it, and
    a conversion makes the rep the last who changed tasks that we closed.
    """
    task = fact.data.get("task_key")
    nobody = touch.by not in roster.users
    if touch.grade == Grade.UNCLASSIFIED or (nobody and not task):
        state.unclassified += 1
        state.uncounted.append(Uncounted(touch, str(fact.data.get("subject") or "")))
    elif _closed_by_person(state, fact, touch, roster) if task else _is_person(touch, roster):
        state.touches.append(touch)


def note_end(state: State, fact: Fact, roster: Roster) -> None:
    """Keep that an automation closed a task of ours: whoever changes it later did not."""
    if fact.data.get("closed_last") and fact.by in roster.users and not roster.is_person(fact.by):
        state.closed_by_machine.add((fact.data["task_key"], fact.occurred_at))


def _is_person(touch: Touch, roster: Roster) -> bool:
    return roster.is_person(touch.by)


def _closed_by_person(state: State, fact: Fact, touch: Touch, roster: Roster) -> bool:
    task = fact.data["task_key"]
    if touch.by in roster.users and not _is_person(touch, roster):
        state.closed_by_machine.add((task, touch.at))
    if (task, touch.at) in state.closed_by_machine:
        return False  # whoever changed it afterwards
    if fact.data.get("closed_last") and _is_person(touch, roster):
        return True  # nobody has changed it since: it is told who closed it
    wished, done = state.withdrawn.get(task), state.closed.get(task)
    if wished is None or touch.at < wished - SKEW:
        return True
    if done is None:
        return _is_person(touch, roster)
    if touch.by is None:  # it had ended before the change that was the last: our closing
        return task not in state.found_closed
    # before our closing was sent, or after it was answered, a person may have closed the task
    sent, known = done
    before = task not in state.found_closed and touch.at < sent - SKEW
    return _is_person(touch, roster) and (before or touch.at > max(sent, known) + SKEW)
