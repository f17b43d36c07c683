"""The two logs (journals and observations) and their stored reading (sessions)."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from dokodemo.store.columns import Document, Id, Instant
from dokodemo.store.rows import metadata

journals = Table(
    "journals",
    metadata,
    Column("id", Id, ForeignKey("bindings.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("next_seq", Integer, nullable=False),
    Column("head", LargeBinary(32), nullable=False),
    Column("reading", Document, nullable=False),  # domain.sessions.Reading: the fold so far
    Column("open_since", Instant),  # start of a session that neither ended nor fell silent
    Column("heard_at", Instant),  # the last flushed contact
    Column("observed_place", Text),  # the last network_place observation
    Column("observations", Integer, nullable=False, default=0),
    Column("forked_at", Instant),
    Index("ix_journals_person_id", "person_id"),
    Index("ix_journals_open_since", "open_since"),
)

events = Table(
    "events",
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("journal_id", Id, ForeignKey("journals.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("text", LargeBinary),  # RFC 8785, as received; NULL after erasure
    Column("head", LargeBinary(32), nullable=False),
    Column("kind", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("effective_at", Instant),  # NULL for a refused event: it takes no part
    Column("moved_ms", BigInteger, nullable=False, default=0),  # effective_at minus the device's own time
    Column("refusal", Document),  # {"code", "detail"}: in quarantine
    Index("ix_events_person_id_effective_at", "person_id", "effective_at"),
    sqlite_with_rowid=False,
)

gaps = Table(
    "gaps",
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("journal_id", Id, ForeignKey("journals.id"), primary_key=True),
    Column("from_seq", Integer, primary_key=True, autoincrement=False),
    Column("to_seq", Integer, nullable=False),
    Column("claimed_head", LargeBinary(32), nullable=False),
    Column("restored", Boolean, nullable=False, default=False),
    Column("recorded_at", Instant, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("journal_id", Id, ForeignKey("journals.id"), primary_key=True),
    Column("kind", Text, primary_key=True),  # fork, late
    Column("body", LargeBinary, nullable=False),
    Column("signature", Document, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)

signed_batches = Table(
    "signed_batches",  # the last signed batch of each journal and month, as sent
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("journal_id", Id, ForeignKey("journals.id"), primary_key=True),
    Column("month", Text, primary_key=True),  # YYYY-MM in UTC
    Column("last_seq", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", Document, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("journal_id", Id, ForeignKey("journals.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),  # silent, network_place
    Column("at", Instant, nullable=False),  # when the server saw it
    Column("after_seq", Integer, nullable=False),  # the journal's last number then
    Column("place", Text),
    Column("last_heard", Instant),
    Index("ix_observations_person_id_at", "person_id", "at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("journal_id", Id, ForeignKey("journals.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("start_known", Text, nullable=False),  # reported, recovered, google, corrected
    Column("ended_at", Instant),
    Column("end_known", Text),  # reported, google, recovered, silent
    Column("provisional", Boolean, nullable=False, default=False),
    Index("ix_sessions_person_id_started_at", "person_id", "started_at"),
)

segments = Table(
    "segments",  # stretches that no later event can move; those that can are in journals.reading
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("session", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # active, away, locked, asleep
    Column("place", Text),
    Column("place_known", Text),  # declared, device
    Column("meeting", Boolean, nullable=False, default=False),
)
