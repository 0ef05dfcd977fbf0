"""Which agreement an explanation is worked out by, and which was in force then and is now."""

from collections.abc import Iterator
from datetime import datetime

from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explanation import AgreementTold


def agreement_of(account: Account) -> AgreementTold:
    agreement, known = account.terms.agreement, account.in_force
    return AgreementTold(
        name=agreement.name,
        version=agreement.version,
        hash=agreement.hash,
        in_force=known.hash,
        since=known.since,
        present=known.present or agreement.hash,
        problem=account.tongue.retold(known.problem),
    )


def agreement_lines(account: Account, told: AgreementTold) -> Iterator[str]:
    """Say which rules this is explained by, and whether they were and are those in force."""
    named = _named(account, told)
    if account.past:
        yield account.say("agreement.as_known", at=account.both(account.terms.now))
        yield from _then(account, told, named)
        yield _known(account)
        yield account.say("agreement.only_present")
    elif told.in_force in {None, told.hash}:
        yield _since(account, "agreement.now", told.since, named=named)
    else:
        yield account.say("agreement.files_now", named=named)
        other = account.hash(told.in_force)
        yield _since(account, "agreement.works_by_another", told.since, hash=other)


def _since(account: Account, key: str, since: datetime | None, **values: str) -> str:
    return account.say(f"{key}_since" if since else key, at=since or "", **values)


def _then(account: Account, told: AgreementTold, named: str) -> Iterator[str]:
    if told.in_force is None:
        yield account.say("agreement.not_known")
        yield account.say("agreement.by_present", named=named)
    elif told.in_force != told.hash:
        lost = account.hash(told.in_force)
        yield _since(account, "agreement.lost", told.since, hash=lost, problem=told.problem)
        yield account.say("agreement.by_present_others", named=named)
    elif told.hash == told.present:
        yield _since(account, "agreement.then_and_now", told.since, named=named)
    else:
        yield _since(account, "agreement.then", told.since, named=named)
        name, present = account.in_force.present_name, account.hash(told.present)
        yield account.say("agreement.others_now", name=name, hash=present)


def _known(account: Account) -> str:
    known, later = len(account.facts), len(account.later)
    said = account.say("agreement.facts" if known else "agreement.no_fact", n=known)
    return account.say("agreement.learned_later", known=said, later=later) if later else said


def _named(account: Account, told: AgreementTold) -> str:
    hash_ = account.hash(told.hash)
    return account.say("agreement.named", name=told.name, version=told.version, hash=hash_)
