"""Sealed files: what leaves the installation (a backup, the extension's key) under a passphrase.

Layout: a header (magic, cost of scrypt, salt, nonce prefix), then chunks of AES-256-GCM, each of 64 KiB before
encryption except the last. A chunk's nonce is the prefix, its number and a mark on the last one (the STREAM
construction), and the header is authenticated with each chunk: changed, swapped, doubled, cut off or appended bytes
do not open. Memory stays the same whatever the file's size.
"""

import secrets
import unicodedata
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dokodemo.domain.errors import ErrorCode, InvalidError

MAGIC = b"DKSEAL1\n"
SALT_BYTES = 16
PREFIX_BYTES = 7
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
# 2^17 · 8 · 128 bytes = 128 MiB and about half a second for each guess.
COST = 17
# A header asks for the memory it wants: no more than 1 GiB.
MAX_COST = 20
_HEADER_BYTES = len(MAGIC) + 1 + SALT_BYTES + PREFIX_BYTES


def encrypt(source: BinaryIO, target: BinaryIO, passphrase: str, *, cost: int = COST) -> None:
    """Reads ``source`` to its end and writes it sealed to ``target``.

    ``cost`` is the binary logarithm of scrypt's n.
    """
    header = MAGIC + bytes([cost]) + secrets.token_bytes(SALT_BYTES + PREFIX_BYTES)
    cipher = _cipher(header, passphrase)
    target.write(header)
    number, chunk = 0, _read(source, CHUNK_BYTES)
    while True:
        following = _read(source, CHUNK_BYTES)
        target.write(cipher.encrypt(_nonce(header, number, last=not following), chunk, header))
        if not following:
            return
        number, chunk = number + 1, following


def decrypt(source: BinaryIO, target: BinaryIO, passphrase: str) -> None:
    """Opens what ``encrypt`` wrote. InvalidError when the passphrase is wrong or a byte was changed, lost or added.

    What was written to ``target`` before the error was authentic but is not the whole: the caller throws it away.
    """
    header = _read(source, _HEADER_BYTES)
    if len(header) != _HEADER_BYTES or not header.startswith(MAGIC) or not 10 <= header[len(MAGIC)] <= MAX_COST:
        raise InvalidError(ErrorCode.INVALID, "this is not a sealed file")
    cipher = _cipher(header, passphrase)
    number, chunk = 0, _read(source, CHUNK_BYTES + TAG_BYTES)
    while True:
        following = _read(source, CHUNK_BYTES + TAG_BYTES)
        try:
            target.write(cipher.decrypt(_nonce(header, number, last=not following), chunk, header))
        except (InvalidTag, ValueError):
            reason = "the file was changed or cut" if number else "the passphrase is wrong, or the file was changed"
            raise InvalidError(ErrorCode.INVALID, reason) from None
        if not following:
            return
        number, chunk = number + 1, following


def _read(source: BinaryIO, size: int) -> bytes:
    """``size`` bytes, fewer only at the end: a pipe may give less at a time, and less would look like the end."""
    parts = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _cipher(header: bytes, passphrase: str) -> AESGCM:
    if not passphrase:
        raise InvalidError(ErrorCode.INVALID, "a passphrase is needed")
    cost, salt = header[len(MAGIC)], header[len(MAGIC) + 1 : len(MAGIC) + 1 + SALT_BYTES]
    # The same passphrase typed on another keyboard may come composed differently.
    secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(secret))


def _nonce(header: bytes, number: int, *, last: bool) -> bytes:
    return header[-PREFIX_BYTES:] + number.to_bytes(4, "big") + bytes([last])
