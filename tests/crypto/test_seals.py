import io
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokodemo.crypto.seals import CHUNK_BYTES, MAGIC, TAG_BYTES, decrypt, encrypt
from dokodemo.domain.errors import InvalidError

CHEAP = 10  # the cost of scrypt is not what these tests are about
HEADER_BYTES = 32
CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(plain: bytes, passphrase: str = "正しい合言葉", cost: int = CHEAP) -> bytes:
    target = io.BytesIO()
    encrypt(io.BytesIO(plain), target, passphrase, cost=cost)
    return target.getvalue()


def opened(box: bytes, passphrase: str = "正しい合言葉") -> bytes:
    target = io.BytesIO()
    decrypt(io.BytesIO(box), target, passphrase)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_what_was_sealed_opens_again(size: int) -> None:
    plain = bytes(range(256)) * (size // 256 + 1)
    assert plain[:size] == opened(sealed(plain[:size]))


@settings(max_examples=60, deadline=None)
@given(plain=st.binary(max_size=300), data=st.data())
def test_no_changed_bit_goes_unseen(plain: bytes, data: st.DataObject) -> None:
    box = bytearray(sealed(plain))
    # The byte of the cost is left alone here: a higher one asks for up to a gigabyte before it fails.
    positions = st.integers(0, len(box) - 1).filter(lambda position: position != len(MAGIC))
    box[data.draw(positions)] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(InvalidError):
        opened(bytes(box))


def test_a_changed_cost_is_seen() -> None:
    box = sealed(b"x")
    for cost in (0, 9, 11, 21, 255):
        with pytest.raises(InvalidError):
            opened(box[: len(MAGIC)] + bytes([cost]) + box[len(MAGIC) + 1 :])


@pytest.mark.parametrize(
    "kept", [0, 5, HEADER_BYTES, HEADER_BYTES + 8, HEADER_BYTES + CHUNK, HEADER_BYTES + CHUNK + 9, -1]
)
def test_a_file_that_was_cut_does_not_open(kept: int) -> None:
    with pytest.raises(InvalidError):
        opened(sealed(bytes(2 * CHUNK_BYTES + 10))[:kept])


def test_swapped_doubled_dropped_and_added_chunks_are_seen() -> None:
    box = sealed(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c")
    head, a, b, c = box[:32], box[32 : 32 + CHUNK], box[32 + CHUNK : 32 + 2 * CHUNK], box[32 + 2 * CHUNK :]
    assert opened(head + a + b + c)
    for parts in ((b, a, c), (a, a, b, c), (a, c), (b, c), (a, b, c, c), (a, b, c, b"\0"), (a, b)):
        with pytest.raises(InvalidError):
            opened(head + b"".join(parts))


def test_a_chunk_of_another_file_is_seen() -> None:
    one, other = sealed(b"one"), sealed(b"two")
    with pytest.raises(InvalidError):
        opened(one[:HEADER_BYTES] + other[HEADER_BYTES:])


def test_another_passphrase_does_not_open_it() -> None:
    with pytest.raises(InvalidError, match="passphrase is wrong"):
        opened(sealed(b"x"), "違う合言葉")
    with pytest.raises(InvalidError):
        sealed(b"x", "")


def test_a_passphrase_that_another_keyboard_composes_differently_opens_it() -> None:
    assert opened(sealed(b"x", "ガ１"), "ガ1") == b"x"


def test_two_seals_of_the_same_bytes_have_nothing_in_common() -> None:
    assert sealed(b"x" * 100)[HEADER_BYTES:] != sealed(b"x" * 100)[HEADER_BYTES:]


def test_a_source_that_gives_little_at_a_time_is_sealed_whole() -> None:
    class Pipe:
        def __init__(self, content: bytes) -> None:
            self.content = io.BytesIO(content)

        def read(self, size: int) -> bytes:
            return self.content.read(min(size, 1000))

    target = io.BytesIO()
    plain = bytes(CHUNK_BYTES * 2 + 17)
    encrypt(cast(BinaryIO, Pipe(plain)), target, "正しい合言葉", cost=CHEAP)
    assert plain == opened(target.getvalue())


def test_the_usual_cost_opens_too() -> None:
    target = io.BytesIO()
    encrypt(io.BytesIO(b"x"), target, "p")
    assert opened(target.getvalue(), "p") == b"x"
