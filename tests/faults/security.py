"""Attacks, leaks and slips that would open the door to them."""

from tests.faults.rows import Not, Row

ROWS = (
    Row("S1", "a lead's own words meant to change a query of Salesforce"),
    Row("S2", "a value meant to change a filter of HubSpot"),
    Row("S3", "a value meant to change a statement of the database"),
    Row("S4", "a value that a spreadsheet would run"),
    Row("S5", "markup and invisible characters in names"),
    Row("S6", "a value meant to be taken for a template"),
    Row("S7", "an answer meant to send calls to another host"),
    Row("S8", "a forged answer that names another instance for the token"),
    Row("S9", "a value meant to forge a line of the log"),
    Row("S10", "secrets in logs, errors and shown values"),
    Row("S11", "personal data in labels of metrics, addresses and dumps"),
    Row(
        "S12",
        "a name meant to lead out of a folder",
        Not(
            "no path comes from data: configuration includes nothing, nothing is exported, and the"
            " database and secrets are named by whoever starts the process"
        ),
    ),
    Row("S13", "configuration that blows up, or means something else than it says"),
    Row("S14", "JSON that is too deep, too large or ambiguous"),
    Row("S15", "a rule that would take for ever"),
    Row("S16", "listeners open to everybody, or without a secret"),
    Row("S17", "guessed passwords, stolen sessions"),
    Row("S18", "answers a browser could be made to misuse"),
    Row("S19", "an address that was opened by accident"),
    Row("S20", "headers that claim another host or sender"),
    Row("S21", "requests that two servers would read differently, or headers without end"),
    Row("S22", "a signature found out by the time its check takes"),
    Row("S23", "a database or secret that everybody can read"),
    Row("S24", "a person asks to be forgotten"),
    Row("S25", "credentials that may do more than slasync needs"),
    Row("S26", "a dependency is replaced, or not pinned"),
    Row("S27", "a container with more rights than it needs"),
    Row("S28", "health and metrics that tell strangers too much"),
    Row("S29", "somebody changes the record of decisions"),
    Row("S30", "data that makes the number of metrics grow without end"),
    Row("S31", "one organisation's events or rows taken for another's"),
)
