"""To which company a lead belongs: candidates scored by evidence; used only when one is clear.

A function of the lead's fields and of the companies, in whatever order they are given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from slasync.domain.identity.company import (
    CONTACTS_COMPANY,
    By,
    Company,
    email_domain,
    label,
    name_key,
    spelling,
    websites,
    wider,
)
from slasync.domain.lead import Fields, UserKey
from slasync.domain.recorded import said

POINTS: Mapping[By, int] = {By.CONTACT: 100, By.EMAIL: 60, By.WEBSITE: 50, By.NAME: 30}
SPELLED = 20  # more, when the name is spelled as the CRM spells it, legal form included
AHEAD = 20
"""By so many points the best candidate has to be ahead; else nobody is chosen."""


@dataclass(frozen=True, slots=True)
class MatchTerms:
    """What companies are told by, as the agreement has it."""

    by: frozenset[By] = frozenset(By)
    providers: frozenset[str] = frozenset()  # further domains that name no company
    top_of_family: bool = False  # of several in one family: the one that the others belong to


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that the lead may belong to. Points speak for it; `against` says what does not."""

    company: Company
    points: int
    evidence: tuple[str, ...]
    against: str = ""

    def __str__(self) -> str:
        told = ", ".join((*self.evidence, *([self.against] if self.against else [])))
        company = self.company
        return said(
            "candidate", company=company.name, id=company.key, points=self.points, evidence=told
        )


@dataclass(frozen=True, slots=True)
class CompanyMatch:
    """The company found, if one is clear; its owner, also where several share one.

    `candidates` stand best first, those that were not chosen too.
    """

    company: Company | None
    owner: UserKey | None
    why: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def others(self) -> tuple[Candidate, ...]:
        """The candidates that were not chosen."""
        return tuple(each for each in self.candidates if each.company != self.company)


def match_company(
    fields: Fields, companies: Iterable[Company], terms: MatchTerms = MatchTerms()
) -> CompanyMatch:
    """Find the lead's company among those that its keys have found."""
    known = {company.key: company for company in companies}
    asked = _Asked(fields, known, terms)
    found = sorted(asked.candidates(), key=lambda each: (-each.points, each.company.key))
    near = list(takewhile(lambda each: found[0].points - each.points < AHEAD, found))
    likely = [each for each in near if each.points > 0]
    if not likely:
        return CompanyMatch(None, None, said("no_account"), tuple(found))
    if len(likely) == 1:
        return _chosen(likely[0], found, 0)
    top = _top(likely, known) if terms.top_of_family else None
    if top is not None:
        return _chosen(top, found, len(likely) - 1)
    owners = {each.company.owner for each in likely}
    if len(owners) == 1 and None not in owners:
        why = said("one_owner", n=len(likely))
        return CompanyMatch(None, owners.pop(), why, tuple(found))
    return CompanyMatch(None, None, said("none_clear", n=len(likely)), tuple(found))


def _chosen(best: Candidate, found: Sequence[Candidate], more: int) -> CompanyMatch:
    key, evidence = "account_above" if more else "account", ", ".join(best.evidence)
    why = said(key, name=best.company.name, evidence=evidence, n=more)
    return CompanyMatch(best.company, best.company.owner, why, tuple(found))


class _Asked:
    """One lead's question."""

    def __init__(self, fields: Fields, known: Mapping[str, Company], terms: MatchTerms) -> None:
        self._fields, self._known, self._terms = fields, known, terms
        self._alive = [company for company in known.values() if not company.deleted]
        self._email = email_domain(fields)
        self._sites = websites(fields, terms.providers)

    def candidates(self) -> Iterator[Candidate]:
        """Yield every company that anything speaks for, or its name alone."""
        by_domain = {**self._by_website(), **self._by_email()}
        contacts = self._contacts()
        for company in self._alive:
            points, evidence = by_domain.get(company.key, (0, ""))
            told = [evidence] if points else []
            if contacts is not None and contacts.key == company.key:
                points += POINTS[By.CONTACT]
                told.insert(0, said("its_contact"))
            against = "" if points else self._contradicts(company)
            if named := self._named(company):
                points += 0 if against else named
                told.append(said("company_name", name=company.name))
            if told:
                yield Candidate(company, points, tuple(told), against)

    def _contacts(self) -> Company | None:
        """Return the company of the person's own contact; of one merged, the one that stayed."""
        if By.CONTACT not in self._terms.by:
            return None
        company = self._known.get(str(self._fields.get(CONTACTS_COMPANY) or ""))
        passed: set[str] = set()
        while company is not None and company.merged_into and company.key not in passed:
            passed.add(company.key)
            company = self._known.get(company.merged_into)
        return company

    def _by_email(self) -> dict[str, tuple[int, str]]:
        if By.EMAIL not in self._terms.by:
            return {}
        nearest = self._nearest(self._email)
        return {k: (POINTS[By.EMAIL], said("email_domain", domain=domain)) for k, domain in nearest}

    def _by_website(self) -> dict[str, tuple[int, str]]:
        if By.WEBSITE not in self._terms.by:
            return {}
        nearest = [pair for site in self._sites for pair in self._nearest(site)]
        return {k: (POINTS[By.WEBSITE], said("website", domain=domain)) for k, domain in nearest}

    def _nearest(self, domain: str) -> list[tuple[str, str]]:
        """Return who has a domain; where nobody has, who has the one that it is part of."""
        for each in wider(domain, self._terms.providers):
            if found := [c.key for c in self._alive if each in c.domains]:
                return [(key, each) for key in found]
        return []

    def _named(self, company: Company) -> int:
        if By.NAME not in self._terms.by:
            return 0
        name = str(self._fields.get("company") or "")
        key = name_key(name)
        if not key or key != name_key(company.name):
            return 0
        return POINTS[By.NAME] + (SPELLED if spelling(name) == spelling(company.name) else 0)

    def _contradicts(self, company: Company) -> str:
        """Say why a company of the same name is another: their domains have nothing in common.

        acme.fr and acme.com may well be one company's, acme.fr and acme-tools.com are not.
        """
        own = [each for each in (self._email, *self._sites) if wider(each, self._terms.providers)]
        if not own or not company.domains:
            return ""
        if {label(each) for each in own} & {label(each) for each in company.domains}:
            return ""
        return said("other_website", theirs=company.domains[0], ours=own[0])


def _top(likely: Sequence[Candidate], known: Mapping[str, Company]) -> Candidate | None:
    """Return the one that all the others belong to, directly or not."""
    for each in likely:
        rest = [other for other in likely if other is not each]
        if all(each.company.key in _ancestors(other.company, known) for other in rest):
            return each
    return None


def _ancestors(company: Company, known: Mapping[str, Company]) -> set[str]:
    found: set[str] = set()
    parent = company.parent
    while parent is not None and parent not in found:
        found.add(parent)
        above = known.get(parent)
        parent = above.parent if above else None
    return found
