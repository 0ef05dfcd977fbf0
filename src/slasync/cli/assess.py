"""`slasync assess`: how mature the work of both sides is; four questions, kept and shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from slasync.cli.databases import used_database
from slasync.cli.output import print_json, say, table, utc
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.figures.maturity import (
    POINTS,
    QUESTIONS,
    Assessment,
    WrongAnswers,
    assessed,
    level_of,
)
from slasync.reports.pack import LANGUAGES, Speech
from slasync.store.unit import reading, transaction

LARGEST = 100_000  # bytes of a file of four answers


@click.command()
@click.option("--answers", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help=f"YAML with {', '.join(QUESTIONS)}: each 1, 3 or 5.")  # fmt: skip
@click.option("--by", default="", metavar="WHO", help="Who answered, for the record.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True,
              help="German or English.")  # fmt: skip
@click.option("--show", is_flag=True, help="Show the assessments there are; ask nothing.")
@json_option
@config_option
def assess(  # noqa: PLR0913 - as many options
    *,
    file: Path | None,
    by: str,
    language: str,
    show: bool,
    as_json: bool,
    config_dir: Path | None,
) -> None:
    """Assess how mature the work of marketing and sales is: 4 to 20 points.

    4 to 8 points: trial; 10 to 14: transition; 16 to 20: strategic. Asks four questions, or takes
    the answers from a file. The last assessment stands in the monthly pack.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    speech = Speech(language, ZoneInfo("UTC"))
    with used_database(settings) as engine:
        if not show:
            answers = _from_file(file) if file else _asked(speech)
            try:
                found = assessed(answers, surroundings.seams.clock.now(), by)
            except WrongAnswers as error:
                raise WrongCall(f"{file or 'answers'}: {error}") from error
            with transaction(engine) as unit:
                unit.assessments.put(found)
        with reading(engine) as unit:
            every = unit.assessments.all()
    if as_json:
        print_json([_values(each) for each in every])
        return
    if not every:
        say(speech.words["assessment.none"])
        return
    rows = [(utc(e.at), e.points, _level(speech, e), e.by or "-") for e in every]
    table("Assessments", ("on", "points of 20", "level", "by"), rows)


def _asked(speech: Speech) -> Mapping[str, object]:
    """Ask the four questions, one after the other."""
    answers: dict[str, object] = {}
    for name in QUESTIONS:
        say(speech.words[f"question.{name}"])
        for points in POINTS:
            say(f"  {points}  {speech.words[f'question.{name}.{points}']}")
        chosen = click.prompt("", type=click.Choice([str(p) for p in POINTS]), prompt_suffix="> ")
        answers[name] = int(chosen)
    return answers


def _from_file(path: Path) -> Mapping[str, object]:
    try:
        if path.stat().st_size > LARGEST:
            raise WrongCall(f"{path} is too large for four answers: is it the right file?")
        found: Any = YAML(typ="safe").load(path.read_text("utf-8"))
    except OSError as error:
        raise WrongCall(f"{path} cannot be read: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise WrongCall(f"{path} is no YAML: {told}") from error
    if not isinstance(found, dict):
        raise WrongCall(f"{path}: write the four answers as `{QUESTIONS[0]}: 3` and so on")
    return {str(name): answer for name, answer in found.items()}


def _level(speech: Speech, found: Assessment) -> str:
    return speech.words[f"assessment.level.{level_of(found.points).value}"]


def _values(found: Assessment) -> dict[str, object]:
    return {
        "on": found.at, "by": found.by or None, "answers": dict(found.answers),
        "points": found.points, "level": level_of(found.points).value,
    }  # fmt: skip
