"""How an agreement stands: is it signed, due for review, at odds with itself?

Nothing here keeps slasync from running: `check`, health and the start say it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from slasync.domain.figures.goal import Goal
from slasync.domain.reviewing import Review, review_words
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.agreement_parts import SignaturePart
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem
from slasync.settings.teams_file import TeamsFile

SIDES = ("marketing", "sales")
SHOWN = 12  # digits of a hash that a person compares


def signable_hash(policy: Mapping[str, Document]) -> str:
    """Return the hash of what is signed: every value of the three files but sign-off and absences.

    It is of the values: comments, order of keys and layout may change under a signature.
    """
    values: dict[str, Any] = {name: document.data for name, document in policy.items()}
    agreed = values.get("agreement")
    if isinstance(agreed, dict):
        values["agreement"] = {key: part for key, part in agreed.items() if key != "sign_off"}
    teams = values.get("teams")
    if isinstance(teams, dict):  # who is away next week is nothing that anybody signs
        values["teams"] = {key: part for key, part in teams.items() if key != "absences"}
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unsigned(file: AgreementFile | None, policy: Mapping[str, Document]) -> tuple[Problem, ...]:
    """Say who has not signed what is running."""
    if file is None:
        return ()
    document, running = policy["agreement"], signable_hash(policy)
    signatures = {side: signature_of(file, side) for side in SIDES}
    if not any(signatures.values()):
        what = (
            "nobody has signed the agreement: each side enters who, role, on, and the hash,"
            f" {running[:SHOWN]}: `slasync agreement hash` prints all of it"
        )
        return (document.problem(("sign_off",), what),)
    found = ((side, _lacks(side, each, running)) for side, each in signatures.items())
    return tuple(document.problem(("sign_off", side), what) for side, what in found if what)


def signature_of(file: AgreementFile, side: str) -> SignaturePart | None:
    """Return the signature of `marketing` or `sales`."""
    return file.sign_off.marketing if side == "marketing" else file.sign_off.sales


def signs(signature: SignaturePart, running: str) -> bool:
    """Tell whether a signature is under what is running."""
    return signature.hash is not None and running.startswith(signature.hash)


def _lacks(side: str, signature: SignaturePart | None, running: str) -> str:
    if signature is None:
        return f"{side} has not signed the agreement"
    if signature.hash is None:
        return (
            f"{side} signed on {signature.on}, and nobody can tell what: add the hash. That to sign"
            f" is {running[:SHOWN]}"
        )
    if signs(signature, running):
        return ""
    return (
        f"{side} signed another version on {signature.on} (hash {signature.hash[:SHOWN]}, that to"
        f" sign is {running[:SHOWN]}): sign anew, or run what was signed"
    )


def next_review(file: AgreementFile) -> date | None:
    """Return when both sides are to look at the agreement again.

    Counted from the last review or signature. None: no review is agreed, or nobody has signed.
    """
    signed = [signature.on for side in SIDES if (signature := signature_of(file, side))]
    dates = [*signed, *([file.sign_off.reviewed_on] if file.sign_off.reviewed_on else [])]
    if file.review_every is None or not dates:
        return None
    return max(dates) + file.review_every


def review_of(file: AgreementFile, teams: TeamsFile) -> Review | None:
    """Return the next review, and whom it is up to."""
    due = next_review(file)
    if due is None:
        return None
    return Review(due, file.name, file.version, teams.roles.heads)


def standing(
    file: AgreementFile | None, policy: Mapping[str, Document], today: date
) -> Iterator[Problem]:
    """Yield what both sides should look at: a review that is due, figures that contradict."""
    if file is None:
        return
    document, review = policy["agreement"], next_review(file)
    if review is not None and review <= today:
        yield document.problem(("review_every",), review_words(review, today))
    yield from (document.problem(path, what) for path, what in _contradictions(file))


def goal_of(file: AgreementFile) -> Goal:
    """Return the goal as a value; decimals are taken as they are written."""
    part = file.goal
    return Goal(
        begins=file.period.begins,
        ends=file.period.ends,
        revenue=_exact(part.revenue),
        average_deal=_exact(part.average_deal),
        customers_given=part.customers,
        rates=tuple(Fraction(repr(step.rate)) for step in part.conversion),
        mqls_given=part.mqls_a_month,
    )


def _exact(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(repr(number))


def _contradictions(file: AgreementFile) -> Iterator[tuple[Path, str]]:
    goal = goal_of(file)
    for key, given, needed in (
        ("customers", goal.customers_given, goal.customers_needed),
        ("mqls_a_month", goal.mqls_given, goal.mqls_needed),
    ):
        if given is not None and needed is not None and given != needed:
            yield (
                ("goal", key),
                f"{given:,} are given and the goal needs {needed:,}: {given:,} counts",
            )
    owed = file.obligations.marketing
    if owed.quota and goal.mqls_a_month is None:
        what = (
            "the goal names no MQLs a month, so nothing is owed: give goal.mqls_a_month, or"
            " revenue, average_deal and conversion"
        )
        yield ("obligations", "marketing", "quota"), what
    for i, programme in enumerate(file.nurture):
        within, limit = programme.enrol_within, owed.enrolment.within if owed.enrolment else None
        if within is not None and limit is not None and within > limit:
            what = (
                f"programme {programme.name} takes longer than obligations.marketing.enrolment"
                " allows"
            )
            yield ("nurture", i, "enrol_within"), what
