"""Rows with an expiry, and how long each kind is kept behind it."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from dokodemo.store import Transaction
from dokodemo.store.rows.devices import challenges
from dokodemo.store.rows.installation import announcements
from dokodemo.store.rows.web import sign_ins, web_sessions

KEPT = (
    (challenges, challenges.c.expires_at, timedelta(minutes=5)),
    (sign_ins, sign_ins.c.expires_at, timedelta(0)),
    (web_sessions, web_sessions.c.expires_at, timedelta(days=7)),  # one sees one's own past sign-ins for a week
    (announcements, announcements.c.at, timedelta(hours=1)),
)


def drop(transaction: Transaction, now: datetime) -> int:
    """Remove what is over."""
    return sum(
        transaction.execute(delete(table).where(column < now - kept)).rowcount for table, column, kept in KEPT
    )
