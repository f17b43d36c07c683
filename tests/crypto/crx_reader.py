"""A second reading of CRX3, written from Chromium's ``crx3.proto`` and sharing nothing with the packer.

It parses the protobuf in general, takes every field it knows, and judges as ``crx_verifier.cc`` does: magic, version,
sizes, one declared id, at least one RSA proof whose key hashes to that id, and every proof verified.
"""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


class NotCrx(Exception):  # noqa: N818 - it is a verdict
    pass


@dataclass(frozen=True)
class Crx:
    extension_id: str
    public_key: bytes
    archive: bytes


def read(data: bytes) -> Crx:
    if data[:4] != b"Cr24" or int.from_bytes(data[4:8], "little") != 3:
        raise NotCrx("magic or version")
    size = int.from_bytes(data[8:12], "little")
    header, archive = data[12 : 12 + size], data[12 + size :]
    if len(header) != size or not archive.startswith(b"PK\x03\x04"):
        raise NotCrx("size of the header")
    fields = parse(header)
    (signed_data,) = fields.get(10000, [b""])
    declared = parse(signed_data).get(1, [])
    if len(declared) != 1 or len(declared[0]) != 16:
        raise NotCrx("declared id")
    if fields.get(3):
        raise NotCrx("ECDSA proofs are not expected here")
    covered = b"CRX3 SignedData\0" + len(signed_data).to_bytes(4, "little") + signed_data + archive
    matching = [proof for proof in map(parse, fields.get(2, [])) if verified(proof, covered, declared[0])]
    if len(matching) != 1:
        raise NotCrx("no proof belongs to the declared id")
    letters = "".join("abcdefghijklmnop"[byte >> 4] + "abcdefghijklmnop"[byte & 15] for byte in declared[0])
    return Crx(letters, matching[0][1][0], archive)


def verified(proof: dict[int, list[bytes]], covered: bytes, declared: bytes) -> bool:
    (public_key,), (signature,) = proof[1], proof[2]
    key = load_der_public_key(public_key)
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotCrx("an RSA key was expected")
    key.verify(signature, covered, padding.PKCS1v15(), SHA256())
    return hashlib.sha256(public_key).digest()[:16] == declared


def parse(message: bytes) -> dict[int, list[bytes]]:
    """The length-delimited fields of a protobuf message, by number."""
    fields: dict[int, list[bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        if tag & 7 != 2:
            raise NotCrx(f"wire type {tag & 7}")
        size, at = varint(message, at)
        if at + size > len(message):
            raise NotCrx("a field leads beyond the end")
        fields.setdefault(tag >> 3, []).append(message[at : at + size])
        at += size
    return fields


def varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
