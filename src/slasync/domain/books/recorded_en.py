"""Sentences that decisions, facts and writes keep, in English: so they are recorded.

A recorded sentence is known again by its phrase: the first that fits it holds. So one that another
could be taken for stands before that.
"""

from collections.abc import Mapping

RECORDED_EN: Mapping[str, str] = {
    # what was passed over stands behind a choice's reason
    "said.missed_more": "{what}; not by {missed}; and {n} more",
    "said.missed": "{what}; not by {missed}",
    "said.over_more": "{what}; passed over: {over} and {n} more",
    "said.passed_over": "{what}; passed over: {over}",
    # owners
    "said.lead_created": "lead created in the CRM at hand-over: {what}",
    "said.owner_changed": "owner changed: {what}",
    "said.by_rule": "rule {rule}: {what}",
    "said.by_no_rule": "no rule: {what}",
    "said.next_turn_before": (
        "round robin in {pool}: {member} is next at turn {turn}, before {others}"
    ),
    "said.next_turn": "round robin in {pool}: {member} is next at turn {turn}",
    "said.turn": "{address} at {turn}",
    "said.nobody_eligible_queue": "nobody in {pool} is eligible: to {queue}",
    "said.nobody_eligible_none": "nobody in {pool} is eligible and it has no queue",
    "said.nobody_eligible_refused": "nobody in {pool} is eligible and the CRM refuses {queue}",
    "said.round_and_round_queue": (
        "it was given to another owner {n} {n:time|times} within {days} {days:day|days}: to {queue}"
    ),
    "said.round_and_round_none": (
        "it was given to another owner {n} {n:time|times} within {days} {days:day|days} and it"
        " has no queue"
    ),
    "said.round_and_round_refused": (
        "it was given to another owner {n} {n:time|times} within {days} {days:day|days} and the"
        " CRM refuses {queue}"
    ),
    "said.to_owner_of": "{to}, owner of {what}",
    "said.to": "to {name}",
    "said.queue_lacking": "the CRM has no queue {queue}",
    "said.queue_refused": "the CRM refuses the queue {queue}",
    "said.no_contact_owner": "the CRM has no contact of this person that somebody owns",
    "said.no_user_owner": "its owner {owner} is no user with an e-mail address",
    "said.owner_kept": "the owner it had is kept",
    "said.by_marketing": "handed over by marketing",
    "said.owner_away": "handed over by marketing, and the owner it had is absent",
    "said.not_worked": "{clock}/{rung}: not worked by the owner",
    "said.others_refused": "{clock}: the CRM refused others",
    "said.nobody_before": "{clock}: nobody could take it before",
    "said.owners_idle": "{n} {n:owner|owners} did not work it",
    "said.no_lead_owner": "the CRM has a contact and no lead: its owner is left as he is",
    "said.restarted": "{clock} starts again for its new owner",
    "said.restarted_now": "{clock} starts again: its owner is given the lead only now",
    "said.task_moved": "open task moved to the new owner",
    "said.task_due": "open task for {name}: due at {at} now",
    # why somebody cannot
    "said.is_no_user": "is no user of the CRM",
    "said.is_inactive": "is not active",
    "said.is_no_person": "is no person",
    "said.is_absent": "is absent",
    "said.is_out_of_hours": "is out of hours",
    "said.was_refused": "was refused by the CRM",
    "said.had_it": "had it before",
    "said.is_in_no_pool": "is a member of no pool",
    "said.has_most": "has {n} open {n:lead|leads}, {most} {most:is|are} the most",
    "said.given_most": "was given {n} {n:lead|leads} today, {most} {most:is|are} the most",
    "said.lacks": "lacks {skills}",
    # companies
    "said.neither": "{account}; {what}",
    "said.nearest": "{account}: {candidates}",
    "said.account_not_owner": "{account}: {what}",
    "said.account_above": "account {name} ({evidence}), above {n} more that {n:fits|fit}",
    "said.account": "account {name} ({evidence})",
    "said.no_account": "no account of the CRM fits",
    "said.one_owner": "{n} {n:account fits and has|accounts fit and have} one owner",
    "said.none_clear": "{n} {n:account fits, not|accounts fit, none} clearly",
    "said.candidate": "{company} ({id}), {points} {points:point|points}: {evidence}",
    "said.its_contact": "its contact in the CRM",
    "said.email_domain": "e-mail domain {domain}",
    "said.website": "website {domain}",
    "said.other_website": "but its website is {theirs}, not {ours}",
    "said.company_name": "name {name}",
    # what was decided
    "said.handed_over": "handed over: {definition} was met at {at}",
    "said.begins": "{clock} begins: {start}",
    "said.rung_superseded": "{clock}/{rung} was due {at}: superseded",
    "said.rung_fired": "{clock}/{rung} was due {at}: {n} {n:effect|effects}",
    "said.no_task": "{rung}: nobody stands for {role}; no task",
    "said.no_digest": "{rung}: nobody stands for {role}; no digest line",
    "said.no_message": "{rung}: nobody of {role} has an address; no message",
    "said.task": "{rung}: task for {role} {name}",
    "said.message_instead": (
        "{rung}: message to {role} {name}, as nobody of {instead} has an address"
    ),
    "said.message": "{rung}: message to {role} {name}",
    "said.flagged": "{rung}: flagged stale",
    "said.unflagged": "stale flag cleared",
    "said.nothing_to_give_back": "{rung}: the CRM has no lead to give back",
    "said.given_back": "{rung}: given back to marketing, {reason}{way}",
    "said.way_chosen": "{way}, as was chosen",
    "said.way_until": ", path {path}, back on {day}",
    "said.way": ", path {path}",
    "said.pinned": "{rung}: a person chose this owner; not reassigned",
    "said.no_restart": "{rung}: no restart is left and the pool has no queue",
    "said.no_status": "{rung}: the CRM has no lead whose status could be set",
    "said.status_already": "{rung}: the status is {status} already",
    "said.status_set": "{rung}: status set to {status}",
    "said.no_contact": "{rung}: {system} has no contact of this lead",
    "said.put_on_list": "{rung}: put on list {list}",
    "said.taken_off_list": "{rung}: taken off list {list}",
    "said.programme": "{rung}: programme {programme} requested",
    "said.value_already": "{rung}: {field} is {value} already",
    "said.value_cleared": "{rung}: {field} cleared",
    "said.value_set": "{rung}: {field} set to {value}",
    "said.back_told": "{clock}/{rung}: back from path {path}; marketing is told: {readers}",
    "said.back": "{clock}/{rung}: back from path {path}; nobody is told",
    "said.disputed_no_manager": "a breach is disputed, and nobody is its owner's manager: no task",
    "said.disputed_no_reason": "disputed at {at}: no reason",
    "said.disputed": "disputed at {at}: {reason}",
    "said.dispute_accepted": "dispute accepted at {at}",
    "said.dispute_refused": "dispute refused at {at}",
    "said.taken_down": "what the rep saw of slasync is taken off the lead",
    # modes
    "said.mode": "mode {mode} from now on, {what}",
    "said.most_careful": "no team's lead, so the most careful mode: {what}",
    "said.team_in": "team {team}: {mode}, this lead is among them",
    "said.team_out": "team {team}: {mode}, this is none of them",
    "said.team": "team {team}: {mode}",
    "said.deployment_in": "the deployment: {mode}, this lead is among them",
    "said.deployment_out": "the deployment: {mode}, this is none of them",
    "said.deployment": "the deployment: {mode}",
    "said.canary": "canary, {what}",
    "said.canary_share": "{share} % of leads",
    "said.canary_reps": "leads of {reps}",
    # why a task is taken back
    "said.closed_not_agreed": "Closed by slasync: this is not agreed any more.",
    "said.closed_another_owner": "Closed by slasync: the lead has another owner now.",
    "said.closed_no_team": "Closed by slasync: the lead is no team's now, where it writes nothing.",
    "said.closed_team": "Closed by slasync: the lead is {teams}'s now, where it writes nothing.",
    "said.closed_end": "Closed by slasync: {end} at {at}.",
    "said.disproved_dispute": "{clock}/{rung} is no breach: disputed at {at}, and accepted",
    "said.disproved": "{clock}/{rung} is no breach: {end} at {at}, in time",
    # editions and calendars
    "said.lost": "it began under edition {hash}, and {what}: judged by the agreement in force",
    "said.files_not_kept": "its files are not kept",
    "said.files_unreadable": "its files cannot be read any more ({problem})",
    "said.unreadable": "it cannot be read any more ({problem})",
    "said.calendar_ended": (
        "a calendar of the agreement that it began under has ended: judged by the agreement"
        " in force"
    ),
    "said.not_covered": (
        "calendar {calendar} covers {first} to {last} and this leads outside: extend its"
        " dates and holidays"
    ),
    # what is lacking
    "said.no_reason_given": "{end}, and nobody says why",
    "said.no_programme": "recycled because of {reason}: no nurture programme is for that",
    "said.unknown_path": "path {path} was chosen; there are {paths}",
    "said.unclassified": "{touch}: who did it cannot be told, so it is not counted",
    # one person
    "said.person_said_why": "{who} said so: {why}",
    "said.record_became_why": "{gone} became {stays}: {why}",
    "said.person_said": "{who} said so",
    "said.record_became": "{gone} became {stays}",
    # why writes are held
    "said.held_late": "decided late: {what}",
    "said.held_burst": "{usual}; {what}",
    "said.more_than_usual": (
        "{n} {n:task|tasks} since {time}: more than {factor} times the {median} that"
        " {median:is|are} usual at that hour"
    ),
    "said.above_caps": (
        "{n} counted {n:task|tasks} in an hour, {most} for one owner; the caps are {total} and"
        " {each}"
    ),
    "said.held_handovers_by": (
        "at least {n} {n:lead was|leads were} handed over by {who} within {minutes} min"
    ),
    "said.held_handovers": "at least {n} {n:lead was|leads were} handed over within {minutes} min",
    "said.held_owners_by": (
        "at least {n} {n:lead was|leads were} given to others by {who} within {minutes} min"
    ),
    "said.held_owners": "at least {n} {n:lead was|leads were} given to others within {minutes} min",
    "said.held_statuses_by": (
        "at least {n} {n:lead was|leads were} given another status by {who} within {minutes} min"
    ),
    "said.held_statuses": (
        "at least {n} {n:lead was|leads were} given another status within {minutes} min"
    ),
    # what became of writes
    "said.unsent_because": "withdrawn before it was sent: {what}",
    "said.unsent": "withdrawn before it was sent",
    "said.nothing_to_close": "there is nothing to close: it was never sent",
    "said.lead_gone_before": "the lead was {end} before it was sent",
    "said.has_lead": "the CRM has the lead by now",
    "said.has_lead_already": "the CRM has the lead already",
    "said.owner_chosen": "a person chose the owner meanwhile",
    "said.task_gone": "somebody closed or deleted the task",
    "said.task_deleted": "somebody deleted the task",
    "said.task_closed": "somebody closed the task",
    "said.lead_gone": "the lead is gone",
    "said.lead_converted": "the lead was converted",
    "said.lead_given": "the lead is {owner}'s now",
    "said.waits_for_owner": "waits until its lead is the owner's",
    "said.older_first": "an older write of the same record comes first",
    "said.history_first": "something overtook it: what people did is read first",
    "said.same_done": "somebody else did the same",
    "said.given_up_why": "given up by {who}: {why}",
    "said.given_up": "given up by {who}",
    "said.given_up_after": "given up after {n} {n:attempt|attempts}: {what}",
    "said.outcome_because": "{outcome}: {message}",
    "said.outcome": "{outcome}",
    # one of a list
    "said.more": "{n} more",
    "said.rule_unmet": "{rule}: {condition} is not met, {values}",
    "said.unfit": "{address} {what}",
    "said.of_rule": "{rule}: {what}",
}
