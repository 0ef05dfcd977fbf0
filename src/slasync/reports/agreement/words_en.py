"""The agreement in English."""
# ruff: noqa: RUF001 - dashes and signs as the language has them

from slasync.reports.agreement.language import Language
from slasync.reports.agreement.names_en import NAMES
from slasync.reports.agreement.purpose_en import PURPOSE
from slasync.reports.agreement.returns_en import RETURNS

NAMED = NAMES | PURPOSE | RETURNS

PHRASES = NAMED | {
    # words
    "dash": "–",
    "times": " × ",
    "then": " → ",
    "thing": "‹{name}›",
    "text.both": "{own} (in German: {other})",
    "and": "and",
    "or": "or",
    "missing": "not agreed",
    "moment": "{day}, {time} ({utc})",
    "made_from": (
        "This document is made from the configuration that slasync runs on. Words"
        " in `code type` are the configuration's own."
    ),
    "subtitle": "Agreement between marketing and sales",
    "version": "Version",
    "hash": "Hash of this version",
    "others": "Further settings",
    "side.marketing": "marketing",
    "side.sales": "sales",
    "at_side.marketing": "Marketing",
    "at_side.sales": "Sales",
    # rules
    "rule.eq": "{field} is {value}",
    "rule.ne": "{field} is not {value}",
    "rule.ge": "{field} is at least {value}",
    "rule.gt": "{field} is above {value}",
    "rule.le": "{field} is at most {value}",
    "rule.lt": "{field} is below {value}",
    "rule.eq.null": "{field} has no value",
    "rule.ne.null": "{field} has a value",
    "rule.holds": "{field} contains {value}",
    # 3 scoring
    "scoring": "3. Lead scoring",
    "scoring.none": "No scoring model is agreed.",
    "scoring.computed_by": "Computed by",
    "scoring.fit": "Fit: what the lead is",
    "scoring.interest": "Interest: what the lead does",
    "scoring.note": "Note",
    "scoring.check": (
        "**Check score.** Beside it slasync works out a score of its own, which decides nothing. By"
        " it a lead qualifies with {threshold}."
    ),
    "scoring.threshold.total": "{points} points in all",
    "scoring.threshold.fit": "{points} points for fit",
    "scoring.threshold.interest": "{points} points for interest",
    "scoring.check_fit": "Fit, up to {cap} points:",
    "scoring.check_interest": "Interest, up to {cap} points:",
    "scoring.criterion": "{name}: {rule} – {points}",
    "scoring.event": "{name}: {what} – {points} each time",
    "scoring.decaying_event": "{name}: {what} – {points} each time, worth half after {span}",
    "scoring.per": "each unit by which {field} rises",
    "scoring.per_when": "{per}, where {rule}",
    "scoring.differs": "The two scores contradict each other when more than {points} apart.",
    "scoring.immediate": "**Immediate action.** Each of these wants somebody to act at once:",
    "scoring.urgent": "{name}: {rule} – for as long as the cycle lasts",
    "scoring.urgent_for": "{name}: {rule} – within {span}",
    "channel.meeting": "a meeting",
    "channel.call": "a call",
    "channel.email": "an e-mail",
    "plus": "+",
    "minus": "−",
    # 4 response
    "response": "4. Lead response",
    "response.routing": (
        "**Routing.** Leads that are handed over go to the pool {pool}, to its members in turn."
    ),
    "response.routing_rules": (
        "**Routing.** For a lead that is handed over, the first of these that fits decides:"
    ),
    "response.rule": "{name}: {rule} – to {to}",
    "response.every_lead": "every lead",
    "response.territory": "{name}: {field} is {values} – to the pool {pool}",
    "response.starts_with": "{value}…",
    "response.rest": "all others – to the pool {pool}, to its members in turn",
    "destination.account_owner": "the owner of the account that the company has in the CRM",
    "response.account_match": (
        "The account is told by {by}. Where several fit alike, none of them is used."
    ),
    "response.providers": "These domains belong to no single company: {domains}.",
    "response.family_top": (
        "Where several that fit belong to one family, the one at its top is used."
    ),
    "match_by.contact": "the contact of the person in the CRM",
    "match_by.email": "the domain of the e-mail address",
    "match_by.website": "the website",
    "match_by.name": "the name of the company",
    "destination.queue": "the queue {name}",
    "destination.pool": "the pool {name}",
    "response.fresh": (
        "A step is taken only when everything that happened up to its time has been read from the"
        " systems: nobody is blamed for what was done and merely not seen yet."
    ),
    "clock.first_touch": "First touch",
    "clock.acceptance": "Acceptance",
    "clock.processing": "Processing",
    "clock.next_attempt": "Next contact attempt",
    "clock.enrolment": "Enrolment of leads that come back",
    "response.start": "Starts with",
    "response.only_for": "Only for hand-overs by",
    "response.ends": "Ends with",
    "response.pauses": "Pauses",
    "response.no_pauses": "never",
    "response.counts": "Counted in",
    "response.calendar": "{unit} of the calendar {calendar}",
    "response.calendar_by": (
        "{unit} of a calendar by the lead's {field}: {calendars}; otherwise {calendar}"
    ),
    "response.follows.owner": (
        "{unit} of the calendar of whoever owns the lead at the time, or of their team's, or of"
        " {calendar}; what was counted before a change of owner stays counted"
    ),
    "response.follows.owner_in_zone": (
        "{unit} of the calendar of whoever owns the lead at the time, or of their team's hours by"
        " their own wall clock, or of {calendar}; what was counted before a change of owner stays"
        " counted"
    ),
    "response.follows.team": (
        "{unit} of the calendar of the team that has the lead at the time, or of {calendar}; what"
        " was counted before a change of owner stays counted"
    ),
    "response.calendar_of": "{value}: {calendar}",
    "response.pool_calendar": "of the lead's pool",
    "response.deadline": "Act until",
    "response.deadline_after": "{offset} after the start",
    "response.next_rung": "the next step",
    "response.new_owner": "When the owner changes",
    "response.evidence": "Counts as a touch",
    "unit.calendar_days": "calendar days",
    "unit.business_days": "business days",
    "unit.business_hours": "business hours",
    "unit.business_minutes": "business minutes",
    "start.handover": "the hand-over from marketing to sales",
    "start.assignment": "the assignment to an owner, anew with each owner",
    "start.accepted": "the acceptance by sales",
    "start.attempt": "a contact attempt, anew with each attempt",
    "start.recycled": "the lead's return to marketing",
    "start.immediate": "buying behaviour that wants somebody to act at once (part 3)",
    "start.queue": "a queue having the lead, anew each time",
    "start.reaches": "the lead reaching the stage {stage}, anew each time",
    "start.when": "this coming true: {rule}, anew each time",
    "start.when_at": "this coming true: {rule}, since what {field} says, anew each time",
    "end.touch": "the first touch by a person",
    "end.accepted": "acceptance by sales",
    "end.converted": "conversion",
    "end.recycled": "return to marketing",
    "end.disqualified": "disqualification",
    "end.deleted": "deletion of the lead",
    "end.enrolled": "enrolment in a nurture programme",
    "end.with_sales": "the lead being with sales again",
    "end.taken": "a person having the lead",
    "end.reaches": "the stage {stage} being reached",
    "end.leaves": "the stage {stage} being left",
    "end.when": "this coming true: {rule}",
    "end.when_at": "this coming true: {rule}, since what {field} says",
    "grade.strong": "a call with a result, an e-mail, a meeting or a comment",
    "grade.weak": "a task that is only ticked off",
    "pause.statuses": "while the lead's status is {statuses}",
    "pause.absent": "while the owner is absent",
    "pause.when": "while this is met: {rule}",
    "on_reassign.restart.one": (
        "the new owner gets the whole ladder, once a cycle; then the lead goes to the pool's queue"
    ),
    "on_reassign.restart.many": (
        "the new owner gets the whole ladder, at most {number} times a cycle; then the lead goes to"
        " the pool's queue"
    ),
    "on_reassign.restart.none": "the lead goes to the pool's queue",
    "on_reassign.continue": "the clock runs on",
    "on_reassign.minimum_grace": "the clock runs on, and the new owner has at least {grace}",
    "rung.when": "When",
    "rung.what": "What happens",
    "rung.name": "Step",
    "rung.at_once": "at once",
    "rung.at_opening": "at once; if closed, at the next opening",
    "rung.after": "after {offset}",
    "rung.attempts_from.one": "{after}, with 1 attempt or more",
    "rung.attempts_from.many": "{after}, with {number} attempts or more",
    "rung.attempts_below.one": "{after}, as long as there was no attempt",
    "rung.attempts_below.many": "{after}, with fewer than {number} attempts",
    "rung.attempts_exactly.one": "{after}, with exactly 1 attempt",
    "rung.attempts_exactly.many": "{after}, with exactly {number} attempts",
    "rung.attempts_between": "{after}, with {least} to {most} attempts",
    "effect.task": "task for {role}: {text}",
    "effect.digest": "line in the next digest for {role}: {text}",
    "response.snooze": "Who has a lead may put it aside; then these rest: {clocks}.",
    "snooze.at_most": "each time for {span} at most",
    "snooze.times.one": "once in a cycle",
    "snooze.times.many": "{number} times in a cycle",
    "snooze.reason": "with a reason only",
    "response.dispute": (
        "Who has a lead may dispute a breach; then these rest: {clocks}. The manager decides within"
        " {within}. Where the dispute is accepted, the breach does not count."
    ),
    "effect.flag_stale": "the lead is flagged stale: {text}",
    "effect.flag_stale.plain": "the lead is flagged stale",
    "effect.reassign": "the lead goes to the next member of the pool",
    "effect.recycle": "the lead goes back to marketing, because of {reason}",
    "effect.recycle.status": (
        "the lead goes back to marketing, because of {reason}, with the status {status}"
    ),
    "effect.notify": "message to {role}, within their open hours: {text}",
    "effect.notify.via": "message to {role} by {via}, within their open hours: {text}",
    "effect.status": "the lead's status becomes {status}",
    "effect.status.reason": "the lead's status becomes {status}, because of {reason}",
    "effect.property": "{field} becomes {value} in the marketing system",
    "effect.property.cleared": "{field} is cleared in the marketing system",
    "effect.list": "the lead is put on the list {list} of the marketing system",
    "effect.programme": "the programme {programme} of the marketing system begins, with: {text}",
    "effect.programme.plain": "the programme {programme} of the marketing system begins",
    "effect.list.remove": "the lead is taken off the list {list} of the marketing system",
    "via.smtp": "e-mail",
    "via.webhook": "the chat channel",
    "effect.other": "{kind} for {role}: {text}",
    "effect.other.alone": "{kind}: {text}",
    "effect.other.plain": "{kind}",
    "role.owner": "the owner",
    "role.manager": "the owner's manager",
    "role.leadership": "sales leadership",
    "role.marketing": "marketing",
    "role.pool": "everybody in the pool",
    # 6 KPIs
    "kpis": "6. KPIs and targets",
    "kpis.none": "No KPIs are agreed.",
    "kpis.kpi": "KPI",
    "kpis.formula": "Formula",
    "kpis.target": "Target",
    "kpis.alarm": "Alarm",
    "kpis.below": "below {share}",
    "kpis.measured": "{formula} (clock {clock}, before the step {rung})",
    "kpis.measured_by": "{formula} (clock {clock})",
    "none": "none",
    # 7 stages
    "stages": "7. Stages, owners and hand-over points",
    "stages.order": "Order",
    "stages.without": "Stages that both sides do without",
    "stages.stage": "Stage",
    "stages.owner": "Owner",
    "stages.status": "Status in the CRM",
    "stages.moves": "May go on to",
    "stages.allowed_moves": "Allowed moves",
    "stages.hand_overs": "Hand-over points",
    "stages.no_hand_overs": "No hand-over points are agreed.",
    "stages.hand_over": "From {begins} to {ends}: {gives} hands over to {takes}.",
    "stages.marketing_owes": "What marketing owes",
    "stages.nothing_owed": "Not agreed what marketing owes.",
    "stages.quota": "MQLs",
    "stages.quota_all": "{mqls} a month",
    "stages.quota_part": "at least {share} of {mqls} a month",
    "stages.completeness": "Complete at the hand-over",
    "stages.complete_all": "every lead has a value in {fields}",
    "stages.complete_part": "at least {share} of the leads have a value in {fields}",
    "stages.enrolment": "Leads that come back",
    "stages.enrol_all": "each is in a nurture programme within {span}",
    "stages.enrol_part": "at least {share} are in a nurture programme within {span}",
    "stages.enrol_seen": "it is seen by {rule}",
    "stages.enrol_seen_at": "it is seen by {rule}, and since when by {field}",
    "stages.enrol_unseen": "by what it is seen is not agreed",
    "stages.sales_owes": "What sales owes",
    "stages.sales_owes_clocks": "The time limits of part 4: {clocks}.",
    # 8 period
    "period": "8. Period",
    "period.dates": "Valid",
    "period.from_to": "from {begins} to {ends}, both included",
    "period.after": "Afterwards",
    "period.goes_on": "the clocks go on until a new agreement is in force, with a warning",
    "period.on_change": "Leads that are open when this version comes into force",
    "on_change.recompute": "it counts for them at once; what has been done stays done",
    "on_change.keep": "their process ends under the version it began under",
    "on_change.grandfather": (
        "it counts for them where it is no stricter than the version before: of two due times the"
        " later one, and no new steps"
    ),
    "period.effective": "Applies to leads handed over from",
    "period.first_start": "slasync's first start",
    "period.review": "Review by both heads",
    "period.every_signed": "every {span}, counted from the signatures",
    "period.every": "every {span}; the next one by {day}",
    "period.reviewed": "Last reviewed",
    # 9 sign-off
    "sign_off": "9. Sign-off",
    "sign_off.who": "Name",
    "sign_off.role": "Role",
    "sign_off.on": "Date",
    "sign_off.hash": "Hash",
    "sign_off.signature": "Signature",
    "sign_off.nobody": "Nobody has signed this version yet.",
    "sign_off.both": "Both sides have signed this version.",
    "sign_off.open": "{side} has not signed yet.",
    "sign_off.other": "{side} signed another version: this one has not been signed.",
    "sign_off.unknown": "{side} signed, but the signature does not say which version.",
    "sign_off.how": (
        "What is signed has the hash {hash}. Names, roles, dates and this hash are entered under"
        " `sign_off` in agreement.yaml; the sign-off itself is not part of the hash. slasync warns"
        " when it runs on something else than what was signed."
    ),
    # annexes
    "calendars": "Annex A. Calendars",
    "calendars.zone": "Time zone",
    "calendars.hours": "Open",
    "calendars.always_closed": "never",
    "calendars.hours_of": "{days} {hours}",
    "calendars.from_to": "{first} to {last}",
    "calendars.interval": "{opens}–{closes}",
    "calendars.next_day": "{opens}–{closes} (next day)",
    "calendars.holidays": "Holidays {year}",
    "calendars.no_holidays": "Holidays",
    "calendars.holiday": "{day} ({name})",
    "calendars.overrides": "Exceptions",
    "calendars.closed": "{day} closed",
    "calendars.open": "{day} {hours}",
    "calendars.covers": (
        "The dates listed are those from {begins} to {ends}; later ones follow from the same rules."
    ),
    "teams": "Annex B. Teams",
    "teams.members": "Members",
    "teams.manager": "Manager, where the CRM names none",
    "teams.leadership": "Sales leadership",
    "teams.queue": "Queue",
    "teams.calendar": "Calendar",
    "fields": "Annex C. Fields",
    "fields.field": "Field",
    "fields.meaning": "Meaning",
}

ENGLISH = Language(
    code="en",
    phrases=PHRASES,
    units={
        "d": ("day", "days"),
        "d.alone": ("day", "days"),
        "h": ("hour", "hours"),
        "min": ("minute", "minutes"),
        "s": ("second", "seconds"),
        "points": ("point", "points"),
        "calendar_days": ("calendar day", "calendar days"),
        "business_days": ("business day", "business days"),
        "business_hours": ("business hour", "business hours"),
        "business_minutes": ("business minute", "business minutes"),
    },
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    date_form="{day} {month} {year}",
    day_form="{day} {month}",
    percent="{}%",
    money="{currency} {amount}",
    decimal=".",
    group=",",
    quotes=("“", "”"),
)  # fmt: skip
