"""The tables. Every name here is final: migrations create exactly this metadata (a test compares them).

Keys of a person's record begin with ``person_id``, so that a table can be partitioned or spread by it. There is no
tenant column (one installation = one city) and no database sequence in a table that grows with use.
"""

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def every_table() -> MetaData:
    """The metadata with all modules of tables imported."""
    from dokodemo.store.rows import devices, installation, journals, people, settings, web, whereabouts  # noqa: F401

    return metadata
