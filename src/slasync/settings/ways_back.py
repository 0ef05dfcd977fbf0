"""What does not fit together about leads that go back, and what of it is not written down."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from slasync.domain.agreement import Agreement, EffectKind
from slasync.domain.nurture import NURTURE, PATH, REASON, REFUSAL, RETURN, plain
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.connector_files import SalesforceFile
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem, did_you_mean
from slasync.systems import Direction

REASON_FIELDS = {"recycled": REASON, "disqualified": REFUSAL}


def lost_ways(agreement: AgreementFile | None, document: Document) -> Iterator[Problem]:
    """Yield reasons without a path, and names that nothing has."""
    if agreement is None:
        return
    if NURTURE in agreement.clocks:
        what = f"no clock can be called {NURTURE}: what is due after a return goes by that name"
        yield document.key_problem(("clocks", NURTURE), what)
    definitions = [part.name for part in agreement.definitions.mql.any_of]
    for i, name in enumerate(agreement.recycling.let_through):
        if name not in definitions:
            what = f"there is no definition {name!r}{did_you_mean(name, definitions)}"
            yield document.problem(("recycling", "let_through", i), what)
    on_return = agreement.recycling.on_return
    if on_return and not any(part.returns_after for part in agreement.nurture):
        what = "no programme of part 5 says returns_after: no lead ever returns"
        yield document.problem(("recycling", "on_return"), what)
    yield from _without_path(agreement, document)


def _without_path(agreement: AgreementFile, document: Document) -> Iterator[Problem]:
    """A lead that a rung gives back has to go somewhere."""
    programmes = agreement.nurture
    if not programmes or any(part.default for part in programmes):
        return
    known = [reason for part in programmes for reason in part.for_reasons]
    for path, reason in _given(agreement):
        if plain(reason) not in map(plain, known):
            what = (
                f"no programme of nurture is for {reason!r}{did_you_mean(reason, known)}: add it to"
                " for_reasons, or make one programme the default"
            )
            yield document.problem((*path, "reason"), what)


def _given(agreement: AgreementFile) -> Iterator[tuple[Path, str]]:
    for name, clock in agreement.clocks.items():
        for i, rung in enumerate(clock.ladder):
            for j, effect in enumerate(rung.effects):
                if effect.do == EffectKind.RECYCLE:
                    path: Path = ("clocks", name, "ladder", i, "effects", j)
                    yield path, effect.reason or ""


def unwritten_ways(
    agreement: AgreementFile | None, crm: SalesforceFile | None, policy: Mapping[str, Document]
) -> tuple[Problem, ...]:
    """Warn of what the CRM will not show, and of reasons that cannot be asked for."""
    if agreement is None or crm is None:
        return ()
    document, fields = policy["agreement"], crm.lead.by_name()
    found = [
        document.problem(("recycling", "reasons_required", i), _unknowable(end))
        for i, end in enumerate(agreement.recycling.reasons_required)
        if REASON_FIELDS[end] not in fields
    ]
    written = {n for n, part in fields.items() if part.direction is not Direction.READ}
    lacking = [name for name in (REASON, PATH, RETURN) if name not in written]
    recycles = [path for path, _ in _given(agreement)]
    if lacking and recycles:
        what = (
            f"{', '.join(lacking)} of a lead that is given back: not written into the CRM, as"
            " connectors/salesforce/connector.yaml maps no lead field to them with direction both"
        )
        found.append(document.problem(recycles[0], what))
    return tuple(found)


def as_mapped(agreement: Agreement, crm: SalesforceFile | None) -> Agreement:
    """Return the agreement with those fields of ways back that are written, and those read."""
    if crm is None:
        return agreement
    fields, nurture = crm.lead.by_name(), agreement.nurture
    reads = {n for n in nurture.reads if fields[n].direction is not Direction.WRITE}
    writes = {n for n in nurture.writes if fields[n].direction is not Direction.READ}
    known = replace(nurture, reads=frozenset(reads), writes=frozenset(writes))
    return replace(agreement, nurture=known)


def _unknowable(end: str) -> str:
    return (
        f"a lead that is {end} is to have a reason, and connectors/salesforce/connector.yaml maps"
        f" no lead field to {REASON_FIELDS[end]}: every one will lack it"
    )
