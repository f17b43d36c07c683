"""Who may import whom: the table of docs/architecture.md, and what of a module's source breaks it."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ring:
    """What one ring may use: rings of ours, and libraries of others (with the names taken, where not all are)."""

    ours: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    only: dict[str, frozenset[str]] = field(default_factory=dict)


def _ring(ours: str = "", others: str = "", **only: str) -> Ring:
    return Ring(frozenset(ours.split()), frozenset(others.split()), {k: frozenset(v.split()) for k, v in only.items()})


TOP = frozenset({"config", "backends", "app", "serving", "worker", "logs", "metrics", "cli", "__main__"})
INSIDE = "domain crypto schemas store live google exports actions web"

RINGS = {
    "domain": _ring(),
    "crypto": _ring("domain", "cryptography"),
    "schemas": _ring("domain", "marshmallow"),
    "store": _ring("domain", "sqlalchemy alembic pysqlite3 psycopg"),
    "live": _ring("domain", "redis"),
    "google": _ring("domain", "google"),
    "exports": _ring("domain", "xlsxwriter"),
    "actions": _ring("domain store live google crypto exports"),
    "web": _ring(
        "domain schemas store actions",
        # structlog: a fault that became a 500 is logged where it became one
        "flask flask_smorest flask_socketio socketio jinja2 markupsafe werkzeug structlog",
        marshmallow="ValidationError",
    ),
    "demo": _ring("domain crypto actions", "click flask werkzeug rich"),
}
RINGS |= {
    name: _ring(
        f"{INSIDE} {' '.join(TOP)}",
        "click flask flask_smorest flask_socketio gevent gunicorn prometheus_client rich socketio structlog werkzeug",
    )
    for name in TOP
}
# Where the demo's commands meet the demo; everything else of the package must work without it.
DOORS_OF_THE_DEMO = ("dokodemo.cli.demo", "dokodemo.cli.simulate")

# Single modules that a ring may use of another that is not its own, and why.
LOANS = {
    # rate limits count by address, which no ring below the web may see
    ("web", "dokodemo.live.rates"),
}

IMPURE = frozenset(["os", "time", "random", "secrets", "socket", "threading", "subprocess", "logging", "pathlib"])
CLOCKS = frozenset(["now", "today", "utcnow"])
SOURCES = frozenset(["date", "datetime", "uuid", "func"])  # a `today` of our own is a value, theirs is the clock
DICE = frozenset(["uuid1", "uuid4"])
DOORS = frozenset(["open", "input", "print", "exec", "eval", "__import__"])


def ring_of(module: str) -> str:
    """The ring of ``dokodemo.<ring>…``; empty for the package itself."""
    return [*module.split("."), ""][1]


def imported(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Each imported thing, wherever in the module it stands: line, module, name taken from it (or empty)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, "." * node.level + (node.module or ""), alias.name


def import_faults(module: str, source: str) -> list[str]:
    """What the table does not allow, as sentences."""
    ring = ring_of(module)
    if not ring:
        return []
    if ring not in RINGS:
        return [f"{module}: the table has no ring {ring!r}"]
    allowed = RINGS[ring]
    faults = []
    for line, target, name in imported(ast.parse(source)):
        where = f"{module}:{line} imports {target}{'.' + name if name else ''}"
        top = target.split(".")[0]
        if target.startswith("."):
            faults.append(f"{where}: relative")
        elif top == "dokodemo":
            other = ring_of(target) or name
            if other == "demo" and ring != "demo":
                if not module.startswith(DOORS_OF_THE_DEMO):
                    faults.append(f"{where}: only the demo's own commands know the demo")
            elif other not in {ring, ""} and other not in allowed.ours and (ring, target) not in LOANS:
                faults.append(f"{where}: {ring} may not use {other}")
        elif top in allowed.only:
            if name not in allowed.only[top]:
                faults.append(f"{where}: {ring} takes only {', '.join(sorted(allowed.only[top]))} from {top}")
        elif top not in sys.stdlib_module_names and top not in allowed.others:
            faults.append(f"{where}: {ring} may not use {top}")
    return faults


def impurities(module: str, source: str) -> list[str]:
    """What makes a module of the domain depend on anything but its arguments, as sentences."""
    tree = ast.parse(source)
    faults = [
        f"{module}:{line} imports {target}" for line, target, _ in imported(tree) if target.split(".")[0] in IMPURE
    ]
    return faults + uses(CLOCKS | DICE, module, source) + [
        f"{module}:{node.lineno} calls {node.func.id}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DOORS
    ]


def clock_readings(module: str, source: str) -> list[str]:
    """Where a module asks for the time instead of being told it."""
    return uses(CLOCKS, module, source)


def uses(names: frozenset[str], module: str, source: str) -> list[str]:
    """Calls of these functions, and references to them (a default factory calls later)."""
    faults = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name in names:
                faults.append(f"{module}:{node.lineno} calls {name}()")
        elif isinstance(node, ast.Attribute) and node.attr in names and getattr(node.value, "id", None) in SOURCES:
            faults.append(f"{module}:{node.lineno} uses {ast.unparse(node)}")
    return faults
