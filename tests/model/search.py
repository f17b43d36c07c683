"""Breadth-first through every state of a world; the first broken invariant ends it, with the shortest trace."""

from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType

from tests.model.invariants import Drain, broken, broken_step
from tests.model.states import State
from tests.model.steps import Step, Steps, first_state
from tests.model.worlds import World


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found. ``trace`` leads to the broken invariant and is empty when there is none."""

    world: World
    states: int
    transitions: int
    depth: int
    kinds: Counter[str]
    fault: str | None = None
    trace: tuple[Step, ...] = ()

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.most_common())
        told = (
            f"{self.world.name}: {self.states:,} states, {self.transitions:,} transitions, depth {self.depth}; {kinds}"
        )
        if self.fault is None:
            return told
        return "\n  ".join([f"{self.world.name}: {self.fault}", *map(str, self.trace)])


@dataclass(slots=True)
class _Seen:
    parents: dict[State, tuple[State, Step] | None] = field(default_factory=dict)

    def trace(self, state: State, *more: Step) -> tuple[Step, ...]:
        steps = list(reversed(more))
        link = self.parents[state]
        while link is not None:
            state, step = link
            steps.append(step)
            link = self.parents[state]
        return tuple(reversed(steps))


def search(world: World, device: ModuleType, server: ModuleType) -> Result:
    """Every state that the world's steps lead to."""
    steps = Steps(world, device, server)
    drain = Drain(world, device, server)
    start = first_state(world, device)
    seen = _Seen({start: None})
    kinds: Counter[str] = Counter()
    transitions = depth = 0
    layer = [start]
    while layer:
        following = []
        for state in layer:
            for step, after in steps.after(state):
                transitions += 1
                kinds[step.kind] += 1
                new = after not in seen.parents
                fault = broken_step(state, step, after)
                if new:
                    seen.parents[after] = (state, step)
                    following.append(after)
                    fault = fault or broken(after, world) or drain.fails(after)
                if fault:
                    trace = seen.trace(state, step)
                    return Result(world, len(seen.parents), transitions, depth + 1, kinds, fault, trace)
        depth += bool(following)
        layer = following
    return Result(world, len(seen.parents), transitions, depth, kinds)
