"""Settings in layers, their revisions, and what became of them on devices."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from dokodemo.store.columns import Document, Id, Instant
from dokodemo.store.rows import metadata

setting_revisions = Table(
    "setting_revisions",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
)

setting_entries = Table(
    "setting_entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("layer", Text, nullable=False),  # organisation, unit, group, person, device
    Column("subject", Text, nullable=False),  # "" for the organisation, a unit's code, a person's or device's id
    Column("key", Text, nullable=False),
    Column("value", Document),
    Column("locked", Boolean, nullable=False, default=False),
    Column("origin", Text, nullable=False),  # office, self
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant),
    Column("revision", Integer, nullable=False),
    Column("ended_revision", Integer),  # the revision that replaced or removed it
    Index("ix_setting_entries_layer_subject", "layer", "subject"),
)

setting_results = Table(
    "setting_results",
    metadata,
    Column("binding_id", Id, ForeignKey("bindings.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),  # applied, unsupported, overruled, failed
    Column("detail", Text),
    Column("epoch", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reported_at", Instant, nullable=False),
)
