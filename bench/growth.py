"""What a year of history costs: CPU of one event, and room on the disk.

Two groups of journals lie in one database: some with a day behind them, some with a year of 240 working days. Events of
both are handed to the application in turns, in this process, and the CPU time of each group is compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from bench.figures import Figure, figure
from bench.keys import BoundKey, bound
from bench.layers import answered
from bench.serving import Plan
from dokodemo.app import create_app
from dokodemo.backends import build
from dokodemo.store.engine import Database
from dokodemo.store.schema import migrate

EVENTS_A_DAY = 40
APART = timedelta(minutes=12)


def measure(plan: Plan, say: Callable[[str], None], *, days: int = 240, journals: int = 3, rounds: int = 9) -> list[Figure]:
    """``fold_growth`` and ``storage_mb_per_staff_year`` on one backend."""
    config = replace(plan.config, public_url=plan.premises.url)
    services = build(config)
    migrate(services.database)
    app = create_app(services, config)
    keys = bound(services.database, plan.premises.url, 2 * journals)
    young, old = keys[:journals], keys[journals:]
    empty = _size(services.database)
    for key in old:
        _live(app, key, days)
    full = _size(services.database)
    for key in young:
        _live(app, key, 1)
    say(f"{plan.backend}: {journals} journals with {days} days, {journals} with one")
    ratios = []
    for number in range(rounds):
        groups = (young, old) if number % 2 == 0 else (old, young)
        spent = {id(group): _spent(app, group) for group in groups}
        ratios.append(spent[id(old)] / spent[id(young)])
    services.live.close()
    services.database.close()
    megabytes = (full - empty) / journals * (240 / days) / 1e6
    return [
        figure("fold_growth", "-" if plan.backend == "sqlite" else plan.backend, "ratio", ratios),
        figure("storage_mb_per_staff_year", plan.backend, "MB", [megabytes]),
    ]


def _live(app: Flask, key: BoundKey, days: int) -> None:
    """Days of 40 events, sent in small batches as they happen."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(days):
        morning = today - timedelta(days=days - day)
        for batch in range(4):
            last = morning + APART * EVENTS_A_DAY * (batch + 1) / 4
            answered(app, [key.batch(EVENTS_A_DAY // 4, last, apart=APART)], 1)


def _spent(app: Flask, group: Sequence[BoundKey]) -> float:
    """CPU seconds of one event of this group."""
    return answered(app, [key.batch(1) for _ in range(20) for key in group], 1)


def _size(database: Database) -> int:
    """Bytes on the disk, log and indices and all."""
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        path = Path(str(database.url.database))
        return path.stat().st_size
    with database.read() as transaction:
        return int(transaction.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
