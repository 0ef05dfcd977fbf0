"""Bugs in what is decided: touches, deadlines, ladders, ends."""

from tests.simulation.bugs.bug import Bug, Edit

HISTORY = "domain/history.py"
TOUCHING = "domain/touching.py"
LADDER = "domain/ladder.py"
DECIDE = "domain/decide.py"
CLOCKS = "domain/clocks.py"
STATE = "domain/state.py"
OPEN_HOURS = "domain/time/open_hours.py"

BUGS = (
    Bug(
        "judged-by-learning-time",
        "A touch counts from when it was read, not from when it happened: `seen_at` is the time"
        " that is at hand.",
        (2, 3, 16, 19, 24),
        (
            Edit(
                TOUCHING,
                "Touch(fact.occurred_at, fact.by, channel, grade, seconds)",
                "Touch(fact.seen_at, fact.by, channel, grade, seconds)",
            ),
            Edit(
                HISTORY,
                "Touch(fact.occurred_at, fact.by, STATUS, Grade.STRONG)",
                "Touch(fact.seen_at, fact.by, STATUS, Grade.STRONG)",
            ),
        ),
    ),
    Bug(
        "gates-ignored",
        "A rung fires when its time has come by our clock, whatever has been read by then: waiting"
        " for data looks like a delay.",
        (3, 4),
        (
            Edit(
                LADDER,
                "horizon = min(terms.now, terms.ready.get(policy.gate, terms.now))",
                "horizon = terms.now",
            ),
            Edit(
                "workers/deciding/decide.py",
                "{gate: min(mark, now) for gate, mark in ready.items()}",
                "dict.fromkeys(ready, now)",
            ),
            Edit(
                "workers/deciding/decide.py",
                "if gate in gates and (at > now or at <= gates[gate])",
                "if gate in gates",
            ),
        ),
    ),
    Bug(
        "fires-a-poll-early",
        "A rung that will be due before the next poll fires now, so that it does not come late.",
        (3, 4),
        (
            Edit(
                LADDER,
                "for rung, at in unfired if at <= horizon]",
                "for rung, at in unfired if at - LATE / 3 <= horizon]",
            ),
        ),
    ),
    Bug(
        "dst-by-wall-clock",
        "The time passed is added to the start's wall clock, as Python does for two times of one"
        " zone: over a change of the clocks it is an hour off.",
        (4, 24),
        (
            Edit(
                "domain/time/calendars.py",
                "                return self._hours.due_at(start, offset.open_us)\n",
                "                local = self._hours.local\n"
                "                due = self._hours.due_at(start, offset.open_us)\n"
                "                return due + local.offset(start) - local.offset(due)\n",
            ),
        ),
    ),
    Bug(
        "one-offset-all-year",
        "The zone's distance from UTC is looked up once, for the calendar's first day.",
        (4, 24),
        (
            Edit(
                OPEN_HOURS,
                "stretches = tuple(local.stretches(begins, ends))",
                "stretches = (Stretch(begins, ends, local.offset(begins)),)",
            ),
        ),
    ),
    Bug(
        "business-hours-ignored",
        "Business minutes are counted like any others: nights and holidays pass as well.",
        (4, 24),
        (
            Edit(
                "domain/time/calendars.py",
                "                return self._hours.due_at(start, offset.open_us)\n",
                "                return start + offset.open_us\n",
            ),
        ),
    ),
    Bug(
        "generation-counted-per-decision",
        "The generation is how often an owner was chosen, not how often a clock was restarted.",
        (2, 4, 24),
        (
            Edit(STATE, "return len(self.restarts)", "return len(self.routed)"),
            Edit(
                CLOCKS,
                "return len(restarts), restarts[-1]",
                "return cycle.generation, restarts[-1]",
            ),
        ),
    ),
    Bug(
        "restart-keeps-anchor",
        "A new owner's clock counts from the hand-over, as the first one's did.",
        (4, 24),
        (
            Edit(
                CLOCKS,
                "restarts[-1].at if restarts else cycle.anchor",
                "cycle.anchor",
            ),
        ),
    ),
    Bug(
        "superseded-effects-dropped",
        "Of several rungs due at once only the highest does anything: a reassignment or a stale"
        " flag below it is forgotten.",
        (2,),
        (
            Edit(
                LADDER,
                "effects = [e for e in rung.effects if last or e.kind not in MESSAGES]",
                "effects = list(rung.effects) if last else []",
            ),
        ),
    ),
    Bug(
        "every-reminder-in-catch-up",
        "After an outage each missed reminder goes out, one after the other.",
        (1, 2, 7),
        (Edit(LADDER, "last=rung is due[-1][0])", "last=True)"),),
    ),
    Bug(
        "ladder-restarted-without-limit",
        "Each new owner starts the ladder again, for ever: nobody counts.",
        (2, 15, 16),
        (
            Edit(LADDER, "if cycle.generation < clock.policy.restarts:", "if clock.policy.rungs:"),
            Edit(
                "domain/owners.py",
                "if cycle.generation < policy.restarts and running:",
                "if running:",
            ),
        ),
    ),
    Bug(
        "absent-owner-chosen",
        "Leads are dealt out to everybody on the list, also to who is away.",
        (15,),
        (
            Edit(
                "domain/routing.py",
                "    if roster.absent(email, now):\n",
                "    if roster.absent(email, now) and not user.active:\n",
            ),
        ),
    ),
    Bug(
        "inactive-owner-chosen",
        "Leads are dealt out to everybody on the list, also to who has left.",
        (2, 15),
        (
            Edit(
                "domain/routing.py",
                "    if not user.active:\n",
                "    if not user.key:\n",
            ),
        ),
    ),
    Bug(
        "earlier-owner-chosen-again",
        "A lead taken from a rep may be dealt to the same rep: who had it before is not asked.",
        (15,),
        (
            Edit(
                LADDER,
                "return frozenset(owners | routed | current)",
                "return frozenset(current - owners - routed)",
            ),
        ),
    ),
    Bug(
        "human-owner-overruled",
        "An owner whom a person chose is treated like one that was dealt: the ladder takes the lead"
        " from him as well.",
        (15,),
        (
            Edit(
                STATE,
                "roster.is_person(last.by) and last.at > self.cycle.anchor",
                "not roster.users and last.at > self.cycle.anchor",
            ),
        ),
    ),
    Bug(
        "converted-lead-still-flagged",
        "A conversion is noted as the stage, but nobody thinks of ending the clocks.",
        (2, 3, 24),
        (
            Edit(
                HISTORY,
                "        self._end(fact, End.CONVERTED)\n",
                "",
            ),
        ),
    ),
    Bug(
        "automation-counts-as-touch",
        "Whoever did something to a lead touched it, integration users included.",
        (2, 16),
        (
            Edit(
                TOUCHING,
                "return roster.is_person(touch.by)",
                "return touch.by in roster.users",
            ),
        ),
    ),
    Bug(
        "old-leads-judged",
        "What was handed over before the first start is judged like everything else.",
        (4, 7),
        (
            Edit(DECIDE, " or (start is not None and met.at < start):", ":"),
            Edit(
                "domain/own_decisions.py",
                "return start is not None and at < start",
                "return start is not None and at < start and self.state.deleted",
            ),
        ),
    ),
    Bug(
        "open-tasks-left",
        "Tasks of a clock that has ended stay open: the rep will close them.",
        (3, 5, 8),
        (
            Edit(
                DECIDE,
                "and (clock.ended or task.generation",
                "and (task.generation",
            ),
        ),
    ),
    Bug(
        "stale-flag-left",
        "The flag is cleared while a cycle is open; one that has ended needs nothing more.",
        (5, 8),
        (
            Edit(
                DECIDE,
                "if cycle.ended is None and not by <= set(ended):",
                "if cycle.ended is not None or not by <= set(ended):",
            ),
        ),
    ),
    Bug(
        "closed-task-written-again",
        "That somebody closed or deleted a task of ours is not noted: the next reminder is meant"
        " for a task that nobody sees, and dropped when that is looked at.",
        (1, 2),
        (
            Edit(HISTORY, '        self.state.over.add(fact.data["task_key"])\n', ""),
            Edit(
                HISTORY,
                'cycle.tasks.pop(fact.data["task_key"], None)',
                'cycle.tasks.get(fact.data["task_key"])',
            ),
        ),
    ),
    Bug(
        "told-at-every-look",
        "The marketing system is told where a lead stands whenever it is looked at.",
        (20, 26),
        (
            Edit(
                "domain/telling.py",
                'if {**told, "due": ""} == {**state.told, "due": ""}:',
                "if told == state.told and not standing.due:",
            ),
        ),
    ),
)
