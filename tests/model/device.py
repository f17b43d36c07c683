"""The device: `outbox.js`, `answers.js`, `flight.js` and `rebind.js` as one small machine.

Each function is one transaction of the real thing. ``test_conformance`` holds what this decides against the real
`answers.js`, for every case that the search reaches.
"""

from functools import cache

from tests.model.states import NO_KEY, Answer, Device, Disk, Event, Request, head_after, new_disk


def waiting_from(disk: Disk) -> int:
    """`waitingFrom`: the first number that is to be sent."""
    return max(disk.next_seq, disk.base_seq + 1)


def unsent(disk: Disk) -> int:
    """`unsentIn`."""
    return max(0, disk.last_seq + 1 - waiting_from(disk))


@cache
def head_at(disk: Disk, seq: int) -> bytes:
    """`headAt`: the chain's head behind event ``seq``."""
    head = disk.base_head
    for number in range(disk.base_seq + 1, seq + 1):
        head = head_after(head, number, disk.events[number - disk.base_seq - 1])
    return head


def recorded(disk: Disk, event_id: int) -> Disk:
    """`append`."""
    return disk._replace(events=(*disk.events, Event(event_id)))


@cache
def frame(disk: Disk, most: int) -> Request:
    """`nextBatch`: the oldest events that wait, ``most`` of them; a beat when none do."""
    first = waiting_from(disk)
    events = disk.events[first - disk.base_seq - 1 :][:most]
    return Request(disk.key, False, NO_KEY, first, head_at(disk, first - 1), disk.base_seq + 1, events)


def binding(disk: Disk) -> Request:
    """`bind`: the key, and the one that it takes over from."""
    return Request(disk.key, True, disk.replaces, 0, b"", 0, ())


@cache
def landed(disk: Disk, request: Request, answer: Answer) -> tuple[Disk, bool]:
    """`land` and `concluded`: what the answer changes, and whether the key is to be left at once."""
    if disk.key != request.key:
        return disk, False
    match answer.kind:
        case "receipt":
            after, other = acknowledged(disk, answer)
            return after._replace(order=after.order or answer.rebind), other
        case "bound":
            after, other = acknowledged(disk, answer)
            return after._replace(bound=True, wanted=False, replaces=NO_KEY), other
        case "journal_gap":
            return rewound(disk, answer)
        case "unknown_key":
            return disk._replace(bound=False), False
        case "cannot_replace":
            return disk._replace(replaces=NO_KEY), False
        case "revoked":
            return disk._replace(blocked=True), False
    return disk, False


def acknowledged(disk: Disk, answer: Answer) -> tuple[Disk, bool]:
    """`acknowledged`: the journal, and whether the server's is another history."""
    if disk.epoch and answer.epoch < disk.epoch:
        return disk, False
    risen = bool(disk.epoch and answer.epoch > disk.epoch)
    after = disk._replace(epoch=answer.epoch, wanted=disk.wanted or risen)
    if answer.next_seq > disk.last_seq + 1 or differs(disk, answer):
        return after._replace(next_seq=1 if risen else disk.next_seq), True
    same = answer.epoch == disk.epoch
    return after._replace(next_seq=max(disk.next_seq, answer.next_seq) if same else answer.next_seq), False


def differs(disk: Disk, answer: Answer) -> bool:
    """Whether the server's head is another one than the device's own behind the same event."""
    through = answer.next_seq - 1
    return disk.base_seq <= through <= disk.last_seq and head_at(disk, through) != answer.head


def rewound(disk: Disk, answer: Answer) -> tuple[Disk, bool]:
    """`rewound`: 409, the server's log ends before the batch begins."""
    if answer.next_seq > disk.last_seq + 1:
        return disk, True
    return disk._replace(next_seq=answer.next_seq), False


def rebound(disk: Disk, key: int) -> Disk:
    """`rebind`: a new key and journal; what was never acknowledged is carried over with where it stood first."""
    carried = []
    for at, event in enumerate(disk.events, disk.base_seq + 1):
        if at >= waiting_from(disk):
            carried.append(event if event.key != NO_KEY else Event(event.id, disk.key, at))
    replaces = disk.key if disk.bound else NO_KEY
    return new_disk(key)._replace(events=tuple(carried), replaces=replaces)


def prunable(disk: Disk) -> range:
    """`prunableThrough`: after which events the journal may begin, once 14 days have gone by."""
    return range(disk.base_seq + 1, min(disk.next_seq - 1, disk.last_seq) + 1)


def pruned(disk: Disk, through: int) -> Disk:
    """`prune`."""
    return disk._replace(
        events=disk.events[through - disk.base_seq :], base_seq=through, base_head=head_at(disk, through)
    )


def started(disk: Disk) -> Device:
    """A new worker over a disk."""
    return Device(disk, (), False)
