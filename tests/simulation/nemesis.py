"""What goes wrong: a table of faults, each a function of the world, drawn by the schedule's seed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation import log
from tests.simulation.outbox import new_disk
from tests.simulation.server import Died

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.world import World

LATER = 15.0  # seconds until a group is served, so that several requests are in it


class Nemesis:
    """Draws faults and strikes with one at a time. ``restores``: how often a backup was put back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.drawn: deque[str] = deque()
        self.backup: Any = None
        self.restores = 0

    @property
    def done(self) -> bool:
        """Whether everything that was drawn was done."""
        return not self.drawn

    def draw(self, count: int) -> None:
        """So many faults, in the order in which they come."""
        names = sorted(FAULTS)
        weights = [WEIGHTS.get(name, 4) for name in names]
        random = self.world.random
        for name in random.choices(names, weights, k=count):
            before = BEFORE.get(name)
            if before is not None:
                self.drawn.insert(random.randint(0, len(self.drawn)), before)
            if name == "backup restored" and random.random() < 0.6:
                self.drawn.append("pruned")
            self.drawn.append(name)

    def strike(self, times: int) -> None:
        """The next faults, or more of them where none is left and too little has happened."""
        for _ in range(times):
            if not self.drawn:
                if sum(self.world.taken.values()) >= 5:
                    return
                self.draw(1)
            self._one(self.drawn.popleft())

    def _one(self, name: str) -> None:
        try:
            came = (FAULTS.get(name) or PREPARED[name])(self.world, self.world.random.choice(self.world.devices))
        except Died:
            self.world.die()
            return
        if came:
            self.world.taken[name] += 1


def _armed(kind: str) -> Callable[[World, Device], bool]:
    """The network counts it when it comes to pass."""

    def arm(world: World, _device: Device) -> bool:
        world.network.armed.append(kind)
        return False

    return arm


def _dies(when: str) -> Callable[[World, Device], bool]:
    def arm(world: World, _device: Device) -> bool:
        world.server.store.dies = when
        return False

    return arm


def _killed_at_rest(world: World, _device: Device) -> bool:
    world.die()
    return False


def _interleaved(world: World, _device: Device) -> bool:
    world.interleaves, world.window = True, LATER
    return False


def _browser_killed(world: World, device: Device) -> bool:
    device.flight, device.alive = None, False
    world.clock.after(world.random.uniform(0, 60), device.starts_again)
    return True


def _disk_set_back(world: World, device: Device) -> bool:
    if device.image is None:
        return False
    if device.image.key is not device.disk.key and device.image_of < world.nemesis.restores:
        return False  # a restored server does not know that this key was left, see ``World.arrive``
    lost, device.disk, device.image = device.disk, device.image, None
    world.truth.gone((one.id for one in lost.events), logged=log.logged_ids(world.premises), kept=world.kept())
    device.starts()
    return True


def _imaged(world: World, device: Device) -> bool:
    device.image = device.disk.image()
    device.image_of = world.nemesis.restores
    return False


def _backed_up(world: World, _device: Device) -> bool:
    world.nemesis.backup = world.premises.copy()
    return False


def _frames_wrongly(*, contradicting: bool) -> Callable[[World, Device], bool]:
    def send(_world: World, device: Device) -> bool:
        if device.disk.binding_id is None:
            return False
        device.frames_wrongly(contradicting=contradicting)
        return True

    return send


def _disk_lost(world: World, device: Device) -> bool:
    lost, device.disk, device.image = device.disk, new_disk(world.new_key()), None
    world.truth.gone((one.id for one in lost.events), logged=log.logged_ids(world.premises), kept=world.kept())
    device.starts()
    return True


def _pruned(world: World, device: Device) -> bool:
    disk = device.disk
    last = min(disk.next_seq - 1, disk.last_seq)
    if last <= disk.base_seq or world.restored_unheard(disk):
        return False
    through = world.random.randint(disk.base_seq + 1, last)
    gone = {one.id for one in disk.prune(through)}
    if lost := gone - log.logged_ids(world.premises):
        world.truth.faults.append(f"I4: {sorted(lost)} were acknowledged, pruned and are not in the log")
    world.truth.line("pruned", disk, through=through)
    return True


def _clock_jumps(world: World, device: Device) -> bool:
    size = world.random.choice((3, 90, 1200, 86_400, 400_000_000))
    device.ahead += timedelta(seconds=world.random.choice((-1, 1)) * size * world.random.uniform(0.5, 1))
    return True


def _out_of_reach(world: World, device: Device) -> bool:
    world.network.cut[device] = world.clock() + timedelta(minutes=world.random.uniform(4, 25))
    for _ in range(3):
        world.clock.run(until=world.clock() + timedelta(seconds=world.random.uniform(100, 400)))
        world.tick()
    return True


def _storm(world: World, device: Device) -> bool:
    if not device.alive:
        return False
    for _ in range(world.random.choice((20, 60, 200))):
        device.happens()
    device.act()
    return True


def _ordered_to_leave(world: World, device: Device) -> bool:
    if device.disk.binding_id is None or log.held_through(world.premises, device.disk.root) == (0, 0):
        return False
    world.server.order_rebind(device.disk.binding_id)
    return True


def _restored(world: World, _device: Device) -> bool:
    if world.nemesis.backup is None:
        return False
    before = log.logged_ids(world.premises)
    copy, world.nemesis.backup = world.nemesis.backup, None
    world.inbox.clear()
    world.network.life += 1
    world.truth.died({})
    world.server.store.dies = None
    world.server.restore(copy)
    world.nemesis.restores += 1
    if world.random.random() < 0.5:
        for device, request in world.sent:  # what was on its way meanwhile
            world.network.arrives(device, request, world.random.uniform(0.1, 60))
    after = log.logged_ids(world.premises)
    world.truth.gone(before, logged=after, kept=world.kept())
    for root in world.truth.roots():
        at = log.next_seq(world.premises, root)
        world.truth.line_of("epoch", root, epoch=world.nemesis.restores + 1, next_seq=at)
    return True


FAULTS: Mapping[str, Callable[[World, Device], bool]] = {
    "request lost": _armed("request lost"),
    "answer lost": _armed("answer lost"),
    "request twice": _armed("request twice"),
    "request again, late": _armed("request again, late"),
    "request late": _armed("request late"),
    "groups interleaved": _interleaved,
    "server killed before COMMIT": _dies("before COMMIT"),
    "server killed after COMMIT": _dies("after COMMIT"),
    "server killed": _killed_at_rest,
    "browser killed": _browser_killed,
    "disk set back": _disk_set_back,
    "disk lost": _disk_lost,
    "pruned": _pruned,
    "clock jumps": _clock_jumps,
    "out of reach": _out_of_reach,
    "storm of events": _storm,
    "frame that contradicts itself": _frames_wrongly(contradicting=True),
    "batch of another history": _frames_wrongly(contradicting=False),
    "ordered to leave its key": _ordered_to_leave,
    "backup restored": _restored,
}
PREPARED: Mapping[str, Callable[[World, Device], bool]] = {"image": _imaged, "backup": _backed_up}
BEFORE: Mapping[str, str] = {"disk set back": "image", "backup restored": "backup"}
WEIGHTS: Mapping[str, int] = {  # 4 for every other
    "disk lost": 1,
    "storm of events": 1,
    "backup restored": 2,
    "out of reach": 2,
    "frame that contradicts itself": 1,
    "batch of another history": 1,
}
