"""What happened to a lead, and by which agreement it is told, in English."""

from collections.abc import Mapping

FACTS_EN: Mapping[str, str] = {
    # facts
    "fact.line": "{at} {seen} {source}: {what}",
    "fact.line_at_latest": "at latest {at} {seen} {source}: {what}",
    "fact.seen_at_once": "(seen at once)",
    "fact.seen": "(seen {at})",
    "fact.by": "{what}, by {who}",
    "fact.entered": "appeared: {record}",
    "fact.linked": "linked: {record}",
    "fact.merged": "merged with {records}",
    "fact.joined": "{lead} is the same person: {because}",
    "fact.parted": "parted from {lead}: {why}",
    "fact.owner": "owner is {who}",
    "fact.status": "status is {status}",
    "filled.both": "{record} with {there} and without {lacking}",
    "filled.with": "{record} with {there}",
    "filled.without": "{record} without {lacking}",
    "fact.touch": "touch: {what}",
    "touch.ours": "of our task",
    "touch.inbound": "the lead began it",
    "fact.hurried": "suspect: the same person touched more than {most} leads within {within}",
    "fact.contact": "the lead made contact: {channel}, {grade}",
    "fact.task_ended": "our task ended: {how}",
    "how.closed": "closed",
    "how.deleted": "deleted",
    "fact.converted": "converted",
    "fact.converted_into": "converted: {into}",
    "fact.deleted": "deleted",
    "fact.restored": "restored",
    "fact.opportunity": "opportunity {id} is {stage}",
    "opportunity.deleted": "deleted",
    "fact.mode": "mode {mode} from now on, by {why}",
    "fact.handover": "handed over to sales, cycle {cycle}: {definition}",
    "fact.routed": "owner chosen: {who}; {why}",
    "fact.owner_refused": "owner refused by the CRM: {who}; {why}",
    "fact.restarted": "{clock} starts again for {who}",
    "fact.started": "{clock} begins, start {start}",
    "fact.fired": "{rung} fired",
    "fact.fired_to": "{rung} fired: {effects}",
    "fired.unwritten": "in mode {mode}, nothing written: {rung}",
    "fired.superseded": "{rung} passed, its message superseded",
    "fired.task": "task for {who}",
    "fired.to": "{kind} to {to}",
    "done.task": "task",
    "done.digest": "digest",
    "done.flag_stale": "flag_stale",
    "done.reassign": "reassign",
    "done.restart": "restart",
    "done.to_queue": "to_queue",
    "done.recycle": "recycle",
    "done.notify": "notify",
    "done.status": "status",
    "done.property": "property",
    "done.list": "list",
    "done.programme": "programme",
    "fact.withdrawn": "{count} {count:task|tasks} of {clock} closed: {why}",
    "fact.flag_withdrawn": "stale flag withdrawn",
    "fact.closed": "our task was closed by slasync",
    "fact.closed_then": "our task, closed by slasync, was changed later by {who}: no touch",
    "fact.remade": "our task stands in another record now",
    "fact.unmade": "our task was dropped before it was made: another owner by then",
    "fact.moved": "open task given to {who}",
    "fact.moved_due": "open task for {who}, due {due} now",
    "fact.released": "owner released by an operator: {why}",
    "fact.dispute_accepted": "dispute accepted by an operator: {why}",
    "fact.dispute_refused": "dispute refused by an operator: {why}",
    "fact.told": "told marketing: {told}",
    "fact.told_nothing": "told marketing: nothing",
    "fact.shown": "shown to the rep: {shown}",
    "fact.shown_nothing": "shown to the rep: nothing any more",
    # the agreement
    "agreement.as_known": "as known at {at}",
    "agreement.now": "{named}",
    "agreement.now_since": "{named}, in force since {at}",
    "agreement.files_now": "{named}: the files as they are now",
    "agreement.works_by_another": (
        "the daemon works by another edition, {hash}: it reads these files when it is started again"
    ),
    "agreement.works_by_another_since": (
        "the daemon works by another edition, {hash}, in force since {at}: it reads these files"
        " when it is started again"
    ),
    "agreement.not_known": (
        "which agreement was in force is not known: no start of slasync is on record by then,"
        " and no decision about this lead"
    ),
    "agreement.by_present": "worked out by the present one: {named}",
    "agreement.lost": "the agreement in force then was edition {hash}: {problem}",
    "agreement.lost_since": "the agreement in force then since {at} was edition {hash}: {problem}",
    "agreement.by_present_others": (
        "worked out by the present one: {named}; rules and rungs may have been others"
    ),
    "agreement.then_and_now": "{named}: in force then, and these are the files now",
    "agreement.then_and_now_since": (
        "{named}: in force then since {at}, and these are the files now"
    ),
    "agreement.then": "{named}: in force then",
    "agreement.then_since": "{named}: in force then since {at}",
    "agreement.others_now": "the files are others now: {name}, edition {hash}",
    "agreement.facts": "{n} {n:fact was|facts were} known",
    "agreement.no_fact": "no fact was known",
    "agreement.learned_later": "{known}; of what had happened by then, {later} learned later",
    "agreement.only_present": (
        "of people, and of fields that no rule reads, only the present is kept"
    ),
    "agreement.named": "{name}, version {version}, edition {hash}",
    "ruling.kept": "kept from {began}: the cycle began under it",
    "ruling.mixed": "by {by}, nowhere stricter than by {began}, under which it began",
    "ruling.edition": "version {version}, edition {hash}",
}
