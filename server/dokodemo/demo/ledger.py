"""The device ledger of あかぎ市: 2,680 Chromebooks, who uses which, and the file of the 端末台帳."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from uuid import UUID

from dokodemo.demo.networks import HALL, site_of
from dokodemo.demo.roster import Member
from dokodemo.demo.tree import Section, sections

DEVICE_COLUMNS = ("ディレクトリID", "シリアル番号", "資産管理番号", "機種", "所属コード", "区分")
SPARES = 80
# 情報政策課 keeps the spares and, among its shared devices, those of the meeting rooms.
KEEPER = "020300"
PRESENTERS = 80
_PRESENT = ("director", "deputy_director", "head", "head_assigned", "assistant_head")
_MODELS = ("Akagi Chromebook C11", "Akagi Chromebook C11", "Akagi Chromebook C14")
_SERIAL_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"


class Kind(StrEnum):
    """区分 of a device in the ledger."""

    PERSONAL = "personal"
    SHARED = "shared"
    KIOSK = "kiosk"
    SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Machine:
    """One row of the ledger."""

    directory_id: str
    serial: str
    asset_label: str
    model: str
    unit_code: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Use:
    """One person on one device, hence one key and one journal. ``second`` is a meeting room's device."""

    number: int
    member: Member
    machine: Machine
    second: bool


def machines(*, seed: int = 1) -> tuple[Machine, ...]:
    """2,170 personal, 341 shared, 89 kiosk and 80 spare devices, labelled CB-R8-00001 and up."""
    random = Random(f"ledger {seed}")
    rows = []
    for n, (kind, unit_code) in enumerate(_kinds(), start=1):
        rows.append(
            Machine(
                directory_id=str(UUID(int=random.getrandbits(128), version=4)),
                serial="5CD" + "".join(random.choices(_SERIAL_SIGNS, k=7)),
                asset_label=f"CB-R8-{n:05}",
                model=random.choice(_MODELS),
                unit_code=unit_code,
                kind=kind,
            )
        )
    return tuple(rows)


def uses(members: tuple[Member, ...], rows: tuple[Machine, ...]) -> tuple[Use, ...]:
    """2,680 uses: each person's own or shared device, and 80 people on a meeting room's device beside it.

    Own devices go by 職制順 within each 課; whoever is left there shares the 課's shared ones.
    """
    by_unit: dict[tuple[str, Kind], list[Machine]] = {}
    for row in rows:
        by_unit.setdefault((row.unit_code, row.kind), []).append(row)
    by_section: dict[str, list[Member]] = {}
    for member in members:
        by_section.setdefault(member.section_code, []).append(member)
    pairs: list[tuple[Member, Machine, bool]] = []
    for section in sections().values():
        staff = by_section.get(section.code, [])
        own = by_unit.get((section.code, Kind.PERSONAL), [])
        shared = by_unit.get((section.code, Kind.SHARED), [])
        pairs += [(member, machine, False) for member, machine in zip(staff, own, strict=False)]
        pairs += [(member, shared[n % len(shared)], False) for n, member in enumerate(staff[len(own) :])]
    presenters = [m for m in members if m.post in _PRESENT and site_of(m.unit_code) is HALL][:PRESENTERS]
    pool = by_unit.get((KEEPER, Kind.SHARED), [])
    pairs += [(member, machine, True) for member, machine in zip(presenters, pool, strict=False)]
    return tuple(Use(n, *pair) for n, pair in enumerate(pairs))


def devices_csv(rows: tuple[Machine, ...]) -> bytes:
    """The ledger as a file of ``DEVICE_COLUMNS`` (UTF-8 with BOM, CRLF)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(DEVICE_COLUMNS)
    for row in rows:
        writer.writerow((row.directory_id, row.serial, row.asset_label, row.model, row.unit_code, row.kind))
    return out.getvalue().encode("utf-8-sig")


def _kinds() -> Iterator[tuple[Kind, str]]:
    section: Section
    for section in sections().values():
        for kind, count in (
            (Kind.PERSONAL, section.personal),
            (Kind.SHARED, section.shared),
            (Kind.KIOSK, section.kiosk),
        ):
            for _ in range(count):
                yield kind, section.code
    for _ in range(SPARES):
        yield Kind.SPARE, KEEPER
