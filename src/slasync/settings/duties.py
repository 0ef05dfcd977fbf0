"""Obligations, read together with the clocks and the connectors that they speak of."""

from collections.abc import Iterator, Mapping

from slasync.domain.agreement import Start
from slasync.domain.nurture import OWN_FIELDS
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.agreement_parts import EvidencePart
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem, did_you_mean
from slasync.settings.rules import compile_rule
from slasync.systems import FieldType

RecordKind = tuple[str, str]
ENROLMENT: Path = ("obligations", "marketing", "enrolment")


def owed(
    agreement: AgreementFile | None,
    policy: Mapping[str, Document],
    fields: Mapping[str, FieldType],
    told_by: Mapping[str, frozenset[RecordKind]],
) -> Iterator[Problem]:
    """Yield what does not fit together."""
    if agreement is None:
        return
    document = policy["agreement"]
    found = [
        *_limit(agreement),
        *_evidence(agreement, fields, told_by),
    ]
    yield from (document.problem(path, what) for path, what in found)


def _limit(agreement: AgreementFile) -> Iterator[tuple[Path, str]]:
    """The clock that holds the limit counts from a return and has a deadline."""
    part, clocks = agreement.obligations.marketing.enrolment, agreement.clocks
    if part is None or part.clock is None:
        return
    path: Path = (*ENROLMENT, "clock")
    clock = clocks.get(part.clock)
    if clock is None:
        yield path, f"there is no clock {part.clock!r}{did_you_mean(part.clock, clocks)}"
    elif clock.starts_on != Start.RECYCLED:
        yield path, f"clock {part.clock} counts from another event: it needs starts_on: recycled"
    elif clock.deadline is None:
        yield path, f"clock {part.clock} has no deadline, and that is the limit: give it one"


def _evidence(
    agreement: AgreementFile,
    fields: Mapping[str, FieldType],
    told_by: Mapping[str, frozenset[RecordKind]],
) -> Iterator[tuple[Path, str]]:
    """A clock of marketing's ends when something is seen: it has to be said what, and read."""
    part = agreement.obligations.marketing.enrolment
    evidence = part.evidence if part else None
    clocks = {n: c for n, c in agreement.clocks.items() if c.starts_on == Start.RECYCLED}
    if evidence is None:
        for name in clocks:
            what = (
                "enrolled never comes: obligations.marketing.enrolment.evidence does not say by"
                " what it is seen"
            )
            yield ("clocks", name, "ends_on"), what
        return
    own = sorted(reads_of(evidence, fields) & OWN_FIELDS)
    if own:
        what = f"slasync writes {own[0]} itself when it gives a lead back: that is no evidence"
        yield (*ENROLMENT, "evidence", "when"), what
    kinds = records_telling(evidence, fields, told_by)
    streams = {f"{system}.{kind}s" for system, kind in kinds}
    for name, clock in clocks.items():
        if streams and streams.isdisjoint(clock.reads):
            what = f"enrolment is told by {' and '.join(sorted(streams))}: name it here as well"
            yield ("clocks", name, "reads"), what


def records_telling(
    evidence: EvidencePart,
    fields: Mapping[str, FieldType],
    told_by: Mapping[str, frozenset[RecordKind]],
) -> frozenset[RecordKind]:
    """Return the records that have a field which the evidence reads."""
    reads = reads_of(evidence, fields)
    return frozenset().union(*(told_by.get(name, frozenset()) for name in reads))


def reads_of(evidence: EvidencePart, fields: Mapping[str, FieldType]) -> frozenset[str]:
    """Return the fields that the evidence reads; none while a connector's file is wrong."""
    try:
        return compile_rule(evidence.when, fields).reads if fields else frozenset()
    except ValueError:  # a field of the file that is wrong, which is told there
        return frozenset()
