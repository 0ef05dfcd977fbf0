"""What slasync goes by while its files are broken: the edition that it kept, beside the files."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from slasync.cli.databases import used_database, used_database_at
from slasync.cli.output import say, utc
from slasync.cli.surroundings import Surroundings, WrongCall, find_home
from slasync.domain.counting import so_many
from slasync.settings import ConfigurationError, Settings, database_of
from slasync.store.editions import Edition
from slasync.store.unit import Unit, reading
from slasync.workers.reload import MOST_LINES, TEXTS, lines_between

FEW_LINES = 12  # of a difference that stands beside other things


@dataclass(frozen=True, slots=True)
class Broken:
    """Files that cannot be taken up, and what is in force instead."""

    error: ConfigurationError
    edition: Edition
    difference: tuple[str, ...]  # of agreement, calendars and teams, as far as they can be read

    @property
    def values(self) -> dict[str, object]:
        """Return it as JSON values and times."""
        return {
            "files": sorted({problem.file for problem in self.error.problems}),
            "problems": [str(problem) for problem in self.error.problems],
            "in_force_since": self.edition.at,
            "edition": self.edition.hash,
            "difference": list(self.difference[:MOST_LINES]),
        }


@dataclass(frozen=True, slots=True)
class Looked:
    """The database, and what it is looked at by."""

    unit: Unit
    settings: Settings | None  # by the edition where files are broken; None: by no file at all
    broken: Broken | None = None


@contextmanager
def looking(surroundings: Surroundings, config_dir: Path | None) -> Iterator[Looked]:
    """Open the database by the files; while they are broken, by what was kept of them.

    Raises ConfigurationError where they are broken and nothing is in force instead.
    """
    with ExitStack() as closing:
        try:
            settings = surroundings.settings_without_secrets(config_dir)
        except ConfigurationError as error:
            yield _kept(surroundings, config_dir, error, closing)
            return
        engine = closing.enter_context(used_database(settings))
        yield Looked(closing.enter_context(reading(engine)), settings)


def _kept(
    surroundings: Surroundings,
    config_dir: Path | None,
    error: ConfigurationError,
    closing: ExitStack,
) -> Looked:
    config = find_home(config_dir, surroundings.environ).config
    url = database_of(config, surroundings.environ)
    if url is None:
        raise error
    try:
        engine = closing.enter_context(used_database_at(url))
    except WrongCall:
        raise error from None
    unit = closing.enter_context(reading(engine))
    edition = unit.editions.last()
    if edition is None:
        raise error
    lines = tuple(lines_between(edition.files, {**edition.files, **_readable(config)}))
    by_edition = _settings(surroundings, config_dir, edition)
    return Looked(unit, by_edition, Broken(error, edition, lines))


def _settings(
    surroundings: Surroundings, config_dir: Path | None, edition: Edition
) -> Settings | None:
    try:
        return surroundings.settings_without_secrets(config_dir, texts=edition.files)
    except ConfigurationError:  # slasync.yaml or a connector.yaml, which are not kept
        return None


def _readable(config: Path) -> Mapping[str, str]:
    """Return the texts of those of the agreement's files that can be read as text."""
    found: dict[str, str] = {}
    for name in TEXTS:
        try:
            found[name] = (config / f"{name}.yaml").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
    return found


def show_broken(broken: Broken, most: int | None = None) -> None:
    """Print what is wrong with the files, what goes on instead, and the difference."""
    say(
        "The files are broken and not taken up. In force stays what was taken up at"
        f" {utc(broken.edition.at)}, edition {broken.edition.hash[:12]}; slasync goes on by it,"
        " and does not start anew before they are mended:"
    )
    for problem in broken.error.problems:
        say(f"  {problem}")
    if not broken.difference:
        say("What can be read of agreement.yaml, calendars.yaml and teams.yaml is in force.")
    for line in broken.difference[:most]:
        say(line)
    if most is not None and (more := len(broken.difference) - most) > 0:
        say(f"and {so_many(more, 'line')} more: slasync config diff")
    say()
