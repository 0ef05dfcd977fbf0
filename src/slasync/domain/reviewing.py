"""The review that both heads agreed on: when it is due, and the reminder that each gets of it.

Once a review: the reminder's key is made of the date it was due on, and nothing is remembered
besides. A review that is signed, or noted, is due later, under another key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from slasync.domain.languages import Language
from slasync.domain.lead import LeadKey
from slasync.domain.time.months import midnight_of
from slasync.domain.writes import DigestLine, KeyParts, Role, write_key

REVIEW = "review"
"""Stands in the clock's place of a reminder that is about no lead."""
NO_LEAD = LeadKey("")
_REMINDERS = {
    Language.DE: "{review.name}, Version {review.version}: die Durchsicht war für den {review.due}"
    " vereinbart. Bitte die Definitionen gemeinsam ansehen, dann unterzeichnen oder in"
    " agreement.yaml sign_off.reviewed_on setzen.",
    Language.EN: "{review.name}, version {review.version}: the review was agreed for {review.due}."
    " Look at the definitions together, then sign, or set sign_off.reviewed_on in agreement.yaml.",
}


@dataclass(frozen=True, slots=True)
class Review:
    """The next review of an agreement."""

    due: date
    name: str  # of the agreement
    version: str
    heads: tuple[str, ...]  # addresses of both, as far as they are named

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return from when on the heads are reminded: the day's first instant, by that zone."""
        return midnight_of(self.due, zone)


def review_words(due: date, today: date) -> str:
    """Say what is due and what ends it."""
    verb = "is" if due >= today else "was"
    return (
        f"the review {verb} due on {due}: both heads look at the definitions, and sign or set"
        " sign_off.reviewed_on"
    )


def reminders(
    review: Review, org: str, languages: Mapping[str, Language] | None = None
) -> tuple[DigestLine, ...]:
    """Return the line for each head, in the language of the address; keys are of the review."""
    spoken = languages or {}
    return tuple(
        DigestLine(
            _key(review, org, address),
            NO_LEAD,
            address,
            _REMINDERS[spoken.get(address.lower(), Language.EN)].format(review=review),
        )
        for address in dict.fromkeys(review.heads)
    )


def _key(review: Review, org: str, address: str) -> str:
    parts = KeyParts(
        org=org,
        lead=NO_LEAD,
        cycle="",
        clock=REVIEW,
        generation=0,
        rung=review.due.isoformat(),
        role=Role.NOBODY,
        action="digest",
        extra={"to": address.lower()},
    )
    return write_key(parts)
