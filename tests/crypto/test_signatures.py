import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from http_message_signatures.resolvers import MappingKeyResolver
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.crypto.keys import DeviceKey, key_of_scalar, new_key, point_of_jwk
from dokodemo.crypto.signatures import (
    Signature,
    SignedRequest,
    authority_of,
    check_created,
    check_digest,
    content_digest,
    read_signature,
    sign,
    verify,
)
from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors/signature.json").read_text("utf-8"))
KEY = new_key()
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NOW = datetime(2026, 11, 24, 0, 31, 1, tzinfo=UTC)
CREATED = int(NOW.timestamp())
BATCH = SignedRequest("POST", "hq.city.example.jp", "/api/v1/events", None, {}, b'{"events":[]}')


def signed(request: SignedRequest, key: DeviceKey = KEY, created: int = CREATED) -> SignedRequest:
    return replace(request, headers=sign(key, request, created))


def with_headers(request: SignedRequest, **fields: str | None) -> SignedRequest:
    headers = {name: request.headers.get(name) for name in ("signature", "signature-input", "content-digest")}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    return replace(request, headers={name: value for name, value in headers.items() if value is not None})


def accepted(request: SignedRequest, key: DeviceKey = KEY) -> Signature:
    signature = read_signature(request)
    verify(signature, key.point)
    check_digest(request)
    check_created(signature, NOW)
    return signature


def refusal(request: SignedRequest, key: DeviceKey = KEY) -> ErrorCode:
    with pytest.raises(UnauthenticatedError) as error:
        accepted(request, key)
    return error.value.code


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_has_this_base_and_verifies(vector: dict[str, Any]) -> None:
    public = {name: value for name, value in vector["jwk"].items() if name != "d"}
    key = key_of_scalar(base64url.decode(vector["jwk"]["d"]))
    fields = {
        "signature-input": vector["signature_input"],
        "signature": vector["signature"],
        "content-digest": vector["content_digest"],
    }
    request = SignedRequest(
        vector["method"], vector["authority"], vector["path"], vector["query"], fields, vector["body"].encode()
    )
    signature = read_signature(request)
    verify(signature, point_of_jwk(public))
    check_digest(request)
    assert vector["base"] == signature.base.decode()
    assert (vector["keyid"], vector["created"]) == (signature.keyid, signature.created)
    assert key.keyid == vector["keyid"]
    ours = sign(key, request, vector["created"])
    assert (vector["signature_input"], vector["content_digest"]) == (
        ours["signature-input"],
        ours.get("content-digest"),
    )


# ------------------------------------------------------------------------------------------- a judge we did not write


class Message:
    """A request as the judging library wants it."""

    def __init__(self, request: SignedRequest) -> None:
        self.method = request.method
        query = "" if request.query is None else f"?{request.query}"
        self.url = f"https://{request.authority}{request.path}{query}"
        self.headers = {}
        for name in ("signature", "signature-input", "content-digest"):
            if value := request.headers.get(name):
                self.headers[name] = value


RESOLVER = MappingKeyResolver(public_keys={KEY.keyid: KEY.private.public_key()}, private_keys={KEY.keyid: KEY.private})
REQUESTS = [
    BATCH,
    replace(BATCH, method="GET", path="/api/v1/settings", body=b""),
    replace(BATCH, method="GET", path="/api/v1/board", query="unit=a&since=b.1", body=b""),
    replace(BATCH, path="/x", query="", body="前橋".encode()),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_another_implementation_verifies_ours(request_: SignedRequest) -> None:
    verifier = HTTPMessageVerifier(signature_algorithm=ECDSA_P256_SHA256, key_resolver=RESOLVER)
    now = int(datetime.now(UTC).timestamp())
    request = signed(request_, created=now)
    results = verifier.verify(Message(request), expect_tag="dokodemo", body=request.body or None)
    assert [("dokodemo", KEY.keyid, now)] == [
        (result.label, result.parameters["keyid"], result.parameters["created"]) for result in results
    ]


@pytest.mark.parametrize("request_", REQUESTS)
def test_ours_verifies_another_implementation(request_: SignedRequest) -> None:
    components = ["@path", "@authority", "@method"]
    components += ["@query"] * (request_.query is not None) + ["content-digest"] * bool(request_.body)
    message = Message(request_)
    if request_.body:
        message.headers["content-digest"] = content_digest(request_.body)
    HTTPMessageSigner(signature_algorithm=ECDSA_P256_SHA256, key_resolver=RESOLVER).sign(
        message,
        key_id=KEY.keyid,
        created=NOW,
        label="dokodemo",
        tag="dokodemo",
        include_alg=False,
        use_existing_digest=bool(request_.body),
        covered_component_ids=components,
    )
    headers = {name.lower(): value for name, value in message.headers.items()}
    assert CREATED == accepted(replace(request_, headers=headers)).created


# ------------------------------------------------------------------------------------------------------------ the form


@given(st.permutations(['"@method"', '"@authority"', '"@path"', '"content-digest"']), st.data())
def test_components_and_parameters_come_in_any_order(components: list[str], data: st.DataObject) -> None:
    parameters = data.draw(st.permutations([f"created={CREATED}", f'keyid="{KEY.keyid}"', 'tag="dokodemo"']))
    accepted(by_hand(f"({' '.join(components)});{';'.join(parameters)}"))


def by_hand(members: str, *, base_members: str | None = None, request: SignedRequest = BATCH) -> SignedRequest:
    """A request whose signature is right for whatever ``members`` says, made without ``sign``'s own spelling."""
    values = {
        '"@method"': request.method,
        '"@authority"': request.authority,
        '"@path"': request.path,
        '"@query"': f"?{request.query}",
        '"content-digest"': content_digest(request.body),
        '"@scheme"': "https",
        '"@target-uri"': f"https://{request.authority}{request.path}",
        '"host"': request.authority,
    }
    shown = base_members or members
    names = shown[1 : shown.index(")")].split()
    lines = [f"{name}: {values.get(name, '')}" for name in names] + [f'"@signature-params": {shown}']
    raw = raw_signature(KEY, "\n".join(lines).encode())
    return replace(
        request,
        headers={
            "signature-input": f"dokodemo={members}",
            "signature": f"dokodemo=:{raw}:",
            "content-digest": content_digest(request.body),
        },
    )


def raw_signature(key: DeviceKey, base: bytes) -> str:
    r, s = decode_dss_signature(key.private.sign(base, ec.ECDSA(SHA256())))
    return b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()


COVERED = '"@method" "@authority" "@path" "content-digest"'
PARAMETERS = f';created={CREATED};keyid="{KEY.keyid}";tag="dokodemo"'


def test_spaces_that_structured_fields_allow_do_not_matter() -> None:
    components = '(  "@method"  "@authority" "@path" "content-digest" )'
    spaced = f'{components}; created=00{CREATED};  keyid="{KEY.keyid}"; tag="dokodemo"'
    assert CREATED == accepted(by_hand(spaced, base_members=f"({COVERED}){PARAMETERS}")).created


@pytest.mark.parametrize(
    "members",
    [
        f'("@method" "@authority" "@path"){PARAMETERS}',
        f'("@method" "@authority" "content-digest"){PARAMETERS}',
        f'({COVERED} "@scheme"){PARAMETERS}',
        f'({COVERED} "@query"){PARAMETERS}',
        f'({COVERED} "host"){PARAMETERS}',
        f'({COVERED} "@path"){PARAMETERS}',
        f'("@method" "@authority" "@path" "@path"){PARAMETERS}',
        f'("@method" "@target-uri" "@path" "content-digest"){PARAMETERS}',
        f'("@method";req "@authority" "@path" "content-digest"){PARAMETERS}',
        f'("@METHOD" "@authority" "@path" "content-digest"){PARAMETERS}',
        f"(){PARAMETERS}",
        f'({COVERED}){PARAMETERS};alg="ecdsa-p256-sha256"',
        f'({COVERED}){PARAMETERS};nonce="x"',
        f"({COVERED}){PARAMETERS};expires={CREATED + 60}",
        f"({COVERED}){PARAMETERS};created={CREATED}",
        f'({COVERED});created={CREATED};created={CREATED};keyid="{KEY.keyid}"',
        f'({COVERED});created={CREATED};keyid="{KEY.keyid}"',
        f'({COVERED});created={CREATED};tag="dokodemo"',
        f'({COVERED});keyid="{KEY.keyid}";tag="dokodemo"',
        f'({COVERED});created={CREATED};keyid="{KEY.keyid}";tag="dokodemo2"',
        f'({COVERED});created={CREATED};keyid="{KEY.keyid}";tag=dokodemo',
        f'({COVERED});created={CREATED}.0;keyid="{KEY.keyid}";tag="dokodemo"',
        f'({COVERED});created="{CREATED}";keyid="{KEY.keyid}";tag="dokodemo"',
        f'({COVERED});created={CREATED};keyid="{KEY.keyid}=";tag="dokodemo"',
        f'({COVERED});created={CREATED};keyid="me";tag="dokodemo"',
        f'({COVERED});created={CREATED};keyid="{"A" * 42}B";tag="dokodemo"',
        f'({COVERED});created=１７９５４８０２６１;keyid="{KEY.keyid}";tag="dokodemo"',
        f"({COVERED}){PARAMETERS}, other=()",
    ],
)
def test_any_other_form_is_signature_invalid_even_when_rightly_signed(members: str) -> None:
    assert ErrorCode.SIGNATURE_INVALID == refusal(by_hand(members))


def test_no_signature_is_signature_missing() -> None:
    assert ErrorCode.SIGNATURE_MISSING == refusal(BATCH)
    assert ErrorCode.SIGNATURE_MISSING == refusal(replace(BATCH, headers={"signature": "", "signature-input": ""}))


@pytest.mark.parametrize("field", ["signature", "signature_input", "content_digest"])
def test_half_a_signature_is_invalid(field: str) -> None:
    assert ErrorCode.SIGNATURE_INVALID == refusal(with_headers(signed(BATCH), **{field: None}))


def test_two_signatures_are_one_too_many() -> None:
    headers = sign(KEY, BATCH, CREATED)
    for label in ("dokodemo", "proxy"):
        second = {
            name: f"{headers[name]}, {headers[name].replace('dokodemo=', f'{label}=', 1)}"
            for name in ("signature", "signature-input")
        }
        assert ErrorCode.SIGNATURE_INVALID == refusal(replace(BATCH, headers=headers | second))


def test_another_label_is_invalid() -> None:
    headers = {name: value.replace("dokodemo=", "sig1=", 1) for name, value in sign(KEY, BATCH, CREATED).items()}
    assert ErrorCode.SIGNATURE_INVALID == refusal(replace(BATCH, headers=headers))


@pytest.mark.parametrize("query", ["", "a=1", "?", "a=1?b=2"])
def test_a_question_mark_makes_query_a_component(query: str) -> None:
    asked = replace(BATCH, query=query)
    accepted(signed(asked))
    without = replace(asked, headers=sign(KEY, BATCH, CREATED))
    assert ErrorCode.SIGNATURE_INVALID == refusal(without)
    assert ErrorCode.SIGNATURE_INVALID == refusal(replace(signed(asked), query=None))
    assert ErrorCode.SIGNATURE_INVALID == refusal(replace(signed(asked), query=query + "x"))


def test_without_a_body_no_digest_is_covered() -> None:
    empty = replace(BATCH, body=b"")
    accepted(signed(empty))
    assert ErrorCode.SIGNATURE_INVALID == refusal(by_hand(f"({COVERED}){PARAMETERS}", request=empty))


@pytest.mark.parametrize(
    "digest",
    [
        content_digest(b"another body"),
        content_digest(BATCH.body).replace("sha-256", "sha-512"),
        content_digest(BATCH.body) + ", " + content_digest(BATCH.body).replace("sha-256", "sha-512"),
        content_digest(BATCH.body).replace("=:", "=:\n"),
        "",
        "sha-256=::",
    ],
)
def test_any_other_digest_is_signature_invalid_even_when_signed(digest: str) -> None:
    lines = [f'"content-digest": {digest}', f'"@path": {BATCH.path}', f'"@method": {BATCH.method}']
    members = f'("content-digest" "@path" "@method" "@authority"){PARAMETERS}'
    lines += [f'"@authority": {BATCH.authority}', f'"@signature-params": {members}']
    raw = raw_signature(KEY, "\n".join(lines).encode())
    fields = {"signature-input": f"dokodemo={members}", "signature": f"dokodemo=:{raw}:", "content-digest": digest}
    assert ErrorCode.SIGNATURE_INVALID == refusal(replace(BATCH, headers=fields))


def test_a_value_with_a_line_break_cannot_borrow_another_component() -> None:
    for path in ("/a\nb", "/a\r", "/前橋"):
        with pytest.raises(UnauthenticatedError):
            sign(KEY, replace(BATCH, path=path), CREATED)
        assert ErrorCode.SIGNATURE_INVALID == refusal(replace(signed(BATCH), path=path))


# ------------------------------------------------------------------------------------------------ signature and clock


def test_both_forms_of_an_ecdsa_signature_verify() -> None:
    signature = read_signature(signed(BATCH))
    s = P256_ORDER - int.from_bytes(signature.raw[32:], "big")
    verify(replace(signature, raw=signature.raw[:32] + s.to_bytes(32, "big")), KEY.point)


@pytest.mark.parametrize("raw", [bytes(64), b"\xff" * 64, bytes(32) + b"\x01" * 32, b"\x01" * 32 + bytes(32)])
def test_degenerate_numbers_are_no_signature(raw: bytes) -> None:
    with pytest.raises(UnauthenticatedError) as error:
        verify(replace(read_signature(signed(BATCH)), raw=raw), KEY.point)
    assert ErrorCode.SIGNATURE_INVALID == error.value.code


def test_another_key_does_not_verify() -> None:
    assert ErrorCode.SIGNATURE_INVALID == refusal(signed(BATCH), new_key())


@pytest.mark.parametrize("seconds", [-600, -1, 0, 1, 600])
def test_ten_minutes_to_either_side_are_allowed(seconds: int) -> None:
    accepted(signed(BATCH, created=CREATED + seconds))


@pytest.mark.parametrize("seconds", [-601, 601, -CREATED, -CREATED - 1, 10**14])
def test_a_wrong_clock_is_told_the_server_time(seconds: int) -> None:
    signature = read_signature(signed(BATCH, created=CREATED + seconds))
    tokyo = NOW.astimezone(timezone(timedelta(hours=9))) + timedelta(milliseconds=870)
    with pytest.raises(UnauthenticatedError) as error:
        check_created(signature, tokyo)
    assert (ErrorCode.CLOCK_SKEW, {"server_time": "2026-11-24T00:31:01.870Z"}) == (
        error.value.code,
        error.value.fields,
    )


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://HQ.City.example.jp", "hq.city.example.jp"),
        ("https://hq.city.example.jp:443/prefix", "hq.city.example.jp"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:80/", "localhost"),
        ("https://[::1]:8443/", "[::1]:8443"),
        ("http://h:443", "h:443"),
    ],
)
def test_authority_is_lower_case_without_the_default_port(url: str, authority: str) -> None:
    assert authority == authority_of(url)
