"""Clocks that start or end with a stage or a rule, read together with statuses and fields."""

from collections.abc import Iterator, Mapping

from slasync.domain.agreement import Stage
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.clock_parts import ClockPart
from slasync.settings.document import Document
from slasync.settings.event_part import EventPart
from slasync.settings.problems import Path, Problem
from slasync.settings.rules import compile_rule
from slasync.systems import FieldType

RecordKind = tuple[str, str]
OF_LEADS = {"hubspot.contacts": "hubspot.leads"}
"""Where HubSpot is the CRM its contacts are read by another name, too."""


def impossible_events(
    agreement: AgreementFile | None,
    document: Document,
    fields: Mapping[str, FieldType],
    told_by: Mapping[str, frozenset[RecordKind]],
) -> Iterator[Problem]:
    """Yield stages that no status ever tells of, and rules over what a clock does not read."""
    if agreement is None:
        return
    told = {Stage.MQL, *agreement.stages.of_status.values()}
    for name, clock in agreement.clocks.items():
        for path, event in _events(clock):
            at: Path = ("clocks", name, *path)
            if event.stage is not None and event.stage not in told:
                what = f"no status in stages.of_status stands for {event.stage}: it never comes"
                yield document.problem(at, what)
            streams = _streams(event, fields, told_by)
            as_leads = {OF_LEADS[name] for name in streams & OF_LEADS.keys()}
            if streams and (streams | as_leads).isdisjoint(clock.reads):
                what = f"the rule is told by {' and '.join(sorted(streams))}: name it here as well"
                yield document.problem(("clocks", name, "reads"), what)


def missing_stages(agreement: AgreementFile | None, document: Document) -> Iterator[Problem]:
    """Yield what speaks of stages that are left out, outside of the part on stages."""
    if agreement is None:
        return
    without = agreement.stages.without
    for stage in (Stage.TARGET, Stage.LEAD):
        if agreement.definitions.lead and stage in without:
            what = f"tells targets from leads, and {stage} is left out in stages.without"
            yield document.problem(("definitions", "lead"), what)
    for i, step in enumerate(agreement.goal.conversion):
        for end, stage in (("from", step.begins), ("to", step.ends)):
            if stage in without:
                what = f"{stage} is left out in stages.without"
                yield document.problem(("goal", "conversion", i, end), what)


def _events(clock: ClockPart) -> Iterator[tuple[Path, EventPart]]:
    if isinstance(clock.starts_on, EventPart):
        yield ("starts_on",), clock.starts_on
    for i, end in enumerate(clock.ends_on):
        if isinstance(end, EventPart):
            yield ("ends_on", i), end


def _streams(
    event: EventPart,
    fields: Mapping[str, FieldType],
    told_by: Mapping[str, frozenset[RecordKind]],
) -> frozenset[str]:
    """Return the streams by which a rule is told; none while a connector's file is wrong."""
    if event.when is None or not fields:
        return frozenset()
    try:
        reads = compile_rule(event.when, fields).reads
    except ValueError:  # a field of the file that is wrong, which is told there
        return frozenset()
    kinds = frozenset[RecordKind]().union(*(told_by.get(name, frozenset()) for name in reads))
    return frozenset(f"{system}.{kind}s" for system, kind in kinds)
