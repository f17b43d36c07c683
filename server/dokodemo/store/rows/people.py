"""Units, people, what they hold, and who may do what."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from dokodemo.store.columns import Document, Id, Instant
from dokodemo.store.rows import metadata

units = Table(
    "units",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),  # department, section, subsection
    Column("parent_code", Text),
    Column("flags", Text, nullable=False, default=""),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # exclusive
    UniqueConstraint("code", "valid_from"),
)

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("staff_number", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kana", Text, nullable=False),
    Column("email", Text, nullable=False, unique=True),  # NFKC, lower case
    Column("extension", Text, nullable=False, default=""),
    Column("employment", Text, nullable=False),
    Column("pattern", Text),
    Column("daily_minutes", Integer),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # exclusive: the day after the last day
    Column("language", Text),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("bound_at", Instant, nullable=False),
    UniqueConstraint("issuer", "person_id"),
)

postings = Table(
    "postings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("unit_code", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("title", Text, nullable=False),  # the post's name as the roster has it
    Column("kind", Text, nullable=False),  # main, concurrent, cross, acting_up, acting_down, stand_in, away
    Column("ordered_on", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # exclusive
    Column("visible_from", Date, nullable=False),
    Index("ix_postings_person_id", "person_id"),
    Index("ix_postings_unit_code", "unit_code"),
)

role_grants = Table(
    "role_grants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("unit_code", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # exclusive
    Column("granted_at", Instant, nullable=False),
    Column("granted_by", Text, nullable=False),  # a person's id or "operator"
    Column("revoked_at", Instant),
    Column("part", Text),  # of a stand-in: board, corrections; without it everything of a 所属長
    Index("ix_role_grants_person_id", "person_id"),
)

roster_imports = Table(
    "roster_imports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("counts", Document, nullable=False),
)
