"""The demo issuer's doors for programs: discovery, keys, and the exchange of a code."""

import hmac
from urllib.parse import unquote_plus

from flask import Blueprint, Response, jsonify, request

from dokodemo.demo.issuer_facts import here
from dokodemo.demo.issuer_tokens import TOKEN_SECONDS

endpoints = Blueprint("issuer_endpoints", __name__)


@endpoints.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """OpenID Connect Discovery."""
    base_url = here().base_url
    return _public(
        {
            "issuer": base_url,
            "authorization_endpoint": f"{base_url}/authorize",
            "token_endpoint": f"{base_url}/token",
            "jwks_uri": f"{base_url}/jwks",
            "response_types_supported": ["code", "id_token"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": ["authorization_code", "implicit"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "claims_supported": ["sub", "email", "email_verified", "hd", "name"],
        }
    )


@endpoints.get("/certs")
def certs() -> Response:
    """The signing key as Google publishes its own: a certificate for each key id."""
    key = here().key
    return _public({key.kid: key.certificate})


@endpoints.get("/jwks")
def jwks() -> Response:
    """The signing key as a JWKS."""
    return _public({"keys": [here().key.jwk]})


@endpoints.post("/token")
def token() -> tuple[Response, int]:
    """A code and its verifier for an ID token."""
    client_id, secret = _client_credentials()
    client = next((client for client in here().clients if client.client_id == client_id), None)
    if client is None or not hmac.compare_digest((client.secret or "").encode(), secret.encode()):
        return jsonify(error="invalid_client"), 401
    if request.form.get("grant_type") != "authorization_code":
        return jsonify(error="unsupported_grant_type"), 400
    id_token = here().tokens.exchange(
        request.form.get("code", ""),
        client_id=client_id,
        redirect_uri=request.form.get("redirect_uri", ""),
        verifier=request.form.get("code_verifier", ""),
    )
    if id_token is None:
        return jsonify(error="invalid_grant"), 400
    members = {
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": "openid email profile",
    }
    # RFC 6749 demands an access token; there is nothing here that one could open.
    return jsonify(members | {"access_token": "none"}), 200


def _client_credentials() -> tuple[str, str]:
    basic = request.authorization
    if basic is None or basic.type != "basic":
        return request.form.get("client_id", ""), request.form.get("client_secret", "")
    # RFC 6749 §2.3.1: both parts were form-encoded before they were joined.
    return unquote_plus(basic.username or ""), unquote_plus(basic.password or "")


def _public(document: dict[str, object]) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
