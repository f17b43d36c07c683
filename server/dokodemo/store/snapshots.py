"""One consistent copy of a database in a file, while it is in use."""

import shutil
import subprocess
from pathlib import Path

from dokodemo.domain.errors import ErrorCode, UnavailableError
from dokodemo.store.engine import Database

NAMES = {"sqlite": "dokodemo.db", "postgresql": "dokodemo.dump"}


def take(database: Database, target: Path) -> None:
    """Copy the database as it is at this moment. Raises ``UnavailableError`` when a tool for that is missing."""
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        return
    tool = shutil.which("pg_dump")
    if tool is None:
        raise UnavailableError(ErrorCode.UNAVAILABLE, "pg_dump is not on this machine: install postgresql-client")
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run([tool, "--format=custom", f"--file={target}", url], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnavailableError(ErrorCode.UNAVAILABLE, f"pg_dump failed: {done.stderr.strip().splitlines()[-1:]}")
