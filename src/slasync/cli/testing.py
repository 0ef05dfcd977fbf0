"""`slasync test`: the policy's own tests, played without a system, a database or a secret."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, table
from slasync.cli.surroundings import WrongCall, around, config_option, find_home, json_option
from slasync.domain.counting import so_many
from slasync.reports.coverage import Coverage, coverage
from slasync.reports.policy_cases import case_of
from slasync.reports.policy_tests import Result, judged
from slasync.settings.policy import Policy, load_policy, load_policy_tests

FILE = click.Path(exists=True, path_type=Path)
Results = dict[Path, list[Result]]


@click.command()
@click.argument("files", nargs=-1, type=FILE)
@json_option
@config_option
def test(*, files: tuple[Path, ...], as_json: bool, config_dir: Path | None) -> None:
    """Play the tests in FILES, or folders of them; default: config/tests.

    Needs agreement, calendars, teams and the field maps; no secrets. Then tells what of the
    agreement no test has reached. Exits with 0 when all pass, 1 when one fails, 2 when a file is
    wrong.
    """
    surroundings = around()
    home = find_home(config_dir, surroundings.environ)
    today = surroundings.seams.clock.now().date()
    policy = load_policy(home.config, home.connectors, surroundings.environ, today=today)
    results = _played(policy, _files(files or (home.config / "tests",)))
    covered = coverage(
        policy.agreement, (t for found in results.values() for r in found for t in r.taken)
    )
    failed = sum(bool(result.failures) for found in results.values() for result in found)
    if as_json:
        print_json(_values(policy, results, covered, failed))
    else:
        _show(results, covered, failed)
    raise SystemExit(Exit.WRONG if failed else Exit.OK)


def _files(given: Sequence[Path]) -> list[Path]:
    found = [file for path in given for file in (_of_folder(path) if path.is_dir() else [path])]
    if not found:
        raise WrongCall(
            f"there are no tests in {', '.join(map(str, given))}: docs/testing_policies.md tells"
            " how to write some"
        )
    return list(dict.fromkeys(found))


def _of_folder(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _played(policy: Policy, paths: Sequence[Path]) -> Results:
    files = load_policy_tests(policy, paths)
    return {
        path: [judged(case_of(policy, file, part)) for part in file.tests]
        for path, file in files.items()
    }


def _values(policy: Policy, results: Results, covered: Coverage, failed: int) -> dict[str, Any]:
    tests = [
        {
            "file": str(path),
            "name": result.name,
            "passed": not result.failures,
            "failures": list(result.failures),
        }
        for path, found in results.items()
        for result in found
    ]
    agreement = policy.agreement
    return {
        "agreement": {
            "name": agreement.name,
            "version": agreement.version,
            "hash": agreement.hash,
        },
        "tests": tests,
        "passed": len(tests) - failed,
        "failed": failed,
        "reached": len(covered.there) - len(covered.missed),
        "never_reached": [{"kind": m.kind, "name": m.name} for m in covered.missed],
    }


def _show(results: Results, covered: Coverage, failed: int) -> None:
    for path, found in results.items():
        say(str(path))
        for result in found:
            say(f"  {'FAILED' if result.failures else 'ok':6}  {result.name}")
            for failure in result.failures:
                say(f"            {failure}")
    count = sum(map(len, results.values()))
    say()
    say(f"{so_many(count, 'test')}, {failed} failed")
    there, missed = len(covered.there), len(covered.missed)
    say(f"{there - missed} of the {there} definitions, rungs, effects and ends were reached")
    if covered.missed:
        say()
        table("Never reached", ("kind", "name"), [(m.kind, m.name) for m in covered.missed])
