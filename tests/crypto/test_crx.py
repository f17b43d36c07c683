import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dokodemo.crypto.crx import extension_id, host_permission_of, load_or_create_key, manifest_key, pack, version_of
from dokodemo.crypto.rsa import public_der
from dokodemo.domain.errors import InvalidError
from tests.crypto.crx_reader import NotCrx, read

UPDATE_URL = "https://hq.city.example.jp/extension/update.xml"
HOSTS = ("https://hq.city.example.jp/*",)
MANIFEST = {
    "manifest_version": 3,
    "name": "どこでも",
    "version": "1.2.3",
    "host_permissions": ["http://127.0.0.1/*"],
    "permissions": ["storage", "alarms"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "extension"
    (folder / "_locales/ja").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST, ensure_ascii=False), "utf-8")
    (folder / "service_worker.js").write_bytes(b"// \xe5\x89\x8d\xe6\xa9\x8b\r\n")
    (folder / "_locales/ja/messages.json").write_bytes(b"{}")
    (folder / "icon.png").write_bytes(bytes(range(256)) * 40)
    return folder


@pytest.fixture(scope="module")
def key_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "extension.pem"


def packed(folder: Path, key_path: Path) -> bytes:
    return pack(folder, key=load_or_create_key(key_path), update_url=UPDATE_URL, host_permissions=HOSTS)


def contents(crx: bytes) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(read(crx).archive))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_an_independent_reader_verifies_the_package_and_its_id(folder: Path, key_path: Path) -> None:
    key = load_or_create_key(key_path)
    crx = read(packed(folder, key_path))
    assert (extension_id(key), public_der(key)) == (crx.extension_id, crx.public_key)


def test_exactly_three_members_of_the_manifest_are_set(folder: Path, key_path: Path) -> None:
    manifest = json.loads(contents(packed(folder, key_path))["manifest.json"])
    expected = MANIFEST | {
        "host_permissions": list(HOSTS),
        "key": manifest_key(load_or_create_key(key_path)),
        "update_url": UPDATE_URL,
    }
    assert list(expected.items()) == list(manifest.items())


def test_every_other_file_keeps_its_bytes_and_hidden_files_stay_out(folder: Path, key_path: Path) -> None:
    expected = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git/config").write_bytes(b"x")
    shipped = contents(packed(folder, key_path))
    del shipped["manifest.json"]
    assert expected == shipped


def test_the_same_folder_gives_the_same_bytes_whatever_dates_and_modes_it_has(folder: Path, key_path: Path) -> None:
    first = packed(folder, key_path)
    for path in folder.rglob("*"):
        path.chmod(0o700)
        os.utime(path, (time.time() - 10**7,) * 2)
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(packed(folder, key_path)).hexdigest()


def test_another_process_with_another_zone_and_locale_gives_the_same_bytes(folder: Path, key_path: Path) -> None:
    ours = packed(folder, key_path)
    program = (
        "import sys, pathlib; from dokodemo.crypto.crx import pack, load_or_create_key as key;"
        f"sys.stdout.buffer.write(pack(pathlib.Path(sys.argv[1]), key=key(pathlib.Path(sys.argv[2])),"
        f"update_url={UPDATE_URL!r}, host_permissions={HOSTS!r}))"
    )
    environment = {**os.environ, "TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    theirs = subprocess.run(
        [sys.executable, "-c", program, str(folder), str(key_path)], env=environment, capture_output=True, check=True
    )
    assert ours == theirs.stdout


def test_a_changed_byte_anywhere_is_refused_by_the_reader(folder: Path, key_path: Path) -> None:
    crx = packed(folder, key_path)
    for position in [*range(16), *range(16, len(crx), len(crx) // 200)]:
        changed = bytearray(crx)
        changed[position] ^= 1
        with pytest.raises((NotCrx, InvalidSignature, ValueError, LookupError)):
            read(bytes(changed))


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "extension.pem"
    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(lambda _: extension_id(load_or_create_key(path)), range(4)))
    assert ids == {extension_id(load_or_create_key(path))}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
)
def test_a_file_that_holds_no_rsa_key_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "extension.pem"
    path.write_bytes(content)
    with pytest.raises(InvalidError, match=r"extension\.pem"):
        load_or_create_key(path)
    assert content == path.read_bytes()


def test_the_manifest_key_gives_the_same_id_to_an_unpacked_extension(key_path: Path) -> None:
    key = load_or_create_key(key_path)
    digest = hashlib.sha256(b64decode(manifest_key(key))).digest()[:16]
    assert extension_id(key) == digest.hex().translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))


def test_a_folder_without_a_readable_manifest_is_refused(tmp_path: Path, key_path: Path) -> None:
    for text in (None, "{", "[]"):
        if text is not None:
            (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(InvalidError, match=r"manifest\.json"):
            packed(tmp_path, key_path)


def test_a_link_is_refused(folder: Path, key_path: Path) -> None:
    (folder / "secret.txt").symlink_to("/etc/hostname")
    with pytest.raises(InvalidError, match=r"secret\.txt"):
        packed(folder, key_path)


def test_version_and_host_permission_come_from_manifest_and_url(folder: Path) -> None:
    assert version_of(folder) == "1.2.3"
    assert host_permission_of("http://127.0.0.1:8000/prefix") == "http://127.0.0.1/*"
    assert host_permission_of("https://[::1]:8443") == "https://[::1]/*"
