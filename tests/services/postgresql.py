"""A PostgreSQL cluster of our own, as an unprivileged user, with a database for whoever asks.

``initdb`` takes a second, so its result is kept in the system's temporary folder for each version and user, and copied.
The cluster's folder lies there too: the postgres user could not walk through pytest's private ones.
"""

import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tests.services.programs import MissingProgramError, free_port, kill, program, start, stop, until

OWNER = "app"
# Nobody keeps a test's data: these make it several times faster. `durable=True` leaves them as a city has them.
HURRY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def programs_folder() -> Path:
    """Where this machine has initdb and postgres; the newest version when it has several."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    return found[-1] if found else Path(program("initdb")).parent


class PostgreSQL:
    """One cluster on a loopback port that it keeps across ``kill`` and ``start``."""

    def __init__(self, *, durable: bool = False) -> None:
        self.programs = programs_folder()
        self.durable = durable
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="dokodemo-postgresql-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._user = unprivileged_user()
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._copying = threading.Lock()
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        shutil.copytree(self._initialised(), self.folder / "data", symlinks=True)
        if self._user:
            for path in [self.folder / "data", *(self.folder / "data").rglob("*")]:
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        (self.folder / "data").chmod(0o700)

    def start(self) -> "PostgreSQL":
        """Up and answering (after a ``kill``: recovered)."""
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
                   "-k", str(self.folder), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        for setting in () if self.durable else HURRY:
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self.process = start(command, output=log, **self._as_user())
        until(self._answers, "PostgreSQL answers", seconds=60)
        return self

    def url(self, name: str) -> str:
        """The address of a database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{name}"

    def fresh(self, template: str | None = None, *, prepare: Callable[[str], object] | None = None) -> str:
        """The address of a new database: empty, or a copy of what ``prepare(url)`` made once for this ``template``."""
        name = f"test_{next(self._numbers)}"
        with self._copying:  # CREATE DATABASE refuses a template that somebody else is copying from
            source = "template1"
            if template is not None:
                if template not in self._templates:
                    assert prepare is not None, f"nobody has prepared the template {template!r}"
                    base = f"template_{len(self._templates) + 1}"
                    self.execute(f'CREATE DATABASE "{base}"')
                    prepare(self.url(base))
                    self._templates[template] = base
                source = self._templates[template]
            self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database of ``fresh``, whoever is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement as the owner, outside any transaction."""
        with self._connected() as connection:
            connection.execute(statement.encode())

    def kill(self) -> None:
        """``kill -9`` of the server and all its processes (a fault)."""
        assert self.process is not None
        kill(self.process)

    def stop(self) -> None:
        """Gone, and its folder with it."""
        if self.process is not None:
            stop(self.process, signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connected(self) -> psycopg.Connection[Any]:
        url = f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres"
        return psycopg.connect(url, autocommit=True, connect_timeout=5)

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError("PostgreSQL ended: " + (self.folder / "log").read_text()[-2000:])
        try:
            self._connected().close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_user(self) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        how: dict[str, Any] = {"cwd": self.folder, "env": environment}
        if self._user:
            how |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return how

    def _initialised(self) -> Path:
        """A data folder fresh from initdb, made once for this version and user."""
        asked = [str(self.programs / "postgres"), "--version"]
        said = subprocess.run(asked, capture_output=True, text=True, check=True)
        version = "-".join(re.findall(r"\d+", said.stdout)[:2])
        owner = self._user.pw_uid if self._user else os.geteuid()
        kept = Path(tempfile.gettempdir()) / f"dokodemo-initdb-{version}-{owner}"
        if kept.is_dir() and kept.stat().st_uid == owner and not kept.stat().st_mode & 0o077:
            return kept
        made = self.folder / "made"
        initdb = [str(self.programs / "initdb"), "-D", str(made), "-U", OWNER, "--auth=trust", "--no-sync"]
        initdb += ["-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **self._as_user())
        try:
            made.rename(kept)
        except OSError:  # another run made it at the same moment, or somebody else's folder has the name
            return made
        return kept


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whose rights PostgreSQL gets: it refuses root's. None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise MissingProgramError("no user postgres or nobody to run PostgreSQL as")
