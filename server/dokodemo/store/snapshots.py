"""One consistent copy of a database in a file, while it is in use; and tables made from such a file."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from dokodemo.domain.errors import ErrorCode, InvalidError, UnavailableError
from dokodemo.store.engine import Database

NAMES = {"sqlite": "dokodemo.db", "postgresql": "dokodemo.dump"}
VERSION_TABLE = "alembic_version"


def take(database: Database, target: Path) -> None:
    """Copy the database as it is at this moment. Raises ``UnavailableError`` when a tool for that is missing."""
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        return
    _tool("pg_dump", database, "--format=custom", f"--file={target}")


def file_of(database_url: str) -> Path:
    """Where an embedded database lies."""
    return Path(str(make_url(database_url).database))


def is_empty(database: Database) -> bool:
    """Whether there are no tables at all."""
    with database.read() as transaction:
        return not inspect(transaction).get_table_names()


def put(database: Database, dump: Path) -> str:
    """Make PostgreSQL's tables from a dump, in one transaction, **without** the mark of their version, which it gives
    instead: until the caller writes it, no process of ours takes these tables for whole.

    Raises ``UnavailableError`` when a tool for that is missing or fails; the database is as empty then as before.
    """
    with tempfile.TemporaryDirectory(dir=dump.parent) as folder:
        contents = Path(folder) / "contents"
        _tool("pg_restore", None, "--list", f"--file={contents}", str(dump))
        lines = contents.read_text(encoding="utf-8").splitlines(keepends=True)
        contents.write_text("".join(line for line in lines if not _is_version_data(line)), encoding="utf-8")
        version = Path(folder) / "version"
        _tool("pg_restore", None, "--data-only", f"--table={VERSION_TABLE}", f"--file={version}", str(dump))
        held = _version_in(version.read_text(encoding="utf-8"))
        _tool(
            "pg_restore", database, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
            f"--use-list={contents}", str(dump),
        )  # fmt: skip
    return held


def _is_version_data(line: str) -> bool:
    return "TABLE DATA" in line and VERSION_TABLE in line.split()


def _version_in(script: str) -> str:
    """The one row of the version's table, which stands in the script between COPY and its end."""
    _, begun, rest = script.partition(f"{VERSION_TABLE} (version_num) FROM stdin;\n")
    held = rest.split("\n", 1)[0]
    if not begun or held in ("", "\\."):
        raise InvalidError(ErrorCode.INVALID, "the dump does not say which version its tables have")
    return held


def _tool(name: str, database: Database | None, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools. The password goes by the environment, where other users do not see it."""
    tool = shutil.which(name)
    if tool is None:
        raise UnavailableError(ErrorCode.UNAVAILABLE, f"{name} is not on this machine: install postgresql-client")
    environment = dict(os.environ)
    if database is not None:
        url = database.url.set(drivername="postgresql")
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
        arguments = (f"--dbname={url.set(password=None).render_as_string(hide_password=False)}", *arguments)
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise UnavailableError(ErrorCode.UNAVAILABLE, f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
