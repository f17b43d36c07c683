"""The figures of a run: their names, bars and goals (QUALITY, "Figures"), how they are printed and kept."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure is held against. ``least``: more is better, else less is. ``goal`` is where we want to be."""

    bar: float
    goal: float
    least: bool = False

    def held(self, value: float) -> bool:
        """Whether the value is on the right side of the bar."""
        return value >= self.bar if self.least else value <= self.bar


BARS: dict[tuple[str, str], Bar] = {
    ("ingest_durable_over_bare", ""): Bar(0.20, 0.45, least=True),
    ("ingest_p99_over_p50", ""): Bar(5, 3),
    ("ingest_batch20_over_single", ""): Bar(8, 15, least=True),
    ("heartbeat_over_304", ""): Bar(2.0, 1.4),
    ("settings_304_over_bare", ""): Bar(1.8, 1.4),
    ("fold_growth", ""): Bar(1.2, 1.0),
    ("storage_mb_per_staff_year", ""): Bar(10, 4),
    ("storm_p99_seconds", "sqlite"): Bar(2, 0.1),
    ("storm_p99_seconds", "postgresql"): Bar(0.8, 0.1),
    ("steady_cpu_share", ""): Bar(0.20, 0.08),
    ("steady_rss_mb", "sqlite"): Bar(350, 200),
    ("steady_rss_mb", "postgresql"): Bar(700, 400),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of its samples."""

    name: str
    backend: str
    value: float
    unit: str
    samples: list[float]

    @property
    def bar(self) -> Bar | None:
        """What it is held against, if anything."""
        return BARS.get((self.name, self.backend)) or BARS.get((self.name, ""))


def figure(name: str, backend: str, unit: str, samples: Sequence[float]) -> Figure:
    """A figure of these samples."""
    return Figure(name, backend, _short(statistics.median(samples)), unit, [_short(sample) for sample in samples])


def written(path: Path, machine: dict[str, Any], commit: str, figures: Sequence[Figure]) -> None:
    """Keep a run."""
    document = {"machine": machine, "commit": commit, "results": [asdict(one) for one in figures]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def printed(console: Console, figures: Sequence[Figure]) -> None:
    """The table that people read."""
    table = Table(title="medians; smallest and largest sample beside them")
    for heading in ("figure", "backend", "value", "unit", "min … max", "n", "bar", "goal", ""):
        table.add_column(heading, justify="right" if heading in ("value", "min … max", "n", "bar", "goal") else "left")
    for one in figures:
        bar = one.bar
        sign = "≥" if bar and bar.least else "≤"
        table.add_row(
            one.name, one.backend, f"{one.value:g}", one.unit, f"{min(one.samples):g} … {max(one.samples):g}",
            str(len(one.samples)), f"{sign} {bar.bar:g}" if bar else "", f"{sign} {bar.goal:g}" if bar else "",
            "" if bar is None else "held" if bar.held(one.value) else "MISSED",
        )  # fmt: skip
    console.print(table)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
