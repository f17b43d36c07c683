import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from dokodemo.domain.errors import ErrorCode, UnavailableError
from dokodemo.google.certificates import Certificates, pems_of
from dokodemo.google.transport import UrllibTransport
from tests.google.loopback import Loopback, new_issuer_key, serving

KEY, OTHER_KEY = new_issuer_key(), new_issuer_key()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with serving(KEY) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def certificates(loopback: Loopback, clock: Clock) -> Certificates:
    return Certificates(f"{loopback.url}/certs", UrllibTransport(timeout=1), clock)


def test_keys_are_kept_for_max_age_and_no_longer(loopback: Loopback, clock: Clock, certificates: Certificates) -> None:
    loopback.further = {"Age": "600"}
    counts = []
    for seconds in (0, 1, 2998, 2, 2999, 1):
        clock.now += seconds
        assert certificates.of(KEY.kid) == {KEY.kid: KEY.certificate}
        counts.append(len(loopback.asked))
    assert counts == [1, 1, 1, 2, 2, 3]


@pytest.mark.parametrize(("header", "seconds"), [(None, 300), ("no-cache", 300), ("max-age=999999999", 86400)])
def test_an_issuer_that_says_nothing_useful_gets_a_bounded_age(
    loopback: Loopback, clock: Clock, certificates: Certificates, header: str | None, seconds: int
) -> None:
    loopback.cache_control = header
    certificates.of(KEY.kid)
    clock.now += seconds - 1
    certificates.of(KEY.kid)
    assert len(loopback.asked) == 1
    clock.now += 1
    certificates.of(KEY.kid)
    assert len(loopback.asked) == 2


def test_many_threads_cause_one_fetch(loopback: Loopback, certificates: Certificates) -> None:
    loopback.delay = 0.2
    barrier = threading.Barrier(16)

    def ask(_: int) -> list[str]:
        barrier.wait()
        return list(certificates.of(KEY.kid))

    with ThreadPoolExecutor(16) as threads:
        assert [[KEY.kid]] * 16 == list(threads.map(ask, range(16)))
    assert loopback.asked == ["/certs"]


def test_an_unknown_key_causes_one_fetch_a_minute(loopback: Loopback, clock: Clock, certificates: Certificates) -> None:
    certificates.of(KEY.kid)
    for n in range(20):
        assert certificates.of(f"guess-{n}") == {}
    assert len(loopback.asked) == 2
    loopback.keys.append(OTHER_KEY)
    assert certificates.of(OTHER_KEY.kid) == {}
    clock.now += 60
    assert certificates.of(OTHER_KEY.kid) == {OTHER_KEY.kid: OTHER_KEY.certificate}
    assert len(loopback.asked) == 3


def test_many_threads_with_a_new_key_cause_one_fetch_and_all_get_it(
    loopback: Loopback, certificates: Certificates
) -> None:
    certificates.of(KEY.kid)
    loopback.keys = [OTHER_KEY]
    loopback.delay = 0.2
    with ThreadPoolExecutor(16) as threads:
        assert [[OTHER_KEY.kid]] * 16 == list(threads.map(lambda _: list(certificates.of(OTHER_KEY.kid)), range(16)))
    assert len(loopback.asked) == 2


def test_a_set_serves_on_for_a_day_when_the_issuer_is_down(
    loopback: Loopback, clock: Clock, certificates: Certificates
) -> None:
    certificates.of(KEY.kid)
    loopback.status = 503
    clock.now += 3600
    assert list(certificates.of(KEY.kid)) == [KEY.kid]
    assert list(certificates.of(KEY.kid)) == [KEY.kid]
    assert len(loopback.asked) == 2, "a failing issuer is asked once a minute"
    clock.now += 86400 - 3600 - 1
    assert list(certificates.of(KEY.kid)) == [KEY.kid]
    clock.now += 61
    with pytest.raises(UnavailableError) as error:
        certificates.of(KEY.kid)
    assert (error.value.code, error.value.fields) == (ErrorCode.ISSUER_UNAVAILABLE, {"retry_after": 10})
    loopback.status = 200
    clock.now += 10
    assert list(certificates.of(KEY.kid)) == [KEY.kid]


def test_nobody_waits_for_a_slow_fetch_who_has_a_usable_set(
    loopback: Loopback, clock: Clock, certificates: Certificates
) -> None:
    certificates.of(KEY.kid)
    clock.now += 3601
    loopback.delay = 0.6
    fetcher = threading.Thread(target=certificates.of, args=(KEY.kid,))
    fetcher.start()
    while len(loopback.asked) < 2:
        fetcher.join(0.01)
    assert list(certificates.of(KEY.kid)) == [KEY.kid]
    assert fetcher.is_alive(), "the other thread is still fetching"
    fetcher.join()


def test_an_unknown_key_of_an_issuer_that_is_down_is_no_forgery(loopback: Loopback, certificates: Certificates) -> None:
    certificates.of(KEY.kid)
    loopback.status = 500
    with pytest.raises(UnavailableError):
        certificates.of(OTHER_KEY.kid)
    assert list(certificates.of(KEY.kid)) == [KEY.kid]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"keys": []}', b'{"a": 1}', b"[" * 100_000, b"\xff\xfe", b"x" * (1 << 20) + b"x"],
)
def test_an_answer_that_is_no_set_of_keys_replaces_none(
    loopback: Loopback, clock: Clock, certificates: Certificates, content: bytes
) -> None:
    certificates.of(KEY.kid)
    loopback.raw = content
    clock.now += 3601
    assert list(certificates.of(KEY.kid)) == [KEY.kid]
    assert len(loopback.asked) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(loopback: Loopback, certificates: Certificates, status: int) -> None:
    loopback.status = status
    loopback.further = {"Location": f"{loopback.url}/elsewhere"}
    with pytest.raises(UnavailableError):
        certificates.of(KEY.kid)
    assert loopback.asked == ["/certs"]


def test_nobody_listening_and_nobody_answering_are_unavailable(loopback: Loopback, clock: Clock) -> None:
    with serving(KEY) as gone:
        address = f"{gone.url}/certs"
    with pytest.raises(UnavailableError):
        Certificates(address, UrllibTransport(timeout=1), clock).of(KEY.kid)
    loopback.delay = 1.0
    with pytest.raises(UnavailableError):
        Certificates(f"{loopback.url}/certs", UrllibTransport(timeout=0.2), clock).of(KEY.kid)


def test_a_jwks_becomes_the_same_public_keys() -> None:
    pems = pems_of({"keys": [KEY.jwk, OTHER_KEY.jwk | {"n": "AAA" + "A" + OTHER_KEY.jwk["n"]}]})
    for key in (KEY, OTHER_KEY):
        assert key.private.public_key() == load_pem_public_key(pems[key.kid].encode())


@pytest.mark.parametrize(
    "changes", [{"kty": "EC"}, {"use": "enc"}, {"alg": "RS512"}, {"kid": None}, {"n": None}, {"e": 65537}]
)
def test_keys_of_a_jwks_that_sign_no_rs256_are_left_out(changes: dict[str, object]) -> None:
    document = json.loads(json.dumps({"keys": [KEY.jwk, OTHER_KEY.jwk | changes]}))
    assert [KEY.kid] == list(pems_of(document))
