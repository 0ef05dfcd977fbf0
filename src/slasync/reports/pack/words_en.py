"""The pack in English."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "title": "Marketing and sales, {month}",
    "agreement": "Agreement {name}, version {version} (edition {hash})",
    "as_of": "As of {now}. What happened is known up to {known_to}; times are {zone} time.",
    "so_far": "The month is not over: all figures are so far.",
    "over": "The month is over. What is learned later still corrects these figures.",
    "alarms": "Alarms",
    "alarm.rings": "{title}: {value}, the alarm is set below {below}.",
    "alarm.may": (
        "{title}: {value} so far, the alarm is set below {below}; what is open may lift it."
    ),
    "formulas": "How each figure is counted",
    "contents": "Chapters",
    "notes": "What to know of these figures",
    "date": "%Y-%m-%d",
    "note.began_later": "slasync began to judge on {at}: what was handed over before is not in it.",
    "note.no_opportunities": (
        "Opportunities are not read from the CRM: nothing is known of orders and amounts"
        " (accounts and opportunities are switched on in the CRM's connector.yaml)."
    ),
    "note.foreign_currency": (
        "{count} {count:opportunity|opportunities} in another currency {count:is|are} counted"
        " without amount."
    ),
    "note.weighed_as_agreed": (
        "{count} open {count:opportunity is|opportunities are} weighed by the agreement's"
            " probabilities."
    ),
    "note.weighed_by_crm": (
        "{count} open {count:opportunity is|opportunities are} weighed by the CRM's own"
            " probabilities: the agreement names"
        " none for their stages (definitions.opportunities)."
    ),
    "note.won_without_amount": "{count} of the orders won {count:has|have} no amount.",
    "note.calibrate": (
        "MQL to SAL is low: both sides may mean different things by a qualified lead. "
        "`slasync calibrate sample 100` finds out."
    ),
    "note.uncovered": (
        "{count} {count:lead is|leads are} left out: the calendar does not know the time."
    ),
    "note.outages": (
        "Outages: {count}, the longest of {hours} h ({streams}): their working time is booked to"
        " nobody."
    ),
    "figure": "Figure",
    "value": "Value",
    "of": "Counted",
    "target": "Target",
    "standing": "Standing",
    "of.share": "{count} of {of}", "of.open": "{open} open", "of.unknown": "{unknown} not known",
    "of.open.besides": "{open} more open", "of.unknown.besides": "{unknown} more not known",
    "of.only": "of {of}",
    "original": "{original} before corrections",
    "none": "\u2013",
    "empty": "not given",
    "first": "The first {shown} of {total}.",
    "at_least": "at least {target}",
    "no_data": "There is nothing to show yet.",
    "trend": "{title}, the last months",
    "month": "Month",
    "unit.h": "h", "unit.min": "min", "unit.d": "d",
    "decimal": ".", "group": ",", "between": ",",
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "months.long": (
        "January February March April May June July August September October November "
        "December"
    ),
    # standings
    "standing.met": "met", "standing.missed": "not met", "standing.open": "still open",
    "standing.unknown": "not known", "standing.nothing": "nothing was due",
    "standing.not_agreed": "",
    # chapters
    "chapter.scorecard_marketing": "What marketing owes",
    "chapter.scorecard_sales": "What sales owes",
    "chapter.response": "Response",
    "chapter.attempts": "Attempts and conversations",
    "chapter.acceptance": "Acceptance",
    "chapter.funnel": "From lead to customer",
    "chapter.orders": "Orders",
    "chapter.returns": "Leads that went back",
    "chapter.campaigns": "Sources and campaigns",
    "chapter.accounts": "Accounts",
    "chapter.data": "Data",
    "chapter.assessment": "Maturity",
    # figures
    "handed_over": "Leads handed over",
    "handed_over.how": "hand-overs from marketing to sales in the month",
    "never_touched": "Never touched",
    "never_touched.how": (
        "hand-overs that nobody touched though their time is over, or that ended untouched / "
        "those and the touched ones"
    ),
    "touched_in_time": "Touched in time",
    "touched_in_time.how": (
        "runs of the first-touch clock that ended within the limit / runs that ended or whose "
        "limit is over"
    ),
    "first_touch_median": "Time to the first touch, median",
    "first_touch_median.how": (
        "working time from the hand-over to the first human touch, pauses left out; the "
        "middle one"
    ),
    "first_touch_p90": "Time to the first touch, 90 %",
    "first_touch_p90.how": "the working time within which nine of ten touched leads were touched",
    "breaches": "Breaches",
    "breaches.how": (
        "rungs after the start that came due in the month and fired, less those of which it "
        "was learned later that all had been done in time"
    ),
    "attempts": "Attempts for each lead",
    "attempts.how": "contact attempts, apart as agreed / hand-overs of the month",
    "attempts_apart": "Time between attempts, median",
    "attempts_apart.how": "working time from one attempt to the next of the same hand-over",
    "spoken_with": "Leads spoken with",
    "spoken_with.how": "hand-overs with a conversation / hand-overs of the month",
    "conversations": "Conversations",
    "conversations.how": "meetings, and calls that lasted long enough, for the month's hand-overs",
    "mql_to_sal": "MQL to SAL",
    "mql_to_sal.how": "MQLs that sales accepted, or took further / MQLs handed over in the month",
    "rejected": "Rejected",
    "rejected.how": (
        "hand-overs that went back or were disqualified without having been accepted / hand- "
        "overs"
    ),
    "rejected_with_reason": "Rejected with a reason",
    "rejected_with_reason.how": "rejections that say why / rejections",
    "owed": "In time: {clock}",
    "owed.how": (
        "runs of the clock that ended within its limit / runs that ended or whose limit is "
        "over"
    ),
    "quota": "Quota of MQLs",
    "quota.how": "MQLs handed over / MQLs owed by the working days that are over",
    "owed_by_now": "MQLs owed by now",
    "owed_by_now.how": "the month's quota, by the working days that are over",
    "owed_in_all": "MQLs owed in the month",
    "owed_in_all.how": "the quota of the agreement, for the working days within its period",
    "completeness": "Complete at the hand-over",
    "completeness.how": (
        "hand-overs with all agreed fields filled then / hand-overs of which that is known"
    ),
    "enrolment": "Enrolled in time",
    "enrolment.how": (
        "returned leads that got into a nurture programme within the limit / returns of which "
        "that is known"
    ),
    "mql_to_sal.year": "MQL to SAL, 12 months",
    "mql_to_sal.year.how": (
        "hand-overs of twelve months that were accepted / those not waiting at MQL any more"
    ),
    "sal_to_sql.year": "SAL to SQL, 12 months",
    "sal_to_sql.year.how": (
        "hand-overs of twelve months that were qualified / those accepted and not waiting "
        "there any more"
    ),
    "sql_to_opportunity.year": "SQL to opportunity, 12 months",
    "sql_to_opportunity.year.how": (
        "hand-overs of twelve months with an opportunity / those qualified and not waiting "
        "there any more"
    ),
    "opportunity_to_customer.year": "Opportunity to customer, 12 months",
    "opportunity_to_customer.year.how": (
        "hand-overs of twelve months with an order / those with an opportunity, none of them "
        "open any more"
    ),
    "compound_probability": "Probability of an order",
    "compound_probability.how": "the four conversions of twelve months, multiplied",
    "handover_to_order_median.year": "Hand-over to order, median, 12 months",
    "handover_to_order_median.year.how": "of hand-overs of twelve months that became an order",
    "opportunity_in_7_days": "Opportunity within 7 days",
    "opportunity_in_7_days.how": (
        "hand-overs with an opportunity within seven days / hand-overs that had one, ended, "
        "or are older"
    ),
    "opportunity_quota": "Opportunity quota",
    "opportunity_quota.how": (
        "hand-overs of the month with an opportunity / hand-overs of the month"
    ),
    "lead_velocity": "Lead velocity",
    "lead_velocity.how": "growth of hand-overs against the month before; once the month is over",
    "lead_velocity_at_quality": "Lead velocity at constant quality",
    "lead_velocity_at_quality.how": (
        "the same without what sales had rejected by the end of each month"
    ),
    "qualified": "Qualified leads, rejected ones left out",
    "win_rate": "Win rate",
    "win_rate.how": "opportunities won / opportunities closed, by the day of closing",
    "won": "Orders won", "won.how": "opportunities won, by the day of closing",
    "won_value": "Order intake", "won_value.how": "amounts of the opportunities won",
    "deal_cycle_median": "Sales cycle, median",
    "deal_cycle_median.how": (
        "days from the making of an opportunity to its closing, of those closed"
    ),
    "won_cycle_median": "Sales cycle of orders won, median",
    "won_cycle_median.how": "the same, of those won",
    "expected_of_opportunities": "Expected order intake, by opportunities",
    "expected_of_opportunities.how": (
        "amount x probability of what is open now: as agreed for its stage, else the CRM's"
    ),
    "order_probability": "Order probability of open opportunities",
    "order_probability.how": (
        "mean probability of what is open now: as agreed for its stage, else the CRM's"
    ),
    "expected_of_phases": "Expected order intake, by phases",
    "expected_of_phases.how": (
        "open leads by phase x their probability of an order x what an order was worth on "
        "average"
    ),
    "recycled": "Recycled",
    "recycled.how": "cycles that went back to marketing / cycles that ended in the month",
    "recycled_with_reason": "Recycled with a reason",
    "recycled_with_reason.how": "cycles that went back and say why / cycles that went back",
    "came_back.year": "Came back from marketing, 12 months",
    "came_back.year.how": (
        "of those that went back in twelve months: handed over again, or converted"
    ),
    "revenue": "Revenue",
    "revenue.how": "amounts won in the month, by the leads' sources and campaigns",
    "cost": "Cost", "cost.how": "what the file of costs says for the month",
    "roi": "Return on marketing", "roi.how": "(revenue - cost) / cost",
    "accounts": "Accounts with leads", "accounts.how": "companies with a lead that was handed over",
    "accounts_open": "Accounts with open leads",
    "accounts_open.how": "those of which a lead is on the way now",
    "silent_median": "Time without news, median",
    "silent_median.how": "days since anything was learned of a lead that is being worked",
    "silent_30_days": "Without news for 30 days",
    "silent_30_days.how": (
        "leads being worked without any news for more than 30 days / leads being worked"
    ),
    # tables
    "table.breaches_by_rung": "Breaches by rung",
    "table.breaches_by_owner": "Breaches by owner at that time",
    "table.breaches_by_team": "Breaches by team",
    "table.breaches_by_source": "Breaches by source",
    "table.breaches_by_definition": "Breaches by definition",
    "table.breaches_by_version": "Breaches by version of the agreement",
    "table.breaches_by_holder": "Custody: who held the clocks that were broken",
    "table.attempts_spread": "Hand-overs by attempts",
    "table.rejection_reasons": "Reasons of rejections",
    "table.funnel_in_month": "Reached in the month",
    "table.phases_of_year": "Hand-overs of twelve months by phase",
    "table.recycled_reasons": "Reasons for going back",
    "table.sequels": "What became of them, twelve months",
    "table.open_by_stage": "Open opportunities by stage",
    "table.by_source": "By source", "table.by_campaign": "By campaign",
    "table.accounts_by_phase": "Accounts by the farthest phase reached",
    "table.accounts": "Accounts",
    "table.missing_fields": "Fields missing at the hand-over",
    "table.complete_by_source": "Complete at the hand-over, by source",
    "table.lacks": "Lacking in the month",
    "table.freshness": "Read up to",
    # columns
    "column.clock": "clock", "column.rung": "rung", "column.breaches": "breaches",
    "column.withdrawn": "withdrawn", "column.original": "original", "column.count": "number",
    "column.share": "share", "column.holder": "held by", "column.held": "working time held",
    "column.attempts": "attempts", "column.handed_over": "handed over", "column.phase": "phase",
    "column.reached_in_month": "in the month", "column.of_before": "of the phase before",
    "column.reached": "reached", "column.open": "open", "column.goes_on": "goes on",
    "column.becomes_customer": "becomes an order", "column.source": "source",
    "column.campaign": "campaign", "column.won": "won", "column.revenue": "revenue",
    "column.cost": "cost", "column.roi": "return", "column.account": "account",
    "column.leads": "leads", "column.furthest_now": "now", "column.complete": "complete",
    "column.known": "known", "column.unknown": "not known", "column.accounts": "accounts",
    "column.breaches_by_owner": "owner", "column.breaches_by_team": "team",
    "column.breaches_by_source": "source", "column.breaches_by_definition": "definition",
    "column.breaches_by_version": "version", "column.rejection_reasons": "reason",
    "column.recycled_reasons": "reason", "column.sequels": "what became of it",
    "column.missing_fields": "field", "column.lacks": "what",
    "column.stream": "stream",
    "column.read_to": "read up to",
    "column.stage": "stage", "column.weighed_by": "probability of",
    "column.opportunities": "open", "column.amount": "amount",
    "column.probability": "probability", "column.expected": "expected",
    # values
    "value.visitor": "visitors", "value.name": "new names", "value.lead": "leads",
    "value.mql": "MQL", "value.sal": "SAL", "value.sql": "SQL", "value.opportunity": "opportunity",
    "value.customer": "customer",
    "value.recycled": "recycled",
    "value.disqualified": "disqualified",
    "value.queue": "queue, or nobody", "value.rep": "rep", "value.manager": "manager",
    "value.marketing": "marketing", "value.outage": "outage",
    "value.handed_over_again": "handed over again", "value.converted": "converted",
    "value.given_up": "disqualified or deleted", "value.nurtured": "in a nurture programme",
    "value.waiting": "nothing is known of it",
    "value.no_reason": "no reason", "value.no_path": "no nurture path for the reason",
    "value.unknown_path": "unknown nurture path", "value.unclassified": "done by nobody knows whom",
    "value.agreement": "the agreement", "value.crm": "the CRM",
    # maturity
    "assessment.none": "Nobody has assessed it yet: `slasync assess`.",
    "assessment.total": "{points} of 20 points: {level}",
    "assessment.on": "Assessed on {day}",
    "assessment.level.trial": "trial", "assessment.level.transition": "transition",
    "assessment.level.strategic": "strategic",
    "question.goals": "Which goals do marketing and sales work for?",
    "question.goals.1": "each side for its own",
    "question.goals.3": "for some common ones, without figures that follow from the revenue wanted",
    "question.goals.5": "for one revenue goal, from which the figures of both sides follow",
    "question.definitions": "What is a qualified lead?",
    "question.definitions.1": "each side sees it in its own way",
    "question.definitions.3": "it is written down, and now and then disputed",
    "question.definitions.5": "it is written down, signed by both, and checked on real leads",
    "question.hand_over": "What happens when a lead is handed over?",
    "question.hand_over.1": "it is passed on, and nobody watches what becomes of it",
    "question.hand_over.3": "there are time limits, kept an eye on by hand",
    "question.hand_over.5": (
        "time limits, reminders and the way back are agreed and run by themselves"
    ),
    "question.review": "How do both sides learn from it?",
    "question.review.1": "when something has gone wrong",
    "question.review.3": "in meetings with figures that each side brings along",
    "question.review.5": "in a regular review of shared figures that ends with decisions",
}  # fmt: skip
