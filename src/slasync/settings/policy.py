"""The policy by itself: agreement, calendars and teams, without secrets or a deployment.

What `slasync test` and what-if work with: any machine can load it, a build server's too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from slasync.domain.agreement import Agreement
from slasync.domain.lead import Absence, Pool
from slasync.domain.nurture import BY_HAND
from slasync.domain.routing_rules import To
from slasync.domain.time.calendars import Calendar
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.calendars_file import CalendarsFile
from slasync.settings.compiling import absences_to_domain, agreement_to_domain
from slasync.settings.compiling_routing import pool_to_domain
from slasync.settings.crossing import Files, crossed
from slasync.settings.document import Document, read
from slasync.settings.environment import Environment, no_variables
from slasync.settings.known import Known, known_names
from slasync.settings.loader import MARKETING, POLICY, Loading, digest_of, in_use
from slasync.settings.policy_test_file import PolicyTestFile
from slasync.settings.policy_test_values import PolicyNames
from slasync.settings.problems import ConfigurationError, Problem
from slasync.settings.rests_part import counted
from slasync.settings.teams_file import TeamsFile
from slasync.settings.validation import validated


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What was agreed, who works by it, and the names that its files may use."""

    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]
    absences: tuple[Absence, ...]
    known: Known


def load_policy(
    config_dir: Path,
    connectors_dir: Path,
    environ: Mapping[str, str],
    *,
    today: date,
    agreement: Path | None = None,
) -> Policy:
    """Load the policy; `agreement` stands in for the file in force.

    Raises ConfigurationError with all problems. Of the connectors only what they map is read:
    variables that are not set are left as they are written.
    """
    environment = Environment(environ)
    loading = Loading(environment)
    places = {name: config_dir / f"{name}.yaml" for name in POLICY}
    places["agreement"] = agreement or places["agreement"]
    policy = {name: loading.document(path, no_variables) for name, path in places.items()}
    connectors = {
        name: loading.document(path, _or_as_written(environment))
        for name in in_use(config_dir, connectors_dir)
        if (path := connectors_dir / name / "connector.yaml").is_file()
    }
    return _policy(loading, policy, connectors, today)


def policy_of(
    texts: Mapping[str, str], connectors: Mapping[str, Document], *, today: date
) -> Policy:
    """Compile a policy of stored texts: agreement, calendars, teams. Raises ConfigurationError."""
    loading = Loading(Environment({}))
    texts = {name: texts.get(name, "") for name in POLICY}
    policy = {name: loading.policy(Path(f"{name}.yaml"), texts) for name in POLICY}
    return _policy(loading, policy, connectors, today)


def _policy(
    loading: Loading,
    policy: Mapping[str, Document],
    connectors: Mapping[str, Document],
    today: date,
) -> Policy:
    known = known_names(loading.environment, policy, connectors)
    files = _files(loading, policy, known)
    calendars = loading.calendars(files.calendars, policy["calendars"], today)
    loading.problems += crossed(files, policy)
    if loading.problems:
        raise ConfigurationError(sorted(set(loading.problems)))
    hubspot = "salesforce" not in connectors and _is_crm(connectors.get("hubspot"))
    creates = _creates_leads(connectors.get("salesforce"))
    made = _compiled(files, calendars, known, digest_of(policy.values()), create_leads=creates)
    marketing = next((n for n in MARKETING if n in connectors), made.agreement.marketing)
    shows = _shows(connectors.get("salesforce"))
    crm = "hubspot" if hubspot else made.agreement.crm
    agreement = replace(made.agreement, marketing=marketing, shows=shows, crm=crm)
    return replace(made, agreement=agreement)


def _is_crm(hubspot: Document | None) -> bool:
    """Tell whether HubSpot's file says what a lead is there."""
    return hubspot is not None and isinstance(hubspot.data, dict) and bool(hubspot.data.get("crm"))


def _compiled(
    files: Files,
    calendars: Mapping[str, Calendar],
    known: Known,
    digest: str,
    *,
    create_leads: bool,
) -> Policy:
    agreement, teams = files.agreement, files.teams
    if not agreement or not teams or not files.calendars:
        raise ValueError("a policy is compiled from files without problems")
    return Policy(
        agreement=counted(
            agreement_to_domain(
                agreement,
                known.fields or {},
                digest,
                create_leads=create_leads,
                told_by=known.told_by or {},
            ),
            calendars,
        ),
        calendars=calendars,
        pools={
            name: pool_to_domain(name, part, teams.roles.marketing, teams.language)
            for name, part in teams.pools.items()
        },
        absences=absences_to_domain(teams, agreement, files.calendars),
        known=known,
    )


def _files(loading: Loading, policy: Mapping[str, Document], known: Known) -> Files:
    return Files(
        deployment=None,
        agreement=loading.model(AgreementFile, policy["agreement"], known),
        calendars=loading.model(CalendarsFile, policy["calendars"], known),
        teams=loading.model(TeamsFile, policy["teams"], known),
        salesforce=None,
        hubspot=None,
        connectors={},
    )


def _or_as_written(environment: Environment) -> Callable[[str], str]:
    def expand(text: str) -> str:
        try:
            return environment.expand(text)
        except ValueError:
            return text

    return expand


def _creates_leads(crm: Document | None) -> bool:
    data = crm.data if crm else None
    return isinstance(data, dict) and data.get("create_leads") == "at_handover"


def _shows(crm: Document | None) -> frozenset[str]:
    listed = crm.data.get("show") if crm and isinstance(crm.data, dict) else None
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def load_policy_tests(policy: Policy, paths: Sequence[Path]) -> dict[Path, PolicyTestFile]:
    """Load files of tests. Raises ConfigurationError with the problems of all of them."""
    problems: list[Problem] = []
    found: dict[Path, PolicyTestFile] = {}
    for path in paths:
        document, unreadable = read(path, no_variables)
        file, wrong = validated(PolicyTestFile, document, _names(policy, document))
        problems += [*unreadable, *wrong]
        if file is not None and not unreadable:
            found[path] = file
    if problems:
        raise ConfigurationError(sorted(set(problems)))
    return found


def _names(policy: Policy, document: Document) -> PolicyNames:
    """What a file can name: its own pools stand in for those of teams.yaml."""
    agreement = policy.agreement
    data = document.data.get("pools") if isinstance(document.data, dict) else None
    own = data if isinstance(data, dict) else {}
    people, queues = _routed_to(agreement)
    for pool in own.values():
        people |= set(_people(pool)) if isinstance(pool, dict) else set()
        queues |= {str(pool["queue"])} if isinstance(pool, dict) and pool.get("queue") else set()
    for name, there in policy.pools.items():
        if name not in own:
            people |= {*there.members, *there.leadership, *filter(None, [there.manager])}
            queues |= {there.queue} if there.queue else set()
    return PolicyNames(
        **{f.name: getattr(policy.known, f.name) for f in fields(policy.known)},
        people=frozenset(people),
        owners=frozenset(people | queues),
        clocks={c.name: frozenset(r.name for r in c.rungs) for c in agreement.clocks},
        definitions=frozenset({BY_HAND, *(d.name for d in agreement.definitions)}),
    )


def _routed_to(agreement: Agreement) -> tuple[set[str], set[str]]:
    """The people and queues that routing rules name."""
    to = [rule.to for rule in agreement.routing.rules]
    people = {t.name for t in to if t.kind == To.USER}
    return people, {t.name for t in to if t.kind == To.QUEUE}


def _people(pool: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses of a pool that may yet be found wrong."""
    for key in ("members", "leadership"):
        listed = pool.get(key)
        for each in listed if isinstance(listed, list) else ():
            yield str(each.get("who") if isinstance(each, dict) else each)
    if pool.get("manager"):
        yield str(pool["manager"])
