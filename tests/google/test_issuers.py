from typing import Any

import pytest

from dokodemo.google.issuers import IssuerKind, profiles_of

GOOGLE = {"kind": "google", "client_ids": ["web", "extension"], "hosted_domain": "city.akagi.example"}
TENANT = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
ENTRA = {"kind": "entra", "client_ids": ["web"], "tenant": TENANT}
DEMO = {
    "kind": "demo",
    "client_ids": ["web"],
    "issuer": "http://127.0.0.1:8000/issuer",
    "authorize_url": "http://127.0.0.1:8000/issuer/authorize",
    "token_url": "http://127.0.0.1:8000/issuer/token",
    "certs_url": "http://127.0.0.1:8000/issuer/certs",
}


def test_google_and_entra_need_little_because_their_addresses_are_known() -> None:
    google, entra, demo = profiles_of([GOOGLE, ENTRA, DEMO])
    assert (google.kind, google.client_id, google.secure) == (IssuerKind.GOOGLE, "web", True)
    assert google.certs_url == "https://www.googleapis.com/oauth2/v1/certs"
    assert entra.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert entra.certs_url == f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"
    assert (demo.name, demo.secure) == ("demo", False)


def test_an_address_may_be_another_one_and_its_http_is_seen() -> None:
    (profile,) = profiles_of([GOOGLE | {"certs_url": "http://127.0.0.1:1/certs"}])
    assert (profile.certs_url, profile.secure) == ("http://127.0.0.1:1/certs", False)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({}, "kind"),
        (GOOGLE | {"kind": "okta"}, "kind"),
        ({"kind": "google", "client_ids": ["web"]}, "hosted_domain"),
        (GOOGLE | {"hosted_domain": ""}, "hosted_domain"),
        (GOOGLE | {"client_ids": []}, "client_ids"),
        (GOOGLE | {"client_ids": [""]}, "client_ids"),
        (GOOGLE | {"client_ids": "web"}, "client_ids"),
        (GOOGLE | {"client_ids": [1]}, "client_ids"),
        ({"kind": "entra", "client_ids": ["web"]}, "tenant"),
        (ENTRA | {"issuer": "https://login.microsoftonline.com/common/v2.0"}, "tenant"),
        (GOOGLE | {"client_secrets": "x"}, "client_secrets"),
        (GOOGLE | {"issuer": 7}, "issuer"),
        (GOOGLE | {"token_url": "file:///etc/passwd"}, "http"),
        (GOOGLE | {"certs_url": "https:///certs"}, "http"),
        ({name: value for name, value in DEMO.items() if name != "certs_url"}, "certs_url"),
    ],
)
def test_a_wrong_table_is_named_in_a_sentence(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        profiles_of([table])


def test_two_issuers_differ_in_name_and_issuer() -> None:
    with pytest.raises(ValueError, match="same issuer"):
        profiles_of([GOOGLE, GOOGLE | {"name": "second"}])
    with pytest.raises(ValueError, match="same name"):
        profiles_of([GOOGLE, ENTRA | {"name": "google"}])
