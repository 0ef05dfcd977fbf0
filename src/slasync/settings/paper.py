"""The agreement as both sides read it: the files in force as they are written, without secrets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slasync.domain.time.calendars import Calendar
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.calendars_file import CalendarsFile
from slasync.settings.document import Document
from slasync.settings.environment import Environment, no_variables
from slasync.settings.known import known_names
from slasync.settings.loader import POLICY, Loading, in_use
from slasync.settings.problems import ConfigurationError
from slasync.settings.standing import signable_hash
from slasync.settings.teams_file import TeamsFile

RECORDS = ("contact", "lead")  # of a system: a name that both have is shown once


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What there is to read and to sign."""

    agreement: AgreementFile
    calendars: Mapping[str, Calendar]  # for the agreement's period
    teams: TeamsFile
    written: Mapping[str, Any]  # agreement.yaml as it is written
    written_teams: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, str]]  # field -> system -> what the system calls it
    hash: str  # of what is signed


def load_paper(config_dir: Path, connectors_dir: Path) -> Paper:
    """Load the agreement to be read. Raises ConfigurationError with all problems.

    Of the connectors only the names of fields are read, variables left as they are written. The
    answer depends on the files alone: neither on the day nor on the machine.
    """
    loading = Loading(Environment({}))
    policy = {name: loading.document(config_dir / f"{name}.yaml", no_variables) for name in POLICY}
    connectors = {
        name: loading.document(path, str)
        for name in in_use(config_dir, connectors_dir)
        if (path := connectors_dir / name / "connector.yaml").is_file()
    }
    return _paper(loading, policy, connectors)


def _paper(
    loading: Loading, policy: Mapping[str, Document], connectors: Mapping[str, Document]
) -> Paper:
    known = known_names(loading.environment, policy, connectors)
    agreement = loading.model(AgreementFile, policy["agreement"], known)
    calendars_file = loading.model(CalendarsFile, policy["calendars"], known)
    teams = loading.model(TeamsFile, policy["teams"], known)
    calendars: Mapping[str, Calendar] = {}
    if agreement is not None:
        begins = agreement.period.begins
        calendars = loading.calendars(calendars_file, policy["calendars"], begins)
    if loading.problems or agreement is None or calendars_file is None or teams is None:
        raise ConfigurationError(sorted(set(loading.problems)))
    return Paper(
        agreement=agreement,
        calendars=calendars,
        teams=teams,
        written=policy["agreement"].data,
        written_teams=policy["teams"].data,
        labels=_labels(connectors),
        hash=signable_hash(policy),
    )


def paper_of(texts: Mapping[str, str], connectors: Mapping[str, Document]) -> Paper:
    """Read an edition that was kept, as `load_paper` reads files. Raises ConfigurationError."""
    loading = Loading(Environment({}))
    texts = {name: texts.get(name, "") for name in POLICY}
    policy = {name: loading.policy(Path(f"{name}.yaml"), texts) for name in POLICY}
    return _paper(loading, policy, connectors)


def _labels(connectors: Mapping[str, Document]) -> Mapping[str, Mapping[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    for system, document in connectors.items():
        for name, label in _mapped(document):
            labels.setdefault(name, {})[system] = label
    return labels


def _mapped(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each field of a connector with the system's own name for it, the lead's last."""
    records = [document.data.get(record) for record in RECORDS if isinstance(document.data, dict)]
    for record in (each for each in records if isinstance(each, dict)):
        custom = record.get("custom")
        for part in (record, custom if isinstance(custom, dict) else {}):
            for name, spec in part.items():
                if isinstance(spec, dict) and isinstance(spec.get("field"), str):
                    yield name, spec["field"]
