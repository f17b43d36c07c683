"""One device of the city through its days: what it has still to write down, and when it can be heard."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dokodemo.demo.day import DayPlan, Entry
from dokodemo.demo.device import Device
from dokodemo.demo.fleet import source_of
from dokodemo.demo.networks import site_of
from dokodemo.demo.outbox import Value
from dokodemo.demo.records import (
    Record,
    connected,
    in_room_at,
    last_mark,
    meeting_room_records,
    outside_at,
    records,
)

LAID_DOWN = datetime(9999, 1, 1, tzinfo=UTC)
"""Up to when a key that was laid down has lived: nothing follows."""


@dataclass(slots=True)
class Inhabitant:
    """A device in the hands of its person. ``previous`` is the last worked day in this journal."""

    device: Device
    plan: DayPlan
    previous: DayPlan | None = None
    heard: list[tuple[datetime, datetime]] = field(default_factory=list)
    _due: list[tuple[datetime, Record]] = field(default_factory=list)
    _entries: list[Entry] = field(default_factory=list)

    def begin(self, plan: DayPlan) -> None:
        """A new day; what was left of the day before is what nobody saw."""
        if self.plan.arrives_at is not None and self.plan != plan:
            self.previous = self.plan
        self.plan = plan
        use = self.device.use
        if use.second:
            made, self.heard = meeting_room_records(plan)
            arrives = made[0].at if made else None
        else:
            made = records(plan, previous=self.previous, room=site_of(use.member.unit_code).side)
            self.heard, arrives = connected(plan), plan.arrives_at
        # The end of the day before is written down when the next one begins, never earlier.
        due = [(max(record.at, arrives or record.at), record) for record in made]
        # What a device has behind it from before a restart is not lived twice.
        lived, declared = self.device.lived_at, self.device.declared_at
        self._due = [one for one in due if lived is None or one[0] > lived]
        self._entries = [] if use.second else [one for one in plan.entries if declared is None or one.at > declared]

    def write(self, until: datetime) -> int:
        """Append everything that has happened by then; how many events that made."""
        count = 0
        while self._due and self._due[0][0] <= until:
            due, record = self._due.pop(0)
            members: dict[str, Value] = dict(record.members)
            self.device.record(record.kind, record.at, members, lived_at=due)
            count += 1
        return count

    def close_journal(self) -> None:
        """The key is laid down: the last day's end, as the next start would have found it; once."""
        if self.device.lived_at == LAID_DOWN:
            return
        worked = self.plan if self.plan.arrives_at is not None else self.previous
        if worked is not None:
            self.device.record("ended", last_mark(worked), {"how": "recovered"}, lived_at=LAID_DOWN)

    def entries(self, until: datetime) -> list[Entry]:
        """The whereabouts entries made by then, each given out once."""
        made = [entry for entry in self._entries if entry.at <= until]
        self._entries = self._entries[len(made) :]
        if made:
            self.device.declared(made[-1].at)
        return made

    def next_at(self) -> datetime | None:
        """When the next event or entry falls due."""
        moments = [self._due[0][0]] if self._due else []
        moments += [self._entries[0].at] if self._entries else []
        return min(moments, default=None)

    def is_heard(self, at: datetime) -> bool:
        """Whether the device is awake and has network."""
        n = bisect_right(self.heard, (at, datetime.max.replace(tzinfo=at.tzinfo)))
        return n > 0 and at < self.heard[n - 1][1]

    def heard_from(self, at: datetime) -> datetime | None:
        """The next moment from ``at`` on at which it can be heard; None for the rest of the day."""
        if self.is_heard(at):
            return at
        return next((since for since, _ in self.heard if since > at), None)

    def move(self, at: datetime) -> None:
        """Speak from where the person is at that moment."""
        self.device.contact.source = source_of(
            self.device.use,
            outside=outside_at(self.plan, at),
            in_room=in_room_at(self.plan, at),
            satellite=self.plan.place == "satellite",
        )
