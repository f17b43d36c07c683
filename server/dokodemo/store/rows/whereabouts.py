"""What people declare of themselves and of each other; append-only."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from dokodemo.store.columns import Id, Instant
from dokodemo.store.rows import metadata

whereabouts = Table(
    "whereabouts",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("status", Text, nullable=False),
    Column("destination", Text),
    Column("back_at", Instant),
    Column("note", Text),
    Column("from_at", Instant),
    Column("until_at", Instant),
    Column("made_at", Instant, nullable=False),  # corrected by the known offset; after arrival counts as arrival
    Column("received_at", Instant, nullable=False),
    Column("author_id", Id, ForeignKey("people.id"), nullable=False),
    Column("via", Text, nullable=False),  # domain.whereabouts.Via
    Column("ends_at", Instant, nullable=False),  # when it stops holding by itself (domain.whereabouts.ends_at)
    Index("ix_whereabouts_ends_at", "ends_at"),
    Index("ix_whereabouts_person_id_made_at", "person_id", "made_at"),
)
