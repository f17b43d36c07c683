"""An embedded server to be killed: the serving process of `dokodemo serve`, with the demo's issuer mounted beside it.

As a program, ``python -m tests.faults.server PREMISES DATABASE_URL`` serves; ``Server`` starts, kills and looks at that program.
"""

import functools
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert

from dokodemo import serving
from dokodemo.cli.demo_serve import _with_issuer, config_of
from dokodemo.cli.serve import prepare
from dokodemo.demo.premises import EXTENSION_CLIENT, Premises
from dokodemo.demo.roster import Member
from dokodemo.demo.tokens import Tokens, minted
from dokodemo.store.engine import Database
from dokodemo.store.rows.people import people
from dokodemo.store.schema import migrate
from tests.services.programs import free_port, kill, start, until

ROOT = Path(__file__).parents[2]


class Server:
    """One data folder and one loopback port, with a process that is killed and started again."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.premises = Premises(str(folder), f"http://127.0.0.1:{free_port()}", "Asia/Tokyo")
        self.database_url = database_url or config_of(self.premises).database_url
        """Where its log lies."""
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return self.premises.url

    def tokens(self) -> Tokens:
        """Id_tokens of its issuer."""
        return minted(self.premises.issuer_url, self.premises.issuer_key, EXTENSION_CLIENT)

    def settle(self, members: list[Member]) -> None:
        """Tables, and these people in the roster."""
        database = Database(self.database_url)
        migrate(database)
        rows = [
            {
                "id": uuid4(), "staff_number": member.staff_number, "name": member.name, "kana": member.kana,
                "email": member.email, "extension": "", "employment": "regular", "valid_from": date(2020, 4, 1),
            }
            for member in members
        ]  # fmt: skip
        database.write(lambda transaction: transaction.execute(insert(people), rows))
        database.close()

    def start(self) -> float:
        """Up and ready; seconds that took."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))
            self.process = start(
                [sys.executable, "-m", "tests.faults.server", self.premises.written(), self.database_url],
                output=log, cwd=ROOT, env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip
        until(self._ready, "the server is ready", pause=0.05)
        return time.monotonic() - began

    def freeze(self) -> None:
        """Stop the serving processes where they are, until they are killed."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)  # gunicorn's workers are in the group of its arbiter

    def kill(self) -> None:
        """``kill -9`` of the serving process and its parent: nobody can say good-bye."""
        assert self.process is not None
        kill(self.process)

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError("the server ended: " + self.log.read_text(errors="replace")[-3000:])
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def main(premises: str, database_url: str) -> None:
    """Serve like `dokodemo demo-serve`, without founding a city."""
    from dokodemo import backends, logs
    from dokodemo.app import create_app

    here = Premises.read(premises)
    config = replace(config_of(here), database_url=database_url)
    logs.configure()
    with serving.serving_lock(config):
        prepare(config)
        make = functools.partial(serving.application, config, create_app, backends.build)
        serving.Server(functools.partial(_with_issuer, make, here), config, here.url.removeprefix("http://")).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
