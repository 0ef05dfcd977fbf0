"""Load the configuration: every problem of every file at once, or settings that are complete."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from slasync.domain.time.calendars import Calendar
from slasync.domain.time.coverage import running_out
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.calendars_file import CalendarsFile
from slasync.settings.compiling import calendar_to_domain, span
from slasync.settings.connector_files import HubSpotFile, ReadEmails, SalesforceFile
from slasync.settings.crossing import Files, crossed, soon_over
from slasync.settings.deployment_file import DATABASES, DeploymentFile
from slasync.settings.document import Document, Expand, parse, read
from slasync.settings.doubts import doubts
from slasync.settings.environment import Environment, WithoutSecrets, no_variables
from slasync.settings.joining import joined
from slasync.settings.known import Known, known_names
from slasync.settings.marketo_file import MarketoFile
from slasync.settings.problems import ConfigurationError, Problem
from slasync.settings.standing import signable_hash, standing, unsigned
from slasync.settings.teams_file import TeamsFile
from slasync.settings.unreached import unreached
from slasync.settings.validation import Model, validated
from slasync.settings.values import Settings
from slasync.settings.ways_back import unwritten_ways

SYSTEMS = ("salesforce", "hubspot", "marketo")
MARKETING = ("hubspot", "marketo")
POLICY = ("agreement", "calendars", "teams")


def load(
    config_dir: Path,
    connectors_dir: Path,
    environ: Mapping[str, str],
    *,
    today: date,
    texts: Mapping[str, str] | None = None,
) -> Settings:
    """Load config/ and the connectors it names.

    `texts` stand in for files of config/: an agreement that was kept, or is only being thought of.
    Raises ConfigurationError with all problems. Calendars are worked out from two years before
    `today` to three years after, unless calendars.yaml says otherwise.
    """
    return _loaded(Loading(Environment(environ)), config_dir, connectors_dir, today, texts or {})


def load_without_secrets(
    config_dir: Path,
    connectors_dir: Path,
    environ: Mapping[str, str],
    *,
    today: date,
    texts: Mapping[str, str] | None = None,
) -> Settings:
    """Load the files as if no secret were missing: to look at them, not to connect.

    Raises ConfigurationError with all other problems.
    """
    loading = Loading(WithoutSecrets(environ))
    return _loaded(loading, config_dir, connectors_dir, today, texts or {})


def database_of(config_dir: Path, environ: Mapping[str, str]) -> str | None:
    """Return the database's URL by its line of slasync.yaml, whatever else is wrong there."""
    try:
        text = (config_dir / "slasync.yaml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    line = next((each for each in text.splitlines() if each.startswith("database:")), "")
    document, problems = parse("slasync.yaml", line, Environment(environ).expand)
    found = document.data.get("database") if isinstance(document.data, dict) else None
    usable = isinstance(found, str) and found.startswith(DATABASES) and not problems
    return found if usable else None


def _loaded(
    loading: "Loading",
    config_dir: Path,
    connectors_dir: Path,
    today: date,
    texts: Mapping[str, str],
) -> Settings:
    policy = {name: loading.policy(config_dir / f"{name}.yaml", texts) for name in POLICY}
    files = loading.files(config_dir, connectors_dir, policy)
    calendars = loading.calendars(files.calendars, policy["calendars"], today)
    loading.problems += crossed(files, policy)
    if loading.problems:
        raise ConfigurationError(sorted(set(loading.problems)))
    warnings = (
        *soon_over(files, policy, today),
        *standing(files.agreement, policy, today),
        *doubts(files.agreement, files.teams, policy, mail_told=_mail_told(files)),
        *unwritten_ways(files.agreement, files.salesforce, policy),
    )
    settings = joined(files, calendars, loading.environment, digest_of(policy.values()), warnings)
    return replace(
        settings,
        warnings=(
            *_running_out(settings, policy["calendars"], today),
            *_unreached(settings, policy["agreement"], today),
            *settings.warnings,
        ),
        files={name: d.raw.decode() for name, d in policy.items()},
        connectors=files.connectors,
        signable_hash=signable_hash(policy),
        unsigned=unsigned(files.agreement, policy),
    )


def _mail_told(files: Files) -> bool:
    return files.salesforce is None or files.salesforce.emails is not ReadEmails.NEVER


def load_calendars(config_dir: Path, *, today: date) -> Mapping[str, Calendar]:
    """Load calendars.yaml alone: nothing else, no secrets. Raises ConfigurationError."""
    loading = Loading(Environment({}))
    document = loading.document(config_dir / "calendars.yaml", no_variables)
    file = loading.model(CalendarsFile, document, Known(loading.environment))
    calendars = loading.calendars(file, document, today)
    if loading.problems:
        raise ConfigurationError(sorted(set(loading.problems)))
    return calendars


@dataclass(slots=True)
class Loading:
    """One load: what it found wrong so far."""

    environment: Environment
    problems: list[Problem] = field(default_factory=list)

    def document(self, path: Path, expand: Expand) -> Document:
        document, problems = read(path, expand)
        self.problems += problems
        return document

    def policy(self, path: Path, texts: Mapping[str, str]) -> Document:
        """Read one of the agreement's three files, or the text that stands in for it."""
        text = texts.get(path.stem)
        if text is None:
            return self.document(path, no_variables)
        document, problems = parse(f"{path.name} as kept", text, no_variables)
        self.problems += problems
        return replace(document, raw=text.encode())

    def model(self, model: type[Model], document: Document | None, known: Known) -> Model | None:
        if document is None:
            return None
        found, problems = validated(model, document, known)
        told = {(p.file, p.line, p.col) for p in self.problems}  # refused when read: said once
        self.problems += [p for p in problems if (p.file, p.line, p.col) not in told]
        return found

    def files(
        self, config_dir: Path, connectors_dir: Path, policy: Mapping[str, Document]
    ) -> Files:
        """Validate all files; None stands for one that is wrong."""
        expand = self.environment.expand
        deployment = self.model(
            DeploymentFile,
            self.document(config_dir / "slasync.yaml", expand),
            known_names(self.environment, policy, {}),
        )
        connectors = {
            name: self.document(connectors_dir / name / "connector.yaml", expand)
            for name in _wanted(deployment, connectors_dir)
        }
        known = known_names(self.environment, policy, connectors)
        return Files(
            deployment=deployment,
            agreement=self.model(AgreementFile, policy["agreement"], known),
            calendars=self.model(CalendarsFile, policy["calendars"], known),
            teams=self.model(TeamsFile, policy["teams"], known),
            salesforce=self.model(SalesforceFile, connectors.get("salesforce"), known),
            hubspot=self.model(HubSpotFile, connectors.get("hubspot"), known),
            marketo=self.model(MarketoFile, connectors.get("marketo"), known),
            connectors=connectors,
        )

    def calendars(
        self, file: CalendarsFile | None, document: Document, today: date
    ) -> Mapping[str, Calendar]:
        """Work out the calendars; one that is never open is a problem."""
        built: dict[str, Calendar] = {}
        if file is None:
            return built
        first, last = span(file, today)
        for name, part in file.calendars.items():
            try:
                built[name] = calendar_to_domain(name, part, first, last)
            except ValueError as error:
                self.problems.append(document.key_problem(("calendars", name), str(error)))
        return built


def _running_out(settings: Settings, document: Document, today: date) -> Iterator[Problem]:
    """Warn of calendars in use that end within 60 days, or whose holidays do."""
    for name, what in running_out(settings.agreement, settings.pools, settings.calendars, today):
        yield document.key_problem(("calendars", name), what)


def _unreached(settings: Settings, document: Document, today: date) -> Iterator[Problem]:
    """Warn of rungs that are never climbed."""
    found = unreached(settings.agreement, settings.pools, settings.calendars, today)
    yield from (document.problem(path, what) for path, what in found)


def _wanted(deployment: DeploymentFile | None, connectors_dir: Path) -> list[str]:
    """Name the connectors in use; all there are, while slasync.yaml cannot tell."""
    if deployment is None:
        return [n for n in SYSTEMS if (connectors_dir / n / "connector.yaml").is_file()]
    return [name for name in SYSTEMS if getattr(deployment.systems, name) is not None]


def in_use(config_dir: Path, connectors_dir: Path) -> list[str]:
    """Name the connectors in use, by what slasync.yaml names, right or wrong as it may be.

    Without it all there are, but of several marketing systems the first only.
    """
    path = config_dir / "slasync.yaml"
    data = read(path, str)[0].data if path.is_file() else None
    named = data.get("systems") if isinstance(data, dict) else None
    there = [n for n in SYSTEMS if (connectors_dir / n / "connector.yaml").is_file()]
    if isinstance(named, dict):
        return [name for name in there if name in named]
    others = [name for name in there if name in MARKETING][1:]
    return [name for name in there if name not in others]


def digest_of(documents: Iterable[Document]) -> str:
    """Return the hash of what was agreed: the bytes of agreement, calendars and teams."""
    digest = hashlib.sha256()
    for document in documents:
        digest.update(f"{len(document.raw)}\n".encode())
        digest.update(document.raw)
    return digest.hexdigest()
