"""People sign in to the web: authorization code with PKCE at a configured issuer, then a session of our own.

Nothing of the issuer is kept but who the person is: no token, no code. A session is 256 random bits in a cookie and
their SHA-256 in a row, so it can be revoked at once.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.audit import record
from dokodemo.actions.people import today, viewer_of
from dokodemo.actions.roster_match import keep_first, match
from dokodemo.domain.access import Viewer
from dokodemo.domain.audit import Actor, Tag, Via
from dokodemo.domain.errors import DokodemoError, ErrorCode, InvalidError, UnauthenticatedError
from dokodemo.domain.people import Person
from dokodemo.google.code_flow import authorize_url, challenge_of
from dokodemo.google.issuers import IssuerProfile
from dokodemo.store import Transaction, identities, people, web_sessions
from dokodemo.store.web_sessions import SignIn, WebSession

SIGN_IN_LASTS = timedelta(minutes=10)
IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the state that it has to bring back and to keep in a cookie of its own."""

    address: str
    state: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that holds: whose, and what that person may see today."""

    session: WebSession
    person: Person
    viewer: Viewer


def begin(services: Services, issuer: str, return_to: str, redirect_uri: str) -> Begun:
    """Remember a sign-in for ten minutes and say where it goes on. Raises ``InvalidError`` for an unknown issuer."""
    profile = _profile(services, issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    now = services.now()

    def work(transaction: Transaction) -> None:
        sign_in = SignIn(profile.issuer, nonce, verifier, return_to)
        web_sessions.append_sign_in(transaction, sign_in, digest_of(state), now + SIGN_IN_LASTS)

    services.write(work)
    address = authorize_url(
        profile, redirect_uri=redirect_uri, state=state, nonce=nonce, challenge=challenge_of(verifier)
    )
    return Begun(address, state)


def finish(services: Services, state: str, code: str, redirect_uri: str) -> tuple[str, str]:
    """The cookie of a new session, and where the person wanted to go.

    Raises what the issuer and the roster say (``sign_in_expired``, ``id_token_invalid``, ``issuer_unavailable``,
    ``not_in_roster``, ``identity_conflict``, ``retired``); each such failure is in the audit trail.
    """
    sign_in = services.write(lambda transaction: web_sessions.take_sign_in(
        transaction, digest_of(state), services.now()
    ))  # fmt: skip
    if sign_in is None:
        raise UnauthenticatedError(ErrorCode.SIGN_IN_EXPIRED, "this sign-in was used, or began more than ten minutes ago")
    identity = None
    try:
        profile = _profile(services, sign_in.issuer)
        id_token = services.google.exchange_code(profile, code, sign_in.code_verifier, redirect_uri)
        identity = services.google.verify(id_token, nonce=sign_in.nonce, now=services.now())
        token = secrets.token_urlsafe(32)
        services.write(lambda transaction: _open(services, transaction, identity, token))
    except DokodemoError as error:
        _note_failure(services, sign_in.issuer, error)
        if identity is not None and error.code in (ErrorCode.NOT_IN_ROSTER, ErrorCode.IDENTITY_CONFLICT):
            error.fields["identity"] = identity.email  # said to the person who brought it, and to nobody else
        raise
    return token, sign_in.return_to


def refused_by_issuer(services: Services, state: str, reason: str) -> None:
    """The issuer sent the person back without a code: the sign-in is over."""
    now = services.now()
    sign_in = services.write(lambda transaction: web_sessions.take_sign_in(transaction, digest_of(state), now))
    error = UnauthenticatedError(ErrorCode.SIGN_IN_EXPIRED, f"the issuer answered {reason}")
    _note_failure(services, sign_in.issuer if sign_in else "", error)
    raise error


def of_cookie(services: Services, token: str) -> SignedIn:
    """The session of a cookie. Raises ``UnauthenticatedError`` (not_signed_in) when there is none that holds."""
    now = services.now()
    with services.read() as transaction:
        session = web_sessions.find(transaction, digest_of(token), now, idle=IDLE)
        person = people.find(transaction, session.person_id) if session else None
        viewer = viewer_of(transaction, session.person_id, today(services)) if session else None
    if session is None or person is None or viewer is None or not viewer.roles:
        raise UnauthenticatedError(ErrorCode.NOT_SIGNED_IN, "sign in first")
    if now - session.seen_at >= TOUCH_EVERY:
        services.write(lambda transaction: web_sessions.touch(transaction, session.id, now))
    return SignedIn(session, person, viewer)


def end(services: Services, signed_in: SignedIn) -> None:
    """Sign out of this browser."""

    def work(transaction: Transaction) -> None:
        web_sessions.revoke(transaction, services.now(), session_id=signed_in.session.id)
        _audit(services, transaction, Tag.SIGN_IN_ENDED, signed_in.person.id)

    services.write(work)


def revoke_all(services: Services, person_id: UUID) -> int:
    """End every web session of a person; how many."""
    return services.write(lambda transaction: web_sessions.revoke(transaction, services.now(), person_id=person_id))


def digest_of(token: str) -> bytes:
    """What is kept instead of a token."""
    return hashlib.sha256(token.encode()).digest()


def _open(services: Services, transaction: Transaction, identity: Any, token: str) -> None:
    now = services.now()
    meant = identities.meant(transaction, identity.issuer, identity.subject, identity.email)
    matched = match(meant, identity, now, services.city.zone)
    keep_first(transaction, identity, matched, now)
    session = WebSession(uuid.uuid4(), matched.person_id, now, now, now + ABSOLUTE)
    web_sessions.append(transaction, session, digest_of(token))
    if matched.first:
        _audit(services, transaction, Tag.IDENTITY_BOUND, matched.person_id, issuer=identity.issuer)
    _audit(services, transaction, Tag.SIGN_IN_SUCCEEDED, matched.person_id, issuer=identity.issuer)


def choose_language(services: Services, token: str, language: str) -> None:
    """Keep the language with the person behind a cookie; without a session nothing happens."""

    def work(transaction: Transaction) -> None:
        session = web_sessions.find(transaction, digest_of(token), services.now(), idle=IDLE)
        if session is not None:
            people.set_language(transaction, session.person_id, language)

    services.write(work)


def _audit(services: Services, transaction: Transaction, tag: Tag, person_id: UUID, **payload: Any) -> None:
    actor = Actor(str(person_id), "member", Via.PAGE)
    record(transaction, services, tag, actor=actor, subject_id=person_id, **payload)


def _note_failure(services: Services, issuer: str, error: DokodemoError) -> None:
    """Who it was is not known, or is nobody of the roster: the entry holds the reason alone."""
    actor = Actor("unknown", "", Via.PAGE)
    services.write(lambda transaction: record(
        transaction, services, Tag.SIGN_IN_FAILED, actor=actor, issuer=issuer, reason=str(error.code)
    ))  # fmt: skip


def _profile(services: Services, issuer: str) -> IssuerProfile:
    for profile in getattr(services.google, "profiles", ()):
        if profile.issuer == issuer:
            found: IssuerProfile = profile
            return found
    raise InvalidError(ErrorCode.INVALID, "no such issuer is configured")

