"""Which agreement an explanation is worked out by, and which was in force then and is now."""

from collections.abc import Iterator

from slasync.domain.explaining.account import Account, when
from slasync.domain.explaining.explanation import AgreementTold
from slasync.domain.wording import local

SHOWN = 12  # characters of a hash that people compare


def agreement_of(account: Account) -> AgreementTold:
    agreement, known = account.terms.agreement, account.in_force
    return AgreementTold(
        name=agreement.name,
        version=agreement.version,
        hash=agreement.hash,
        in_force=known.hash,
        since=known.since,
        present=known.present or agreement.hash,
        problem=known.problem,
    )


def agreement_lines(account: Account, told: AgreementTold) -> Iterator[str]:
    """Say which rules this is explained by, and whether they were and are those in force."""
    if account.past:
        yield f"as known at {_both(account)}"
        yield from _then(account, told)
        yield from _known(account)
        return
    since = f", in force since {when(told.since)}" if told.since else ""
    if told.in_force in {None, told.hash}:
        yield f"{_named(told)}{since}"
        return
    yield f"{_named(told)}: the files as they are now"
    yield (
        f"the daemon works by another, hash {short(told.in_force)}{since}: it reads these files"
        " when it is started again"
    )


def _then(account: Account, told: AgreementTold) -> Iterator[str]:
    since = f" since {when(told.since)}" if told.since else ""
    if told.in_force is None:
        yield (
            "which agreement was in force is not known: no start of slasync is on record by then,"
            " and no decision about this lead"
        )
        yield f"worked out by the present one: {_named(told)}"
    elif told.in_force != told.hash:
        yield f"the agreement in force then{since} had hash {short(told.in_force)}: {told.problem}"
        yield f"worked out by the present one: {_named(told)}; rules and rungs may have been others"
    elif told.hash == told.present:
        yield f"{_named(told)}: in force then{since}, and these are the files now"
    else:
        yield f"{_named(told)}: in force then{since}"
        present = account.in_force.present_name
        yield f"the files are others now: {present}, hash {short(told.present)}"


def _known(account: Account) -> Iterator[str]:
    known, later = len(account.facts), len(account.later)
    told = "no fact was" if not known else "1 fact was" if known == 1 else f"{known} facts were"
    missing = f"; of what had happened by then, {later} learned later" if later else ""
    yield f"{told} known{missing}"
    yield "of people, and of fields that no rule reads, only the present is kept"


def _named(told: AgreementTold) -> str:
    return f"{told.name}, version {told.version}, hash {short(told.hash)}"


def short(hash_: str | None) -> str:
    return (hash_ or "unknown")[:SHOWN]


def _both(account: Account) -> str:
    now = account.terms.now
    return f"{local(now, account.terms.zone)} ({when(now)})"
