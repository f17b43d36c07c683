"""What devices wrote down (lines of ``dokodemo.demo.history``), read line by line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.logged import Violation

Line = Mapping[str, Any]


@dataclass(slots=True)
class Device:
    """One journal as its device wrote it down; ``faults`` is what the history alone shows to be wrong."""

    recorded: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent_to: int = 0
    acknowledged: int = 1
    refused: set[int] = field(default_factory=set)
    waiting: tuple[int, int] | None = None  # first seq, count
    replaced: bool = False
    pruned: int = 0
    epoch: int = 0
    applied: tuple[int, ...] = ()
    faults: list[Violation] = field(default_factory=list)

    def fault(self, invariant: str, line: Line, seq: int | None, detail: str) -> None:
        """Note what this line shows to be wrong."""
        self.faults.append(Violation(invariant, line["journal"], seq, detail))


def read(history: Iterable[Line]) -> dict[str, Device]:
    """Devices by the name of their key. Lines of a kind that is not known here say nothing."""
    devices: dict[str, Device] = {}
    for line in history:
        device = devices.setdefault(line["journal"], Device())
        if line["what"] == "replaced":  # the same device goes on under a new key
            device.replaced = True
            devices.setdefault(line["by"], Device()).applied = device.applied
        elif (rule := RULES.get(line["what"])) is not None:
            rule(device, line)
    return devices


def _recorded(device: Device, line: Line) -> None:
    if line["seq"] in device.recorded:
        device.fault("I7", line, line["seq"], "recorded twice on the device")
    device.recorded[line["seq"]] = dict(line)


def _sent(device: Device, line: Line) -> None:
    device.sent_to = max(device.sent_to, line["first_seq"] + line["count"] - 1)


def _acknowledged(device: Device, line: Line) -> None:
    if line["next_seq"] - 1 > device.sent_to:
        device.fault("I4", line, line["next_seq"] - 1, "acknowledged before it was sent")
    device.acknowledged = max(device.acknowledged, line["next_seq"])
    device.refused.update(refusal["seq"] for refusal in line.get("refused", ()))


def _waiting(device: Device, line: Line) -> None:
    device.waiting = (line["first_seq"], line["count"])


def _pruned(device: Device, line: Line) -> None:
    if line["through"] >= device.acknowledged:
        device.fault("I7", line, line["through"], "pruned before it was acknowledged")
    device.pruned = max(device.pruned, line["through"])


def _epoch(device: Device, line: Line) -> None:
    """A backup was restored: only in a new epoch may the server hold less than it had acknowledged."""
    if line["epoch"] <= device.epoch:
        device.fault("I4", line, line["next_seq"], "acknowledgments were void without a new epoch")
        return
    device.epoch = line["epoch"]
    device.acknowledged = min(device.acknowledged, line["next_seq"])


def _applied(device: Device, line: Line) -> None:
    revision = tuple(line["revision"])
    if revision < device.applied:
        device.fault("I8", line, None, f"settings {list(revision)} were applied after {list(device.applied)}")
    device.applied = max(device.applied, revision)


RULES: Mapping[str, Callable[[Device, Line], None]] = {
    "recorded": _recorded,
    "sent": _sent,
    "acknowledged": _acknowledged,
    "waiting": _waiting,
    "pruned": _pruned,
    "epoch": _epoch,
    "applied": _applied,
}
