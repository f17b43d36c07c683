"""One schedule: devices, network, server and nemesis under one seed, then calm, then the judgement."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from random import Random

from dokodemo.crypto.keys import DeviceKey, new_key
from tests.simulation import log, silences
from tests.simulation.clock import Agenda
from tests.simulation.device import Device
from tests.simulation.log import Log
from tests.simulation.nemesis import FAULTS, Nemesis
from tests.simulation.network import Network, Sent
from tests.simulation.outbox import Disk
from tests.simulation.server import Died, Premises, Request, Server
from tests.simulation.truth import Truth

AT_LEAST = 5  # faults that came to pass in each schedule
SIGNED = 8  # every eighth schedule signs each request in earnest, the others hand over what the signature would say
GATHERS = 0.02  # seconds in which requests are served together
MakeServer = Callable[[Premises, Agenda], Server]


@lru_cache(maxsize=1)
def _keys() -> list[DeviceKey]:
    """Keys are used again in the next schedule, which knows nothing of this one."""
    return []


class World:
    """Everything of one seed."""

    def __init__(self, premises: Premises, seed: int, make: MakeServer = Server) -> None:
        premises.empty()
        self.premises = premises
        self.seed = seed
        self.random = Random(seed)
        self.clock = Agenda()
        self.truth = Truth()
        self.taken: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.draining = False
        self.signs = seed % SIGNED == 0
        self.sent: deque[Sent] = deque(maxlen=8)
        self.used_keys = 0
        self.server = make(premises, self.clock)
        self.network = Network(self.clock, self.random.uniform, self.taken)
        self.network.arrive = self.arrive
        self.inbox: list[Sent] = []
        self.window = GATHERS
        self.interleaves = False
        count = 1 if self.random.random() < 0.6 else 2
        self.devices = [Device(self, self.random.choice(premises.emails)) for _ in range(count)]
        self.nemesis = Nemesis(self)

    # -------------------------------------------------------------------------------------------- what devices find

    def new_key(self) -> DeviceKey:
        keys = _keys()
        if self.used_keys == len(keys):
            keys.append(new_key())
        self.used_keys += 1
        return keys[self.used_keys - 1]

    def send(self, device: Device, request: Request) -> None:
        if not request.binds:
            self.sent.append((device, request))
        request.restores = self.nemesis.restores
        self.network.request(device, request)

    def leaves(self, disk: Disk) -> None:
        """What was acknowledged stays in the log of the key that is left. A device that has not heard yet of a restored
        backup takes what that one lacks with it into nothing."""
        gone = {one.id for one in disk.events if one.seq < disk.waiting_from}
        lost = gone - log.logged_ids(self.premises)
        if lost and not self.restored_unheard(disk):
            self.truth.faults.append(f"I1: {sorted(lost)} were acknowledged, left behind and are not in the log")
        self.truth.listed |= lost

    def restored_unheard(self, disk: Disk) -> bool:
        """Whether the server has begun an epoch that this device does not know of."""
        return disk.epoch <= self.nemesis.restores

    def kept(self, *, but: Disk | None = None) -> set[int]:
        """What lies on disks."""
        return {one.id for device in self.devices if device.disk is not but for one in device.disk.events}

    # ------------------------------------------------------------------------------------------------------ the server

    def arrive(self, sent: Sent) -> None:
        """A restored server does not know that a key was left: what this one had on its way then is not played (its
        journal would wait for a proof that nobody gives)."""
        device, request = sent
        if request.restores < self.nemesis.restores and request.disk is not device.disk:
            return
        self.inbox.append(sent)
        if len(self.inbox) == 1:
            self.clock.after(self.window, self.serve)

    def serve(self) -> None:
        """Serve what has gathered; two groups at once where the nemesis wants it so."""
        group, self.inbox, self.window = self.inbox, [], GATHERS
        if not group:
            return
        other: list[Sent] = []
        if self.interleaves:
            self.interleaves = False
            batches = [sent for sent in group if not sent[1].binds]  # bindings of one process wait for each other
            other = batches[1::2] or batches[:1]
            group = batches[::2] + [sent for sent in group if sent[1].binds]
            self.taken["groups interleaved"] += 1
            self.server.store.meanwhile = lambda: self._serve(other)
        try:
            self._serve(group)
            if self.server.store.meanwhile is not None:
                self.server.store.meanwhile = None
                self._serve(other)
        except Died:
            self.die()

    def _serve(self, group: list[Sent]) -> None:
        devices = {id(request): device for device, request in group}
        for request, answer in self.server.answer_all([request for _, request in group]):
            self.verdicts[answer.kind] += 1
            device = devices[id(request)]
            if answer.kind == "receipt" and request.alive and device.disk.binding_id is not None:
                self._contact(request)
            self.network.answer(device, request, answer)
            request.again = True

    def _contact(self, request: Request) -> None:
        binding_id = request.disk.binding_id
        if binding_id is not None:
            at = self.clock().replace(microsecond=self.clock().microsecond // 1000 * 1000)
            self.truth.contact(binding_id, at, first=not request.again)

    def die(self) -> None:
        """The process is killed; what it had said before is looked for by another connection at once (I4)."""
        self.taken["server killed"] += 1
        self.truth.died(log.flushed(self.premises))
        self.server.start()
        for device in self.devices:
            disk = device.disk
            held, gone = log.held_through(self.premises, disk.root)
            if held + gone < disk.next_seq - 1 and not self.restored_unheard(disk):
                self.truth.faults.append(f"I4: {disk.next_seq - 1} acknowledged, {held} held after the process died")

    def tick(self) -> None:
        """The worker's turn: contacts first, then silences, and what it has written is held against what was."""
        try:
            self.server.flush()
            self.server.write_silences()
        except Died:
            self.die()
            return
        now, since = self.clock(), self.server.watching_since
        self.truth.faults += silences.wrong(self.premises, self.truth, now, since)

    # ------------------------------------------------------------------------------------------------------ the course

    def run(self) -> Log:
        """Live through faults, come to rest, and read what is there."""
        for device in self.devices:
            device.starts()
            device.beats()
        self.nemesis.draw(self.random.randint(AT_LEAST, AT_LEAST + 3))
        self._step()
        for _ in range(100):
            self.nemesis.strike(self.random.choice((1, 1, 2, 3)))
            self._step()
            if sum(self.taken.values()) >= AT_LEAST and self.nemesis.done:
                break
        self.rest()
        return log.read(self.premises)

    def _step(self) -> None:
        device = self.random.choice(self.devices)
        if device.alive:
            for _ in range(self.random.choice((1, 1, 1, 2, 3))):
                device.happens()
            device.act()
        self.clock.run(until=self.clock() + timedelta(seconds=self.random.uniform(0.05, 40)))
        if self.random.random() < 0.3:
            self.tick()

    def rest(self) -> None:
        """No more faults: everything drains."""
        self.draining = True
        self.network.armed.clear()
        self.network.cut.clear()
        self.server.store.dies = None
        for device in self.devices:
            if not device.alive:
                device.starts()
        self.clock.run()
        for _ in range(6):  # what an order, a new epoch or a fork asks for is done
            for device in self.devices:
                device.act(beat=True)
            self.clock.run()
            if all(not device.disk.unsent and not device.disk.wanted for device in self.devices):
                break

    def judged(self, found: Log) -> list[str]:
        """Everything that is wrong."""
        return self.truth.judged(found, [device.disk for device in self.devices])


assert FAULTS
