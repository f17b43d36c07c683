"""Facts of the installation, the audit trail, and who looked at whom."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, Table, Text

from dokodemo.store.columns import Document, Id, Instant
from dokodemo.store.rows import metadata

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),  # epoch, city_name, backup_copied_out_at …
    Column("value", Document, nullable=False),
)

announcements = Table(
    "announcements",  # a CLI beside the embedded server says here what changed; the server polls
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),  # settings, roster, roles, revoked, orders
    Column("members", Document, nullable=False),
    Column("at", Instant, nullable=False),
)

networks = Table(
    "networks",
    metadata,
    Column("cidr", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("site", Text, nullable=False, default=""),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("on", Date, primary_key=True),
    Column("kind", Text, nullable=False),  # holiday, special_open, special_closed
    Column("name", Text, nullable=False, default=""),
)

audit = Table(
    "audit",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("tag", Text, nullable=False),  # subject:action
    Column("actor", Text, nullable=False),  # a person's id, "operator", "device", "worker"
    Column("actor_role", Text, nullable=False, default=""),
    Column("subject_id", Id),  # whose, when it is about a person
    Column("unit_code", Text),  # that person's unit then
    Column("via", Text, nullable=False),  # page, api, cli, worker
    Column("payload", Document),  # {"before", "after", "reason", …}; NULL after erasure
    Column("salt", LargeBinary),
    Column("digest", LargeBinary(32), nullable=False),  # H(salt ‖ payload)
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index("ix_audit_subject_id", "subject_id"),
    Index("ix_audit_at", "at"),
)

audit_head = Table(
    "audit_head",  # one row; locked by whoever appends
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

looks = Table(
    "looks",
    metadata,
    Column("subject_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("viewer_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("what", Text, primary_key=True),  # day, month, record, export
    Column("day", Date, primary_key=True),  # the city's day on which it was looked at
    Column("viewer_role", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)
