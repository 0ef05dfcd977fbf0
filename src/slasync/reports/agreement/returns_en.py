"""Part 5 of the agreement in English: nurture programmes, and leads that come back."""

RETURNS = {
    "nurture": "5. Nurture programmes",
    "nurture.none": "No nurture programme is agreed.",
    "nurture.what": "What it does",
    "nurture.reasons": "For leads that come back because of",
    "nurture.enrol": "Enrolment",
    "nurture.returns": "Return date",
    "nurture.default": "Also for every reason that no programme is for",
    "nurture.cool_down": "Left alone",
    "nurture.for": "for {span} after the return",
    "recycling": "Leads that come back",
    "recycling.kept_back": (
        "A lead that is left alone is not handed over by any machine: what comes too early waits"
        " until that time is over. A person can hand it over at any time, and so can buying"
        " behaviour that wants somebody to act at once."
    ),
    "recycling.let_through": "Not made to wait: {definitions}",
    "recycling.reopens": (
        "A lead that a person opens again within {span} goes on in its cycle; the time between does"
        " not count. Later it begins a cycle of its own."
    ),
    "recycling.reasons": "A reason has to be given for leads that are {ends}",
    "recycling.remind": "At the return date marketing is told: {text}",
    "recycling.hand_over": "A lead that meets a definition at its return date is handed over then",
    "nurture.within": "within {span} of the return",
    "nurture.after": "after {span}",
}
