"""The first tables"""

import sqlalchemy as sa
from alembic import op

from dokodemo.store.columns import Document, Id, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "announcements",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("members", Document(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_table(
        "audit",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("subject_id", Id(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("payload", Document(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "challenges",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("spent_by", Id(), nullable=True),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_challenges")),
    )
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.create_index("ix_challenges_thumbprint", ["thumbprint"], unique=False)

    op.create_table(
        "device_ledger",
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("use", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("directory_id", name=op.f("pk_device_ledger")),
        sa.UniqueConstraint("asset_id", name=op.f("uq_device_ledger_asset_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_device_ledger_serial")),
    )
    op.create_table(
        "devices",
        sa.Column("id", Id(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("annotated_location", sa.Text(), nullable=True),
        sa.Column("hostname", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("os_version", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("directory_id", name=op.f("uq_devices_directory_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_devices_serial")),
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Document(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "networks",
        sa.Column("cidr", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("cidr", name=op.f("pk_networks")),
    )
    op.create_table(
        "people",
        sa.Column("id", Id(), nullable=False),
        sa.Column("staff_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("employment", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=True),
        sa.Column("daily_minutes", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
        sa.UniqueConstraint("staff_number", name=op.f("uq_people_staff_number")),
    )
    op.create_table(
        "roster_imports",
        sa.Column("id", Id(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("counts", Document(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_imports")),
    )
    op.create_table(
        "segments",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("session", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_known", sa.Text(), nullable=True),
        sa.Column("meeting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "journal_id", "session", "n", name=op.f("pk_segments")),
    )
    op.create_table(
        "setting_entries",
        sa.Column("id", Id(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", Document(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ended_revision", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_entries")),
    )
    with op.batch_alter_table("setting_entries", schema=None) as batch_op:
        batch_op.create_index("ix_setting_entries_layer_subject", ["layer", "subject"], unique=False)

    op.create_table(
        "setting_revisions",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "n", name=op.f("pk_setting_revisions")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("state_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("code_verifier", sa.Text(), nullable=False),
        sa.Column("return_to", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_sign_ins")),
    )
    op.create_table(
        "units",
        sa.Column("id", Id(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_units_code_valid_from")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("binding_id", Id(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_acknowledgements_person_id")),
        sa.PrimaryKeyConstraint("person_id", "document", "version", name=op.f("pk_acknowledgements")),
    )
    op.create_table(
        "bindings",
        sa.Column("id", Id(), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=65), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("device_id", Id(), nullable=True),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("extension_version", sa.Text(), nullable=True),
        sa.Column("replaces", Id(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_bindings_device_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bindings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
        sa.UniqueConstraint("thumbprint", name=op.f("uq_bindings_thumbprint")),
    )
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.create_index("ix_bindings_device_id", ["device_id"], unique=False)
        batch_op.create_index("ix_bindings_person_id", ["person_id"], unique=False)

    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("bound_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_identities_person_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "person_id", name=op.f("uq_identities_issuer_person_id")),
    )
    op.create_table(
        "looks",
        sa.Column("subject_id", Id(), nullable=False),
        sa.Column("viewer_id", Id(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("viewer_role", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["people.id"], name=op.f("fk_looks_subject_id")),
        sa.ForeignKeyConstraint(["viewer_id"], ["people.id"], name=op.f("fk_looks_viewer_id")),
        sa.PrimaryKeyConstraint("subject_id", "viewer_id", "what", "day", name=op.f("pk_looks")),
    )
    op.create_table(
        "postings",
        sa.Column("id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("visible_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_postings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("ix_postings_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_postings_unit_code", ["unit_code"], unique=False)

    op.create_table(
        "role_grants",
        sa.Column("id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_role_grants_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.create_index("ix_role_grants_person_id", ["person_id"], unique=False)

    op.create_table(
        "web_sessions",
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_web_sessions_person_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_web_sessions_id")),
    )
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_web_sessions_person_id", ["person_id"], unique=False)

    op.create_table(
        "whereabouts",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("back_at", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("from_at", Instant(), nullable=True),
        sa.Column("until_at", Instant(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("author_id", Id(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_whereabouts_author_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_whereabouts_person_id")),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_whereabouts")),
    )
    with op.batch_alter_table("whereabouts", schema=None) as batch_op:
        batch_op.create_index("ix_whereabouts_ends_at", ["ends_at"], unique=False)
        batch_op.create_index("ix_whereabouts_person_id_made_at", ["person_id", "made_at"], unique=False)

    op.create_table(
        "journals",
        sa.Column("id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reading", Document(), nullable=False),
        sa.Column("open_since", Instant(), nullable=True),
        sa.Column("heard_at", Instant(), nullable=True),
        sa.Column("observed_place", sa.Text(), nullable=True),
        sa.Column("observations", sa.Integer(), nullable=False),
        sa.Column("forked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["bindings.id"], name=op.f("fk_journals_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_journals_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journals")),
    )
    with op.batch_alter_table("journals", schema=None) as batch_op:
        batch_op.create_index("ix_journals_open_since", ["open_since"], unique=False)
        batch_op.create_index("ix_journals_person_id", ["person_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("binding_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("members", Document(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["binding_id"], ["bindings.id"], name=op.f("fk_orders_binding_id")),
        sa.PrimaryKeyConstraint("binding_id", "id", name=op.f("pk_orders")),
    )
    op.create_table(
        "setting_results",
        sa.Column("binding_id", Id(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["binding_id"], ["bindings.id"], name=op.f("fk_setting_results_binding_id")),
        sa.PrimaryKeyConstraint("binding_id", "key", name=op.f("pk_setting_results")),
    )
    op.create_table(
        "events",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("effective_at", Instant(), nullable=True),
        sa.Column("moved_ms", sa.BigInteger(), nullable=False),
        sa.Column("refusal", Document(), nullable=True),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_events_journal_id")),
        sa.PrimaryKeyConstraint("person_id", "journal_id", "seq", name=op.f("pk_events")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_person_id_effective_at", ["person_id", "effective_at"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", Document(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_evidence_journal_id")),
        sa.PrimaryKeyConstraint("journal_id", "kind", name=op.f("pk_evidence")),
    )
    op.create_table(
        "gaps",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("from_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("to_seq", sa.Integer(), nullable=False),
        sa.Column("claimed_head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_gaps_journal_id")),
        sa.PrimaryKeyConstraint("person_id", "journal_id", "from_seq", name=op.f("pk_gaps")),
    )
    op.create_table(
        "observations",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("last_heard", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_observations_journal_id")),
        sa.PrimaryKeyConstraint("person_id", "journal_id", "n", name=op.f("pk_observations")),
    )
    with op.batch_alter_table("observations", schema=None) as batch_op:
        batch_op.create_index("ix_observations_person_id_at", ["person_id", "at"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("start_known", sa.Text(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_known", sa.Text(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_sessions_journal_id")),
        sa.PrimaryKeyConstraint("person_id", "journal_id", "n", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sessions_person_id_started_at", ["person_id", "started_at"], unique=False)

    op.create_table(
        "signed_batches",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", Document(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_signed_batches_journal_id")),
        sa.PrimaryKeyConstraint("person_id", "journal_id", "month", name=op.f("pk_signed_batches")),
    )


def downgrade() -> None:  # noqa: PLR0915 - as above
    op.drop_table("signed_batches")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_person_id_started_at")

    op.drop_table("sessions")
    with op.batch_alter_table("observations", schema=None) as batch_op:
        batch_op.drop_index("ix_observations_person_id_at")

    op.drop_table("observations")
    op.drop_table("gaps")
    op.drop_table("evidence")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_person_id_effective_at")

    op.drop_table("events")
    op.drop_table("setting_results")
    op.drop_table("orders")
    with op.batch_alter_table("journals", schema=None) as batch_op:
        batch_op.drop_index("ix_journals_person_id")
        batch_op.drop_index("ix_journals_open_since")

    op.drop_table("journals")
    with op.batch_alter_table("whereabouts", schema=None) as batch_op:
        batch_op.drop_index("ix_whereabouts_person_id_made_at")
        batch_op.drop_index("ix_whereabouts_ends_at")

    op.drop_table("whereabouts")
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_web_sessions_person_id")

    op.drop_table("web_sessions")
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.drop_index("ix_role_grants_person_id")

    op.drop_table("role_grants")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index("ix_postings_unit_code")
        batch_op.drop_index("ix_postings_person_id")

    op.drop_table("postings")
    op.drop_table("looks")
    op.drop_table("identities")
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.drop_index("ix_bindings_person_id")
        batch_op.drop_index("ix_bindings_device_id")

    op.drop_table("bindings")
    op.drop_table("acknowledgements")
    op.drop_table("units")
    op.drop_table("sign_ins")
    op.drop_table("setting_revisions")
    with op.batch_alter_table("setting_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_setting_entries_layer_subject")

    op.drop_table("setting_entries")
    op.drop_table("segments")
    op.drop_table("roster_imports")
    op.drop_table("people")
    op.drop_table("networks")
    op.drop_table("installation")
    op.drop_table("devices")
    op.drop_table("device_ledger")
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.drop_index("ix_challenges_thumbprint")

    op.drop_table("challenges")
    op.drop_table("calendar_days")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject_id")
        batch_op.drop_index("ix_audit_at")

    op.drop_table("audit")
    op.drop_table("announcements")
