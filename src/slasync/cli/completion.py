"""`slasync completion SHELL`: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from slasync.cli.output import say

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "slasync"
VARIABLE = "_SLASYNC_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion of SHELL, to be read when it starts.

    \b
    bash:  eval "$(slasync completion bash)"          in ~/.bashrc
    zsh:   eval "$(slasync completion zsh)"           in ~/.zshrc
    fish:  slasync completion fish > ~/.config/fish/completions/slasync.fish

    Commands, options and their choices are completed; leads are not: their names are nobody's
    business in a shell's history.
    """
    script = get_completion_class(shell)
    if script is None:  # pragma: no cover - all of SHELLS have one
        raise click.UsageError(f"there is no completion for {shell}")
    root = context.find_root().command
    say(script(root, {}, PROGRAM, VARIABLE).source())
