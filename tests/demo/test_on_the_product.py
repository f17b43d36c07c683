"""The simulated city on the real product: real HTTP, real database, real importers, tokens of the demo's issuer."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from dokodemo import backends
from dokodemo.actions import Services
from dokodemo.actions.rebuild import rebuild
from dokodemo.app import create_app
from dokodemo.cli.demo_serve import config_of
from dokodemo.cli.installation import opened
from dokodemo.cli.serve import prepare
from dokodemo.demo.city import CityLife
from dokodemo.demo.cli import simulate
from dokodemo.demo.clock import demo_zone, past_working_days
from dokodemo.demo.drive import Progress, Storm, at_moments
from dokodemo.demo.figures import Figures
from dokodemo.demo.fleet import Fleet
from dokodemo.demo.founding import found
from dokodemo.demo.history import History
from dokodemo.demo.inhabitant import Inhabitant
from dokodemo.demo.issuer import create_issuer, searching
from dokodemo.demo.networks import site_of
from dokodemo.demo.premises import EXTENSION_CLIENT, Premises
from dokodemo.demo.ribbon import Stretch, ribbon
from dokodemo.demo.roster import fiscal_year_of, people
from dokodemo.demo.tokens import Tokens, by_fragment, demo_person, minted
from dokodemo.store import people as people_rows
from dokodemo.store.rows.journals import segments
from tests.faults.checker import Violation, check
from tests.faults.derived import judge, tables_of
from tests.faults.dumps import dump, read_histories


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (its name in werkzeug)
        """Keep no lines."""


@dataclass
class Product:
    """The product with the demo's issuer, serving."""

    premises: Premises
    services: Services
    database_url: str

    @property
    def today(self) -> date:
        return datetime.now(ZoneInfo(self.premises.zone)).date()

    def fleet(self, tokens: Tokens, count: int, history: History | None = None) -> Fleet:
        year = fiscal_year_of(self.today)
        return Fleet(self.premises.url, tokens, year=year, count=count, history=history, clocks_wrong=False)

    def by_fragment(self) -> Tokens:
        here = self.premises
        return by_fragment(here.issuer_url, here.issuer_key, EXTENSION_CLIENT, here.extension_redirect)

    def person_ids(self) -> dict[str, str]:
        with self.services.read() as transaction:
            return {person.staff_number: str(person.id) for person in people_rows.all_of(transaction)}

    def violations(self, history: Path) -> list[Violation]:
        differing = [journal for journal, equal in rebuild(self.services, repair=False) if not equal]
        lines = list(read_histories([history]))
        mine = {line["journal"] for line in lines}  # other tests of this file have devices of their own
        logged = dump(self.database_url, self.premises.url, differing=differing)
        found = check(lines, {name: journal for name, journal in logged.items() if name in mine})
        return found + judge(tables_of(self.database_url))


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("demo")
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=_Quiet)
    here = Premises(str(folder), f"http://127.0.0.1:{server.server_port}", demo_zone(datetime.now(UTC)))
    config = config_of(here)
    prepare(config)
    with opened(config) as operator:
        found(operator.services, here, keep=False)
    services = backends.build(config)
    issuer = create_issuer(
        people=searching(demo_person(member) for member in people(year=fiscal_year_of(datetime.now(UTC).date()))),
        base_url=here.issuer_url, clients=here.clients(), key_path=here.issuer_key,
    )  # fmt: skip
    server.app = DispatcherMiddleware(create_app(services, config), {"/issuer": issuer})
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield Product(here, services, config.database_url)
    server.shutdown()
    server.server_close()
    services.live.close()
    services.database.close()


def test_a_storm_of_sign_ins_by_the_fragment_flow_loses_nothing(product: Product, tmp_path: Path) -> None:
    async def story() -> Progress:
        fleet = product.fleet(product.by_fragment(), 30, History(tmp_path / "devices.jsonl"))
        progress = Progress(30, fleet.count_in(Figures()))
        await at_moments(Storm(fleet.devices, seconds=2).jobs(), progress)
        await fleet.close()
        return progress

    progress = asyncio.run(story())
    assert (progress.failed, progress.figures.errors(), progress.figures.mismatches) == ([], {}, 0)
    assert product.violations(tmp_path / "devices.jsonl") == []


def test_ribbons_of_fifty_people_over_past_days_equal_the_plan(product: Product, tmp_path: Path) -> None:
    days = [midnight.date() for midnight in past_working_days(datetime.now(UTC), product.premises.zone)]
    tokens = minted(product.premises.issuer_url, product.premises.issuer_key, EXTENSION_CLIENT)
    lived: list[Inhabitant] = []

    async def story() -> CityLife:
        fleet = product.fleet(tokens, 52)
        life = CityLife(fleet, zone=ZoneInfo(product.premises.zone))
        own = [device for device in fleet.devices if not device.use.second]
        lived.extend(Inhabitant(device, life.plan_of(device.use, min(days))) for device in own)
        await asyncio.gather(*(life.replay_days(inhabitant, sorted(days)) for inhabitant in lived))
        await fleet.close()
        return life

    life = asyncio.run(story())
    stored = segments_by_binding(product)
    compared = 0
    for inhabitant in lived:
        use = inhabitant.device.use
        room = site_of(use.member.unit_code).side
        planned = [stretch for on in sorted(days) for stretch in ribbon(life.plan_of(use, on), room=room)]
        assert stored.get(str(inhabitant.device.binding_id), []) == planned
        compared += bool(planned)
    assert compared >= 45


def segments_by_binding(product: Product) -> dict[str, list[Stretch]]:
    """The settled segments of every journal as stretches, those joined that differ only in who says where."""
    with product.services.read() as transaction:
        query = select(segments).order_by(segments.c.journal_id, segments.c.session, segments.c.n)
        rows = list(transaction.execute(query))
    found: dict[str, list[Stretch]] = {}
    for (journal, _), group in groupby(rows, key=lambda row: (row.journal_id, row.session)):
        out: list[Stretch] = []
        for row in group:
            place = None if row.place is None else str(row.place)
            known = (str(row.state), place, row.meeting)
            goes_on = bool(out) and (out[-1].state, out[-1].place, out[-1].meeting) == known
            since = out.pop().since if goes_on else row.started_at
            out.append(Stretch(since, row.ended_at, *known))
        found.setdefault(str(journal), []).extend(out)
    return found


def test_today_is_on_the_product_as_planned_with_whereabouts_and_places(product: Product, tmp_path: Path) -> None:
    async def story() -> CityLife:
        fleet = product.fleet(product.by_fragment(), 400, History(tmp_path / "devices.jsonl"))
        life = CityLife(fleet, zone=ZoneInfo(product.premises.zone), person_ids=product.person_ids())
        await life.replay_today()
        await fleet.close()
        return life

    life = asyncio.run(story())
    assert (life.figures.errors(), dict(life.figures.codes)) == ({}, {})
    assert product.violations(tmp_path / "devices.jsonl") == []
    here = [i for i in life.inhabitants if i.device.binding_id and not i.device.use.second]
    assert len(here) > 280
    assert all(i.device.outbox.waiting == 0 for i in here)


def test_simulate_writes_a_record_and_histories_that_the_checker_accepts(product: Product, tmp_path: Path) -> None:
    here = product.premises
    arguments = [
        "--url", here.url, "--devices", "20", "--storm-seconds", "1", "--minutes", "0.1", "--tokens", "fragment",
        "--issuer-key", str(here.issuer_key), "--json", str(tmp_path / "record.json"), "--histories", str(tmp_path),
    ]  # fmt: skip
    result = CliRunner().invoke(simulate, arguments)
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert (record["devices"], record["keys"], record["lost"], record["failures"]) == (20, 20, 0, [])
    storm = record["phases"]["storm"]
    assert (storm["devices_ready"], storm["errors"], storm["routes"]["binding"]["statuses"]) == (20, {}, {"201": 20})
    assert 0 < storm["all"]["p50"] <= storm["all"]["p99"] <= storm["all"]["max"]
    assert product.violations(tmp_path / "devices.jsonl") == []
    lines = list(read_histories([tmp_path / "devices.jsonl"]))
    mine = {line["journal"] for line in lines}
    assert {line["journal"] for line in lines if line["what"] == "applied"} == mine
    logged = {name: journal for name, journal in dump(product.database_url, here.url).items() if name in mine}
    assert len(logged) == 20
    assert sum(len(journal.events) for journal in logged.values()) == record["recorded"]
