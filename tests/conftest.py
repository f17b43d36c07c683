"""Fixtures that every ring's tests share: databases, Redis, Chromium. A test gets a service by asking for its fixture.

A service that is not on this machine makes its tests fail, not skip. ``make test`` alone leaves a suite out, by naming
the service in ``TEST_WITHOUT``, and then ends with "not run: …" and exit 1.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.services.chromium import Device
from tests.services.postgresql import PostgreSQL
from tests.services.redis_server import RedisServer
from tests.services.xvfb import Screen

SERVICE_OF_FIXTURE = {
    "postgresql": "postgresql", "postgres_url": "postgresql", "redis_server": "redis", "redis_url": "redis",
    "browsers": "chromium", "device": "chromium", "screen": "xvfb",
}

hypothesis.settings.register_profile("test", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("deep", deadline=None, max_examples=5000, print_blob=True)
hypothesis.settings.load_profile("deep" if os.environ.get("TEST_DEEP") else "test")


def services_of(item: pytest.Item) -> set[str]:
    """What a test needs: by its fixtures, by its marks, and by the backend that it is parametrised with."""
    needed = {SERVICE_OF_FIXTURE[name] for name in getattr(item, "fixturenames", ()) if name in SERVICE_OF_FIXTURE}
    for mark in item.iter_markers("needs"):
        needed.update(mark.args)
    callspec = getattr(item, "callspec", None)
    if callspec is not None and callspec.params.get("database_url") == "postgresql":
        needed.add("postgresql")
    return needed


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what ``make test`` was told cannot run, and what takes hours unless it was asked for."""
    without = set(os.environ.get("TEST_WITHOUT", "").split())
    deep = bool(os.environ.get("TEST_DEEP"))
    left_out = [item for item in items if services_of(item) & without or (item.get_closest_marker("deep") and not deep)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One cluster for the whole run."""
    cluster = PostgreSQL()
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One redis-server for the whole run."""
    server = RedisServer()
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgresql: PostgreSQL) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    url = postgresql.fresh()
    yield url
    postgresql.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'dokodemo.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, empty database: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """A Redis that holds nothing."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="module")
def browsers() -> Iterator[Playwright]:
    """Playwright's driver. For one module only: while it runs, ``asyncio.run`` is refused in this thread."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def device(browsers: Playwright, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Device]]:
    """Makes Chromebooks: ``device("a", extension_id=…)``, each with its own profile and policy; all closed at the end.

    When the test failed, their pages and what their consoles said are kept in ``tests/artifacts/<test>/``.
    """
    made: list[Device] = []

    def make(name: str, *, extension_id: str, language: str = "ja", screen: Screen | None = None) -> Device:
        made.append(Device(browsers, tmp_path / name, extension_id=extension_id, language=language, screen=screen))
        return made[-1]

    yield make
    for each in made:
        if request.node.stash.get(FAILED, False):
            each.keep_evidence(Path(__file__).parent / "artifacts" / request.node.name)
        each.close()


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A real X screen, for what a headless browser does not know (idleness, windows, notifications)."""
    with Screen() as made:
        yield made


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Lets fixtures know, when they end, whether their test failed, or another fixture of it did."""
    report = yield
    if call.when in ("setup", "call"):
        item.stash[FAILED] = call.excinfo is not None
    return report
