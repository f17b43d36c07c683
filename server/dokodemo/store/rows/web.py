"""Signed-in people and sign-ins under way: short-lived rows with an expiry."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from dokodemo.store.columns import Id, Instant
from dokodemo.store.rows import metadata

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("token_digest", LargeBinary(32), primary_key=True),  # SHA-256 of the cookie: a stolen table opens nothing
    Column("id", Id, nullable=False, unique=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_web_sessions_person_id", "person_id"),
)

sign_ins = Table(
    "sign_ins",  # between leaving for the issuer and coming back
    metadata,
    Column("state_digest", LargeBinary(32), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("code_verifier", Text, nullable=False),
    Column("return_to", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
