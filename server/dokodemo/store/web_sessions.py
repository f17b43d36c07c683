"""Signed-in people and sign-ins under way. Tokens and states are kept as SHA-256: a stolen table opens nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from dokodemo.store import Transaction
from dokodemo.store.rows.web import sign_ins, web_sessions


@dataclass(frozen=True, slots=True)
class WebSession:
    """One signed-in browser. Over at ``expires_at``, after ``IDLE`` without a page, or once revoked."""

    id: UUID
    person_id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """What has to be remembered between leaving for the issuer and coming back."""

    issuer: str
    nonce: str
    code_verifier: str
    return_to: str


def append(transaction: Transaction, session: WebSession, token_digest: bytes) -> None:
    """Keep a new session under the digest of its cookie."""
    transaction.execute(insert(web_sessions).values(
        token_digest=token_digest, id=session.id, person_id=session.person_id, created_at=session.created_at,
        seen_at=session.seen_at, expires_at=session.expires_at,
    ))  # fmt: skip


def find(transaction: Transaction, token_digest: bytes, now: datetime, *, idle: timedelta) -> WebSession | None:
    """The session of a cookie, if it still holds at ``now``."""
    row = transaction.execute(
        select(
            web_sessions.c.id, web_sessions.c.person_id, web_sessions.c.created_at, web_sessions.c.seen_at,
            web_sessions.c.expires_at,
        ).where(
            web_sessions.c.token_digest == token_digest, web_sessions.c.revoked_at.is_(None),
            web_sessions.c.expires_at > now, web_sessions.c.seen_at > now - idle,
        )
    ).first()  # fmt: skip
    return WebSession(*row) if row else None


def holding(transaction: Transaction, ids: list[UUID], now: datetime) -> set[UUID]:
    """Those of these sessions that were not revoked and did not run out.

    Idleness is not asked here: an open board is looked at without a request.
    """
    rows = transaction.execute(select(web_sessions.c.id).where(
        web_sessions.c.id.in_(ids), web_sessions.c.revoked_at.is_(None), web_sessions.c.expires_at > now
    ))  # fmt: skip
    return {row.id for row in rows}


def touch(transaction: Transaction, session_id: UUID, now: datetime) -> None:
    """Note that a session was used."""
    transaction.execute(update(web_sessions).where(web_sessions.c.id == session_id).values(seen_at=now))


def revoke(transaction: Transaction, now: datetime, *, session_id: UUID | None = None,
           person_id: UUID | None = None) -> int:  # fmt: skip
    """End one session, or all of a person; how many were ended."""
    if session_id is None and person_id is None:
        raise ValueError("say which session or whose")
    which = web_sessions.c.id == session_id if session_id else web_sessions.c.person_id == person_id
    ended = transaction.execute(
        update(web_sessions).where(which, web_sessions.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return ended.rowcount


def append_sign_in(transaction: Transaction, sign_in: SignIn, state_digest: bytes, expires_at: datetime) -> None:
    """Remember a sign-in under the digest of its state."""
    transaction.execute(insert(sign_ins).values(
        state_digest=state_digest, issuer=sign_in.issuer, nonce=sign_in.nonce, code_verifier=sign_in.code_verifier,
        return_to=sign_in.return_to, expires_at=expires_at,
    ))  # fmt: skip


def take_sign_in(transaction: Transaction, state_digest: bytes, now: datetime) -> SignIn | None:
    """Use a sign-in up: a second answer with the same state finds nothing."""
    row = transaction.execute(
        delete(sign_ins).where(sign_ins.c.state_digest == state_digest).returning(
            sign_ins.c.issuer, sign_ins.c.nonce, sign_ins.c.code_verifier, sign_ins.c.return_to, sign_ins.c.expires_at
        )
    ).first()  # fmt: skip
    if row is None or row.expires_at <= now:
        return None
    return SignIn(row.issuer, row.nonce, row.code_verifier, row.return_to)
