"""CRX3: the signed package in which Chrome takes an extension from our own server.

A package is ``Cr24``, the version 3, the length of a small protobuf header (public key, signature, extension id)
and a zip. The signature covers ``CRX3 SignedData\\0``, the length and bytes of the signed header data, and the zip.
The same folder, key and addresses give the same bytes, on every machine: names are sorted, dates and modes fixed, and
files are stored uncompressed, because a compressor's output changes from one zlib to the next.
"""

import hashlib
import io
import json
import struct
import zipfile
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from dokodemo.crypto.rsa import load_or_create_key, public_der
from dokodemo.domain.errors import ErrorCode, InvalidError

__all__ = ["extension_id", "host_permission_of", "load_or_create_key", "manifest_key", "pack", "version_of"]

MANIFEST = "manifest.json"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644
_UNIX = 3


def extension_id(key: RSAPrivateKey) -> str:
    """The id that Chrome gives to whatever this key signs: 32 letters from a to p."""
    digest = hashlib.sha256(public_der(key)).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)


def manifest_key(key: RSAPrivateKey) -> str:
    """The manifest's ``key``: with it, an unpacked extension has the same id as the packed one."""
    return b64encode(public_der(key)).decode("ascii")


def host_permission_of(url: str) -> str:
    """The match pattern of a server: scheme and host, every port (Chrome's patterns need not name one)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}/*"


def version_of(folder: Path) -> str:
    """The version in a folder's manifest."""
    return str(_manifest(folder).get("version", ""))


def pack(folder: Path, *, key: RSAPrivateKey, update_url: str, host_permissions: Sequence[str]) -> bytes:
    """The CRX3 package of a folder.

    Sets exactly ``key``, ``update_url`` and ``host_permissions`` in the manifest; every other member keeps its value
    and place, every other file its bytes. Hidden files stay out. InvalidError when there is no readable manifest, or
    when a link leads out of what would ship.
    """
    manifest = _manifest(folder) | {
        "key": manifest_key(key),
        "update_url": update_url,
        "host_permissions": list(host_permissions),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    return _sign(_zip(folder, text.encode("utf-8")), key)


def _manifest(folder: Path) -> dict[str, object]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidError(ErrorCode.INVALID, f"{folder} has no readable {MANIFEST}") from error
    if not isinstance(manifest, dict):
        raise InvalidError(ErrorCode.INVALID, f"{MANIFEST} of {folder} is no JSON object")
    return manifest


def _zip(folder: Path, manifest: bytes) -> bytes:
    files = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_symlink():
            raise InvalidError(ErrorCode.INVALID, f"{relative.as_posix()} is a link; only files are packed")
        if path.is_file():
            files[relative.as_posix()] = path.read_bytes()
    files[MANIFEST] = manifest
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _sign(archive: bytes, key: RSAPrivateKey) -> bytes:
    public = public_der(key)
    signed_data = _field(1, hashlib.sha256(public).digest()[:16])
    covered = b"CRX3 SignedData\x00" + struct.pack("<I", len(signed_data)) + signed_data + archive
    proof = _field(1, public) + _field(2, key.sign(covered, padding.PKCS1v15(), SHA256()))
    header = _field(2, proof) + _field(10000, signed_data)
    return b"Cr24" + struct.pack("<II", 3, len(header)) + header + archive


def _field(number: int, data: bytes) -> bytes:
    """A protobuf field of wire type 2 (length-delimited)."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
