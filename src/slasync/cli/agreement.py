"""`slasync agreement`: the agreement to read and to sign; asks nobody and needs no secrets."""

from pathlib import Path

import click

from slasync.cli.output import print_json, say
from slasync.cli.surroundings import WrongCall, around, config_option, find_home, json_option
from slasync.reports.agreement import LANGUAGES, render
from slasync.settings.paper import Paper, load_paper
from slasync.settings.standing import SIDES, signature_of, signs


@click.group()
def agreement() -> None:
    """The agreement as both sides read and sign it."""


@agreement.command("render")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default="en", show_default=True,
              help="German or English.")  # fmt: skip
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write it into FILE instead of printing it.")  # fmt: skip
@config_option
def render_document(*, language: str, output: Path | None, config_dir: Path | None) -> None:
    """Write the agreement in force as a document (Markdown), its nine parts and its sign-off."""
    text = render(_paper(config_dir), language)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise WrongCall(f"{output}: {error.strerror or 'cannot be written'}") from None
    say(str(output))


@agreement.command("hash")
@json_option
@config_option
def hash_(*, as_json: bool, config_dir: Path | None) -> None:
    """Print the hash that both sides sign: of everything agreed but the sign-off itself."""
    paper = _paper(config_dir)
    if as_json:
        print_json({"hash": paper.hash, "signed": {side: _signed(paper, side) for side in SIDES}})
    else:
        say(paper.hash)


def _signed(paper: Paper, side: str) -> bool:
    signature = signature_of(paper.agreement, side)
    return signature is not None and signs(signature, paper.hash)


def _paper(config_dir: Path | None) -> Paper:
    home = find_home(config_dir, around().environ)
    return load_paper(home.config, home.connectors)
