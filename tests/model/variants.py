"""The model over changed rules: one piece of one source text is replaced by another, everything else is the original."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from dokodemo.domain import journals
from tests.model import device, server

SOURCES = {"journals": journals, "server": server, "device": device}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule that is broken on purpose. ``of``: whose rule. ``world``: in whose steps it shows."""

    name: str
    of: str
    old: str
    new: str
    world: str


def built(*changes: Mutant) -> tuple[ModuleType, ModuleType]:
    """The device's and the server's rules, with caches of their own."""
    made = {name: _module(name, [change for change in changes if change.of == name]) for name in SOURCES}
    made["server"].__dict__["journals"] = made["journals"]
    return made["device"], made["server"]


def _module(name: str, changes: list[Mutant]) -> ModuleType:
    path = Path(str(SOURCES[name].__file__))
    text = path.read_text(encoding="utf-8")
    for mutant in changes:
        assert text.count(mutant.old) == 1, f"{mutant.old!r} stands {text.count(mutant.old)} times in {path.name}"
        text = text.replace(mutant.old, mutant.new)
    module = ModuleType(f"variant_{name}")
    sys.modules[module.__name__] = module  # where dataclasses look for the names of their module
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module
