"""A city for real Chromebooks: the product's own serving process with the demo's issuer beside it, and a small roster.

As a program, ``python -m tests.e2e.city_server PREMISES PORT`` serves on that port what is reached at the premises'
address: the two differ where a test puts a wire between devices and server. ``CityServer`` founds, starts, kills and
looks at that program; the extension is packed and handed out by the product.
"""

import functools
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from dokodemo import backends, serving
from dokodemo.actions import Services, extension, settings
from dokodemo.cli.demo_serve import config_of
from dokodemo.cli.installation import opened
from dokodemo.cli.serve import prepare
from dokodemo.config import Config
from dokodemo.demo.clock import demo_zone
from dokodemo.demo.founding import found
from dokodemo.demo.issuer import create_issuer, enter_url, searching
from dokodemo.demo.ledger import Machine, machines, uses
from dokodemo.demo.premises import Premises
from dokodemo.demo.roster import Member, fiscal_year_of, people
from dokodemo.demo.tokens import demo_person
from dokodemo.google.issuers import profiles_of
from dokodemo.store.engine import Database
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events
from dokodemo.store.rows.people import people as roster
from tests.services.chromium import Device
from tests.services.programs import free_port, kill, start, until

ROOT = Path(__file__).parents[2]
SECTION = "020300"  # 情報政策課
CLOCK = "clock-ms"
SIGNS_IN = 180  # seconds: a first trial that failed on a busy machine is repeated with the beat, a minute later


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody of the section with their own Chromebook of the ledger."""

    member: Member
    machine: Machine

    @property
    def linux_device(self) -> dict[str, str]:
        """What ChromeOS would tell about the device."""
        of = self.machine
        return {"directory_id": of.directory_id, "serial": of.serial, "asset_id": of.asset_label}


class CityServer:
    """One founded city in a folder of its own. ``url``: where it is reached; ``target``: where it really listens."""

    def __init__(self, folder: Path, *, url: str = "", port: int = 0, zone: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or free_port()
        self.premises = Premises(
            str(folder), url or f"http://127.0.0.1:{self.port}", zone or demo_zone(datetime.now(UTC))
        )
        self.config = config_of(self.premises)
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What devices and people are told."""
        return self.premises.url

    def found(self, *changes: settings.Change) -> "CityServer":
        """Units, people, ledger, roles and first settings, through the real importers; then ``changes`` of settings."""
        prepare(self.config)
        with opened(self.config) as operator:
            services = replace(operator.services, clock=clock_of(self.config))
            found(services, self.premises, keep=False)
            if changes:
                settings.publish(services, changes, by=operator.actor, comment="試験")
        return self

    # ------------------------------------------------------------------------------------------------- who is there

    def seats(self) -> list[Seat]:
        """Staff of the section with a device of their own, in the order of posts; the head is not among them."""
        own = [use for use in uses(self._members(), machines()) if not use.second and use.member.section_code == SECTION]
        return [Seat(use.member, use.machine) for use in own if use.member.post in ("lead", "senior", "staff")]

    def head(self) -> Member:
        """The section's head."""
        return next(one for one in self._members() if one.section_code == SECTION and one.post == "head")

    def enter(self, member: Member, to: str = "/today") -> str:
        """A link that signs a person's browser in to the issuer once and walks the real sign-in to a page."""
        go = f"/sign-in?{urlencode({'issuer': self.premises.issuer_url, 'to': to})}"
        return enter_url(self.premises.issuer_url, self.premises.issuer_key, member.staff_number, go)

    def _members(self) -> tuple[Member, ...]:
        return people(year=fiscal_year_of(clock_of(self.config)().astimezone(self.config.zone).date()))

    # ---------------------------------------------------------------------------------------------------- its devices

    @property
    def extension_id(self) -> str:
        """The id that follows from this installation's key."""
        return self._package().extension_id

    def policy(self, seat: Seat) -> dict[str, object]:
        """What `dokodemo extension policy` says, the device's facts, and leave for tests to look in."""
        (issuer,) = profiles_of(self.config.issuers)
        managed = extension.managed_configuration(self.url, issuer, linux_device=seat.linux_device)
        return extension.browser_policy(self.extension_id, self.url, managed) | {"DeveloperToolsAvailability": 1}

    def sign_in_to_device(self, device: Device, seat: Seat) -> None:
        """What the sign-in to a Chromebook leaves: a session of the issuer in the profile. The browser is closed after."""
        device.policy({"DeveloperToolsAvailability": 1})
        link = enter_url(self.premises.issuer_url, self.premises.issuer_key, seat.member.staff_number)
        assert device.start().open(link).url == f"{self.url}/"
        device.close()
        device.policy(self.policy(seat))

    def _package(self) -> extension.Package:
        return extension.package(self.config.crx_key_file, self.url)

    # -------------------------------------------------------------------------------------------------- its life

    def start(self) -> float:
        """Up and ready; seconds that took."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = start(
                [sys.executable, "-m", "tests.e2e.city_server", self.premises.written(), str(self.port)],
                output=log, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        until(self._ready, "the server is ready", seconds=60, pause=0.05)
        return time.monotonic() - began

    def kill(self) -> None:
        """``kill -9`` of the serving process and its parent; harmless when it is down."""
        if self.process is not None and self.process.poll() is None:
            kill(self.process)

    def operator(self, *arguments: str) -> str:
        """Run `dokodemo` beside the running server; what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOKODEMO_")}
        environment |= {
            "DOKODEMO_DATA_DIR": str(self.folder), "DOKODEMO_DATABASE_URL": self.config.database_url,
            "DOKODEMO_PUBLIC_URL": self.url, "DOKODEMO_TIMEZONE": self.config.timezone, "DOKODEMO_CITY_NAME": "あかぎ市",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "dokodemo", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def move_clock(self, instant: datetime) -> None:
        """From now on the city's clock shows this instant and goes on from there; for a process that runs, too."""
        ahead = round((instant - datetime.now(UTC)) / timedelta(milliseconds=1))
        written = self.folder / f"{CLOCK}.tmp"
        written.write_text(str(ahead))
        written.rename(self.folder / CLOCK)

    def now(self) -> datetime:
        """The city's clock."""
        return clock_of(self.config)()

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError("the server ended: " + self.log.read_text(errors="replace")[-3000:])
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # ------------------------------------------------------------------------------- what is written in its database

    def rows(self, query: Any) -> Sequence[Any]:
        """As one fresh connection reads it."""
        database = Database(self.config.database_url, pool_size=1)
        try:
            with database.read() as transaction:
                return list(transaction.execute(query).all())
        finally:
            database.close()

    def texts(self, seat: Seat) -> list[str]:
        """The events of this person's journals, as they were sent, in the order in which they were taken."""
        query = select(events.c.text).join(bindings, bindings.c.id == events.c.journal_id)
        numbers = bindings.c.person_id.in_(person_of(seat.member))
        found = self.rows(query.where(numbers).order_by(events.c.journal_id, events.c.seq))
        return [bytes(row.text).decode() for row in found]


def person_of(member: Member) -> Any:
    """The id of a person of the roster, as a subquery."""
    return select(roster.c.id).where(roster.c.staff_number == member.staff_number)


def clock_of(config: Config) -> Callable[[], datetime]:
    """The city's clock: the system's, moved by what stands in the folder."""
    moved = config.data_dir / CLOCK

    def now() -> datetime:
        ahead = int(moved.read_text()) if moved.exists() else 0
        return datetime.now(UTC) + timedelta(milliseconds=ahead)

    return now


def main(premises: str, port: str) -> None:
    """Serve like `dokodemo demo-serve`, a city that is founded already."""
    from dokodemo import logs
    from dokodemo.app import create_app

    here = Premises.read(premises)
    config = config_of(here)
    logs.configure()

    def build(configured: Config) -> Services:
        return replace(backends.build(configured), clock=clock_of(configured))

    def served() -> Any:
        product = serving.application(config, create_app, build)
        now = clock_of(config)
        year = fiscal_year_of(now().astimezone(config.zone).date())
        issuer = create_issuer(
            people=searching(demo_person(member) for member in people(year=year)), base_url=here.issuer_url,
            clients=here.clients(), key_path=here.issuer_key, clock=lambda: now().timestamp(),
        )  # fmt: skip
        return DispatcherMiddleware(product, {"/issuer": issuer})

    with serving.serving_lock(config):
        serving.Server(functools.partial(served), config, f"127.0.0.1:{port}").run()


if __name__ == "__main__":
    main(*sys.argv[1:])
