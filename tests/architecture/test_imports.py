"""Rings hold: every import is in the table, the domain is pure, the time is an argument."""

import subprocess
import sys

import pytest

from tests.architecture.imports import RINGS, clock_readings, import_faults, impurities, ring_of
from tests.architecture.sources import PACKAGE, modules


def test_every_import_is_in_the_table() -> None:
    assert [] == [fault for module, source in modules() for fault in import_faults(module, source)]


def test_every_ring_is_in_the_table() -> None:
    rings = {path.stem for path in PACKAGE.iterdir() if path.name[0] not in "_."}
    assert set() == rings - RINGS.keys()


def test_the_domain_depends_on_its_arguments_alone() -> None:
    domain = [(module, source) for module, source in modules() if ring_of(module) == "domain"]
    assert domain
    assert [] == [fault for module, source in domain for fault in impurities(module, source)]


def test_the_store_is_told_the_time() -> None:
    store = [(module, source) for module, source in modules() if ring_of(module) == "store"]
    assert store
    assert [] == [fault for module, source in store for fault in clock_readings(module, source)]


def test_a_server_never_loads_the_demo() -> None:
    parts = [name for name in ("app", "backends", "worker", "cli") if any(PACKAGE.glob(f"{name}*"))]
    script = "; ".join(f"import dokodemo.{name}" for name in parts) + "; import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "dokodemo.app" in loaded
    assert [] == [name for name in loaded if name.startswith("dokodemo.demo")]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("dokodemo.domain.people", "import marshmallow"),
        ("dokodemo.domain.people", "from dokodemo.store import people"),
        ("dokodemo.domain.people", "def f():\n    from dokodemo import store"),
        ("dokodemo.domain.people", "from . import units"),
        ("dokodemo.actions.ingest", "import sqlalchemy"),
        ("dokodemo.actions.ingest", "from dokodemo.web import auth"),
        ("dokodemo.actions.ingest", "from dokodemo.backends import build"),
        ("dokodemo.schemas.events", "from dokodemo.store import events"),
        ("dokodemo.store.events", "from flask import request"),
        ("dokodemo.web.events", "import sqlalchemy"),
        ("dokodemo.web.events", "from marshmallow import Schema"),
        ("dokodemo.web.events", "from dokodemo.live import Live"),
        ("dokodemo.cli.serve", "from dokodemo.demo import tree"),
        ("dokodemo.demo.tree", "from dokodemo.store import people"),
        ("dokodemo.leftovers", "import json"),
    ],
)
def test_an_import_outside_the_table_is_found(module: str, source: str) -> None:
    assert import_faults(module, source)


@pytest.mark.parametrize(
    "source",
    [
        "import os", "from time import monotonic", "import os.path", "def f():\n    import random",
        "from datetime import datetime\nx = datetime.now()", "import uuid\nx = uuid.uuid4()", "x = today()",
        "from datetime import datetime\nfrom dataclasses import field\nx = field(default_factory=datetime.utcnow)",
        "print('x')", "open('x')",
    ],
)
def test_an_impurity_is_found(source: str) -> None:
    assert impurities("dokodemo.domain.sample", source)


def test_what_the_table_allows_passes() -> None:
    assert [] == import_faults("dokodemo.web.events", "import flask\nfrom marshmallow import ValidationError")
    assert [] == import_faults("dokodemo.cli.demo", "from dokodemo.demo import tree")
    assert [] == impurities("dokodemo.domain.sample", "from datetime import datetime\ndef f(now: datetime): return now")
