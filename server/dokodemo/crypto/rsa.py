"""RSA keys that live in a file: the extension's signing key and the demo issuer's."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from dokodemo.domain.errors import ErrorCode, InvalidError

KEY_BITS = 2048


def load_or_create_key(path: Path) -> rsa.RSAPrivateKey:
    """The key of this file; made, and durably on the disk with mode 0600, when there is none yet.

    Two processes that start together get the same key: the file appears whole, and the first one wins.
    InvalidError when the file holds something else.
    """
    if not path.exists():
        _create(path)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InvalidError(ErrorCode.INVALID, f"{path} does not hold an unencrypted RSA private key in PEM form")
    return key


def public_der(key: rsa.RSAPrivateKey) -> bytes:
    """SubjectPublicKeyInfo in DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _create(path: Path) -> None:
    key = rsa.generate_private_key(65537, KEY_BITS)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink()
