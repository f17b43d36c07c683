"""What the model's device decides upon an answer is what the extension's `answers.js` decides, in every case reached."""

from typing import Any

from dokodemo.domain import base64url
from tests.model.device import head_at
from tests.model.puppets import Puppets
from tests.model.search import search
from tests.model.states import Answer, Disk, Request
from tests.model.variants import built
from tests.model.worlds import World

WORLDS = (
    World("restored", events=3, restores=1, prunes=True, sizes=True),
    World("both", events=2, keys=3, images=1, restores=1, prunes=True),
    World("copied", events=2, devices=2, keys=3, images=1),
    World("set back", events=3, keys=3, images=1, sizes=True),
)
STATUS = {"receipt": 202, "journal_gap": 409, "unknown_key": 401, "revoked": 403}


def case(disk: Disk, request: Request, answer: Answer) -> dict[str, Any]:
    through = answer.next_seq - 1
    known = disk.base_seq <= through <= disk.last_seq and answer.kind == "receipt"
    receipt = {"head": base64url.encode(answer.head), "epoch": answer.epoch} if answer.kind == "receipt" else {}
    return {
        "journal": {"last_seq": disk.last_seq, "next_seq": disk.next_seq, "base_seq": disk.base_seq, "epoch": disk.epoch or None},
        "sent": {
            "first_seq": request.first_seq, "count": len(request.events), "replaced": False, "again": False,
            "own": base64url.encode(head_at(disk, through)) if known else None,
        },
        "outcome": {
            "status": STATUS[answer.kind], "code": None if answer.kind == "receipt" else answer.kind,
            "body": {"next_seq": answer.next_seq, **receipt},
        },
    }  # fmt: skip


def decided(disk: Disk, request: Request, answer: Answer, device: Any) -> dict[str, Any]:
    after, leaving = device.landed(disk, request, answer)
    effects = ["rebind"] if leaving else []
    effects += ["present_token"] if after.wanted and answer.kind == "receipt" and answer.epoch > disk.epoch > 0 else []
    effects += ["bind"] if not after.bound else []
    blocked = "revoked" if after.blocked else None
    return {"next_seq": after.next_seq, "epoch": after.epoch or None, "effects": effects, "blocked": blocked}


def test_the_models_device_decides_as_the_extension_does() -> None:
    reached: set[tuple[Disk, Request, Answer]] = set()
    device, server = built()
    landed = device.landed

    def noted(disk: Disk, request: Request, answer: Answer) -> Any:
        if disk.key == request.key and not request.binds and answer.kind in STATUS:
            reached.add((disk._replace(order=False), request, answer))
        return landed(disk, request, answer)

    device.__dict__["landed"] = noted
    for world in WORLDS:
        assert search(world, device, server).fault is None
    device.__dict__["landed"] = landed
    cases = sorted(reached)
    puppets = Puppets()
    try:
        told: Any = puppets.do("settle", cases=[case(*one) for one in cases])
    finally:
        puppets.close()
    print(f"{len(cases):,} decisions compared")
    assert len(cases) > 600
    for one, settled in zip(cases, told, strict=True):
        assert decided(*one, device) == settled, one
