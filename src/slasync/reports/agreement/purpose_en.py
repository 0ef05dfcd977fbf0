"""Parts 1 and 2 of the agreement in English: goal and definitions."""
# ruff: noqa: RUF001 - dashes and signs as the language has them

PURPOSE = {
    "goal": "1. Goal",
    "goal.revenue": "Revenue in the period",
    "goal.average_deal": "Average deal",
    "goal.customers": "New customers in the period",
    "goal.conversion": "Conversion from MQL to customer",
    "goal.mqls": "MQLs a month",
    "goal.step": "{begins} to {ends} {rate}",
    "goal.formulas": "How the figures follow:",
    "goal.customers_formula": (
        "New customers = revenue ÷ average deal = {revenue} ÷ {deal} = {result}"
    ),
    "goal.mqls_formula": (
        "MQLs a month = new customers ÷ conversion ÷ months of the period = {customers} ÷ ({rates})"
        " ÷ {months} = {result}"
    ),
    "goal.rounded": "{exact}, rounded up to {whole}",
    "goal.by_hand": "{given} (set by hand: this figure counts)",
    "goal.contradicted": "{given} (set by hand: this figure counts; the formula gives {needed})",
    "goal.underived": (
        "The number of MQLs does not follow from a revenue goal. Not agreed: {missing}."
    ),
    "definitions": "2. Definitions",
    "definitions.lead": "**Lead.** A target becomes a lead when this is met: {rule}",
    "definitions.no_lead": "**Lead.** Not agreed when a target becomes a lead.",
    "definitions.mql": (
        "**MQL (marketing qualified lead).** A lead becomes an MQL, and is handed over to sales, as"
        " soon as one of these is met:"
    ),
    "definitions.way": "{name}: {rule} – {trigger}{at}",
    "definitions.at": "; the field {field} tells when it happened",
    "definitions.contact": (
        "**Contact made** ({field}), as people write it down in the CRM: {call}, the lead rang;"
        " {email}, the lead wrote; {conversation}, somebody spoke with the lead, whoever began."
    ),
    "definitions.null": "A condition on a field that has no value is not met.",
    "definitions.opportunities": (
        "**Opportunity.** So likely an order comes of it; the expected order intake is counted by"
        " that. For stages that are missing here the CRM's probability counts."
    ),
    "definitions.no_opportunities": (
        "**Opportunity.** No probabilities of our own are agreed: the CRM's count."
    ),
    "definitions.column.stage": "Stage of the opportunity",
    "definitions.column.called": "In the CRM",
    "definitions.column.probability": "Probability",
    "definitions.touch": (
        "**Touch.** A call, an e-mail or a meeting by a person in sales{status}. What a machine"
        " sends and the tasks that slasync writes are never a touch."
    ),
    "definitions.touch_by_status": ", or a person's change of the lead's status",
    "definitions.cycle": (
        "**Cycle.** One hand-over and all that follows, until the lead is converted, returned to"
        " marketing, disqualified or deleted. The next hand-over opens a cycle of its own."
    ),
    "trigger.crossing": "counts when it turns true",
    "trigger.every_change": "counts each time one of its fields changes and it is true",
}
