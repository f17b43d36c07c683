"""Every step that can be taken in a state: each interleaving of devices, network, two workers and disasters."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from tests.model.states import Answer, Device, Disk, Reading, Request, Server, State, ids_in, new_disk
from tests.model.worlds import World

WORKERS = 2
NOTHING = Request(-1, False, -1, 0, b"", 0, ())


class Step(NamedTuple):
    """One line of a trace; what it does not need is left at its default."""

    kind: str
    device: int = 0
    n: int = 0
    request: Request = NOTHING
    answer: Answer = Answer("")

    def __str__(self) -> str:
        said = [self.kind]
        if self.n:
            said.append(str(self.n))
        if self.request is not NOTHING:
            one = self.request
            last = one.first_seq + len(one.events) - 1
            what = "binding" if one.binds else f"{one.first_seq}…{last}" if one.events else f"beat at {one.first_seq}"
            said.append(f"[key {one.key}: {what}]")
        if self.answer.kind:
            said.append(f"→ {self.answer.kind} {self.answer.next_seq}".rstrip(" 0"))
        return (f"{self.device}: " if self.device else "") + " ".join(said)


def first_state(world: World, device: Any) -> State:
    """A device that was never bound, a server that holds nothing."""
    one: Device = device.started(new_disk(0))
    return State(
        (one,), (), (), (), Server(1, ()), (), (), 0, frozenset(), 1, world.images, world.restores
    )  # fmt: skip


class Steps:
    """The steps of one world, by one variant of the device's and the server's rules."""

    def __init__(self, world: World, device: ModuleType, server: ModuleType) -> None:
        self.world = world
        self.device: Any = device
        self.server: Any = server

    def after(self, state: State) -> Iterator[tuple[Step, State]]:
        """Each step with the state that it leads to."""
        for index, one in enumerate(state.devices):
            yield from self._of_device(state, index, one)
        yield from self._of_workers(state)
        yield from self._of_answers(state)
        yield from self._disasters(state)

    # ------------------------------------------------------------------------------------------------------- devices

    def _of_device(self, state: State, index: int, one: Device) -> Iterator[tuple[Step, State]]:
        disk = one.disk
        rules, world = self.device, self.world
        if state.recorded < world.events:
            after = rules.recorded(disk, state.recorded)
            recorded = state._replace(recorded=state.recorded + 1)
            yield Step("record", index), self._at(recorded, index, one._replace(disk=after))
        if one.flight:
            yield from self._given_up(state, index, one)
        elif not disk.blocked and not one.leaving:
            for step, request in self._requests(disk, index):
                yield step, self._sent(state, index, request)
        if (one.leaving or (disk.order and disk.bound)) and state.keys < world.keys:
            left = one._replace(disk=rules.rebound(disk, state.keys), leaving=False)
            after = self._at(state._replace(keys=state.keys + 1), index, left)
            yield Step("rebind", index), self._unaware(state, disk, after)
        if one.leaving:
            yield Step("die", index), self._at(state, index, one._replace(leaving=False))
        if world.prunes:
            for through in rules.prunable(disk):
                after = self._at(state, index, one._replace(disk=rules.pruned(disk, through)))
                yield Step("prune", index, through), self._unaware(state, disk, after)

    @staticmethod
    def _unaware(before: State, disk: Disk, after: State) -> State:
        """A device lets go of what was acknowledged. If it has not heard yet that a backup was restored, which does not
        hold that, the restore is to blame, as if it came a moment later."""
        return listed(before, after) if disk.epoch < before.server.epoch else after

    def _requests(self, disk: Disk, index: int) -> Iterator[tuple[Step, Request]]:
        rules = self.device
        if not disk.bound or disk.wanted:
            request = rules.binding(disk)
            yield Step("bind", index, request=request), request
        if not disk.bound:
            return
        waiting = rules.unsent(disk)
        sizes = range(1, waiting + 1) if self.world.sizes else sorted({1, waiting} if waiting else ())
        for most in sizes or [0]:
            request = rules.frame(disk, most)
            yield Step("send", index, most, request=request), request

    def _given_up(self, state: State, index: int, one: Device) -> Iterator[tuple[Step, State]]:
        """A time-out, or the worker's death: the request is lost, or it arrives when nobody waits for it any more."""
        (request,) = one.flight
        left = self._at(state, index, one._replace(flight=()))
        yield from self._parted(left, Step("give up", index, request=request))

    def _parted(self, state: State, step: Step) -> Iterator[tuple[Step, State]]:
        """A device no longer waits for a request: it is gone from the network, or it may still (or again) arrive."""
        rest = tuple(one for one in state.network if one != step.request or self._wanted(state, one))
        yield step, self._swept(state._replace(network=rest))
        if step.request.events and len(state.network) > len(rest):
            after = self._swept(state)
            old = [one for one in after.network if not self._wanted(after, one)]
            if step.request in old and len(old) <= self.world.lingering:
                yield step._replace(kind=f"{step.kind}, under way"), after

    @staticmethod
    def _wanted(state: State, request: Request) -> bool:
        return any(one.flight == (request,) for one in state.devices)

    def _sent(self, state: State, index: int, request: Request) -> State:
        network = tuple(sorted({*state.network, request}))
        sent = state.devices[index]._replace(flight=(request,))
        return self._at(state._replace(network=network), index, sent)

    def _at(self, state: State, index: int, one: Device) -> State:
        return state._replace(devices=(*state.devices[:index], one, *state.devices[index + 1 :]))

    # ------------------------------------------------------------------------------------------------ network, server

    def _of_workers(self, state: State) -> Iterator[tuple[Step, State]]:
        if not self.world.two_steps:
            for request in state.network:
                reading = self.server.begun(state.server, request)
                yield from self._committed(state, reading, Step("serve", request=request))
            return
        for request in state.network:
            if len(state.reading) < WORKERS and self.server.may_begin(state.server, state.reading, request):
                reading = tuple(sorted((*state.reading, self.server.begun(state.server, request))))
                yield Step("begin", request=request), state._replace(reading=reading)
        for at, reading in enumerate(state.reading):
            rest = state._replace(reading=state.reading[:at] + state.reading[at + 1 :])
            yield from self._committed(rest, reading, Step("commit", request=reading.request))
            yield Step("kill worker", request=reading.request), self._swept(rest)
            if not self.server.COMMITS_FIRST:
                _, answer = self.server.committed(state.server, reading)
                early = self._answered(state, reading.request, answer)
                yield Step("answer early", request=reading.request, answer=answer), early

    def _committed(self, state: State, reading: Reading, step: Step) -> Iterator[tuple[Step, State]]:
        server, answer = self.server.committed(state.server, reading)
        after = self._answered(state._replace(server=server), reading.request, answer)
        yield step._replace(answer=answer), self._swept(after)

    def _answered(self, state: State, request: Request, answer: Answer) -> State:
        """An answer is under way only to a device that waits for it; at most one of each worker."""
        if not any(one.flight == (request,) for one in state.devices):
            return state
        answers = {*state.answers, (request, answer)}
        return state._replace(answers=tuple(sorted(answers))) if len(answers) <= WORKERS else state

    def _of_answers(self, state: State) -> Iterator[tuple[Step, State]]:
        for request, answer in state.answers:
            for index, one in enumerate(state.devices):
                if one.flight == (request,):
                    disk, leaving = self.device.landed(one.disk, request, answer)
                    after = self._at(state, index, Device(disk, (), leaving))
                    yield from self._parted(after, Step("answer", index, request=request, answer=answer))

    def _swept(self, state: State) -> State:
        """Without what can change nothing any more: answers that nobody waits for, requests that are repeats now."""
        answers = tuple(pair for pair in state.answers if self._wanted(state, pair[0]))
        network = tuple(one for one in state.network if self._wanted(state, one) or self._counts(state.server, one))
        return state._replace(answers=answers, network=network)

    def _counts(self, server: Server, request: Request) -> bool:
        """Whether a request may still change the database. Once a repeat, always a repeat: a restore cuts the network."""
        kept = server.find(request.key)
        if kept is None or not kept.active:
            return False
        if request.first_seq + len(request.events) > kept.next_seq:
            return True
        after, _ = self.server.committed(server, self.server.begun(server, request))
        return bool(after != server)

    # -------------------------------------------------------------------------------------------------------- disasters

    def _disasters(self, state: State) -> Iterator[tuple[Step, State]]:
        world = self.world
        if world.orders:
            yield from self._ordered(state)
        if state.images_left and not state.image:
            for index, one in enumerate(state.devices):
                yield Step("image", index), state._replace(image=(one.disk,), images_left=state.images_left - 1)
        if state.image:
            yield from self._images(state, state.image[0])
        if world.restores and not state.backup and state.restores_left:
            yield Step("backup"), state._replace(backup=(state.server,), restores_left=state.restores_left - 1)
        if state.backup:
            server = self.server.restored(state.server, state.backup[0])
            after = state._replace(server=server, backup=(), network=(), reading=())
            yield Step("restore"), listed(state, after)
        for index, one in enumerate(state.devices):
            if state.keys >= world.keys:
                break
            fresh = state._replace(keys=state.keys + 1)
            if world.evicts:
                empty = self._at(fresh, index, self.device.started(new_disk(state.keys)))
                yield Step("evict", index), listed(state, self._swept(empty))
            drained = one.disk.bound and not one.flight and not self.device.unsent(one.disk)
            if world.rotates and drained and not one.leaving and not one.disk.order:
                turned = self.device.started(self.device.rebound(one.disk, state.keys))
                yield Step("rotate", index), self._unaware(state, one.disk, self._at(fresh, index, turned))

    def _ordered(self, state: State) -> Iterator[tuple[Step, State]]:
        for kept in state.server.journals:
            if kept.key < self.world.orders and kept.active and not kept.forked:
                yield Step("order", n=kept.key), state._replace(server=self.server.ordered(state.server, kept))

    def _images(self, state: State, image: Disk) -> Iterator[tuple[Step, State]]:
        """The copy is set back over the device, or it starts in another profile."""
        rest = state._replace(image=())
        for index in range(len(state.devices)):
            after = self._at(rest, index, self.device.started(image))
            yield Step("set back", index), listed(state, self._swept(after))
        if len(state.devices) < self.world.devices:
            copied = (*state.devices, self.device.started(image))
            yield Step("copy"), rest._replace(devices=copied)


def listed(before: State, after: State) -> State:
    """Name the events whose last copy a disaster took."""
    gone = held(before) - held(after)
    return after._replace(listed=before.listed | gone) if gone else after


def held(state: State) -> frozenset[int]:
    """Events that a disk or the log holds; what is only in an image or a backup is not counted on."""
    found = {event.id for one in state.devices for event in one.disk.events}
    for kept in state.server.journals:
        found |= ids_in(kept)
    return frozenset(found)
