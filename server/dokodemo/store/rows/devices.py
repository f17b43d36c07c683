"""Chromebooks, the keys that people hold on them, and what is asked of them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from dokodemo.store.columns import Document, Id, Instant
from dokodemo.store.rows import metadata

ledger = Table(
    "device_ledger",  # what the city bought: the directory ids that make a device "managed"
    metadata,
    Column("directory_id", Text, primary_key=True),
    Column("serial", Text, unique=True),
    Column("asset_id", Text, unique=True),
    Column("model", Text),
    Column("unit_code", Text),
    Column("use", Text, nullable=False, default="personal"),  # personal, shared, kiosk, spare
)

devices = Table(
    "devices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("directory_id", Text, unique=True),
    Column("serial", Text, unique=True),
    Column("asset_id", Text),
    Column("annotated_location", Text),
    Column("hostname", Text),
    Column("model", Text),
    Column("os_version", Text),
    Column("platform", Text),
    Column("first_seen_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", Id, primary_key=True),  # also the id of its journal
    Column("thumbprint", LargeBinary(32), nullable=False, unique=True),
    Column("public_key", LargeBinary(65), nullable=False),  # SEC 1, uncompressed
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("device_id", Id, ForeignKey("devices.id")),
    Column("trust", Text, nullable=False),  # attested, managed, unmanaged
    Column("status", Text, nullable=False),  # active, retired, revoked
    Column("extension_version", Text),
    Column("replaces", Id),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_bindings_person_id", "person_id"),
    Index("ix_bindings_device_id", "device_id"),
)

challenges = Table(
    "challenges",
    metadata,
    Column("nonce", Text, primary_key=True),
    Column("thumbprint", LargeBinary(32), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("spent_by", Id),  # the binding that it made
    Index("ix_challenges_thumbprint", "thumbprint"),
)

orders = Table(
    "orders",
    metadata,
    Column("binding_id", Id, ForeignKey("bindings.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("members", Document, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("state", Text),  # None while open; done, failed, unsupported, withdrawn
    Column("detail", Text),
    Column("answered_at", Instant),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("document", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("binding_id", Id),
)
