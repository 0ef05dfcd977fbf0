"""Where a process may end: before and after each of these."""

from tests.faults.rows import Not, Row, Simulated


def _at(name: str, what: str, point: str) -> Row:
    return Row(f"crash/{name}", what, Simulated(f"crash@{point}"))


ROWS = (
    Row("crash/inbox-insert", "events are put into the inbox"),
    Row("crash/inbox-commit", "the inbox commits"),
    Row("crash/acknowledged", "the webhook is answered"),
    _at("fetch-sent", "a question goes out", "pull:salesforce:salesforce.sending"),
    _at("page-received", "a page has come", "pull:salesforce:pull.page_received"),
    _at("mirror-begin", "a page is begun to be stored", "pull:salesforce:transaction.begin"),
    _at("mirror-commit", "a page is stored", "pull:salesforce:commit.before"),
    _at("cursor-commit", "a cursor has moved with its page", "pull:salesforce:pull.page_stored"),
    _at("timer-commit", "clocks are stored with the decision", "decide:commit.before"),
    _at("decide-begin", "a decision begins", "decide:transaction.begin"),
    _at("decide-commit", "a decision is stored", "decide:decide.committed"),
    _at("claim-commit", "a batch of writes is claimed", "push:salesforce:push.claimed"),
    _at("marked-commit", "a batch is marked as perhaps sent", "push:salesforce:push.marked"),
    _at("bytes-sent", "a batch leaves", "push:salesforce:salesforce.sending"),
    _at("answer-read", "its answer has come", "push:salesforce:push.answered"),
    _at("looked-up", "an unknown outcome is looked up", "push:salesforce:salesforce.answered"),
    _at("settled-commit", "outcomes are stored", "push:salesforce:push.settled"),
    Row("crash/audit-append", "the audit grows"),
    _at("digest-commit", "digest lines are stored with the decision", "decide:commit.before"),
    Row("crash/digest-marked", "a digest is marked as perhaps sent, leaves, and is answered"),
    _at("token-renewed", "a token is asked for", "pull:salesforce:salesforce.sending"),
    Row(
        "crash/token-stored",
        "a token is stored",
        Not("tokens are never stored: a process that starts asks for one"),
    ),
    _at("lease-claimed", "a lease is taken", "pull:salesforce:pull.claimed"),
    Row("crash/config-swap", "another configuration is taken up"),
    Row("crash/migration", "each statement of a migration"),
    Row("crash/backup", "a backup is made"),
    Row("crash/shutdown", "the daemon is told to end"),
)
