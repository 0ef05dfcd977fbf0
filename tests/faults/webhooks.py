"""Faults of webhooks, and of those who pretend to send them."""

from tests.faults.rows import Row, star

ROWS = (
    Row("W1", "one event several times, under the same number or another"),
    Row("W2", "events late, out of order, or from before the first start"),
    star("W3", "no event comes any more"),
    Row("W4", "forged, unsigned, or signed the old way"),
    star("W5", "our clock or secret is wrong and good ones are refused"),
    Row("W6", "a good request played again"),
    Row("W7", "a proxy makes our address look different from what the vendor signed"),
    Row("W8", "too large, too slow, or too many at once"),
    Row("W9", "one broken event among good ones"),
    Row("W10", "the database is slow or locked when an event comes"),
    Row("W11", "the process ends after the commit and before the answer"),
    Row("W12", "three days of events within minutes"),
    Row("W13", "an event about something slasync does not know"),
    Row("W14", "other methods, headers twice, headers in another case"),
)
