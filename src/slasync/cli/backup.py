"""`slasync backup FILE`: a copy of the database while the daemon goes on."""

from pathlib import Path

import click
from sqlalchemy import make_url

from slasync.cli.databases import FIRST
from slasync.cli.output import progress, say
from slasync.cli.surroundings import WrongCall, around, config_option
from slasync.store.copying import copy_to

MEBIBYTE = 2**20
BY_THE_SERVER = (
    "the database is kept by a server, which has means of its own:"
    " `pg_dump --format=custom --file=slasync.dump DATABASE`; docs/operating.md, Backup and restore"
)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
def backup(*, file: Path, config_dir: Path | None) -> None:
    """Copy the SQLite database to FILE, whole and of one moment; the daemon goes on meanwhile.

    The copy is looked through before it gets its name. Nothing is overwritten.
    """
    url = make_url(around().settings(config_dir).database_url)
    if url.get_backend_name() != "sqlite":
        raise WrongCall(BY_THE_SERVER)
    database = Path(url.database or "")
    if not database.is_file():
        raise WrongCall(f"there is no database {database} yet: {FIRST}")
    if not file.absolute().parent.is_dir():
        raise WrongCall(f"the folder of the backup does not exist: {file.absolute().parent}")
    with progress("copying"):
        size = copy_to(database, file)
    say(f"{file}: {size / MEBIBYTE:.1f} MiB, looked through and sound")
