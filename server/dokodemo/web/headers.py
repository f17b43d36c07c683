"""What every answer carries, and whether an unsafe request comes from our own pages.

Values: Content-Security-Policy with a fresh nonce for each page and Trusted Types; nothing is loaded from elsewhere,
nothing inline runs, nobody frames us. Personal data is never cached.
"""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from dokodemo.domain.errors import ErrorCode, ForbiddenError
from dokodemo.web import services

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FEATURES_OFF = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment", "serial",
    "usb", "screen-wake-lock",
)  # fmt: skip
PERMISSIONS = ", ".join(f"{feature}=()" for feature in FEATURES_OFF)

FIXED = (
    ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
)  # fmt: skip
VENDOR = "/static/vendor/"
SECURE = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def nonce() -> str:
    """The nonce of this answer's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def origin_of(address: str) -> str:
    """Scheme, host and port as a browser writes an origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def same_site() -> None:
    """Refuse an unsafe request that another site caused: by Sec-Fetch-Site, else by Origin, else not at all ours."""
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        allowed = site == "same-origin"
    else:
        allowed = request.headers.get("Origin") == origin_of(services().city.public_url)
    if not allowed:
        raise ForbiddenError(ErrorCode.CROSS_ORIGIN, "this request did not come from one of our own pages")


def fixed_of(app: Flask) -> tuple[tuple[str, str], ...]:
    """The headers that every answer of this application has."""
    return (*FIXED, *([SECURE] if app.extensions["dokodemo_config"].secure else []))


def install(app: Flask) -> None:
    """Add the headers to every answer of this application."""
    config = app.extensions["dokodemo_config"]
    fixed = fixed_of(app)
    live = f" {origin_of(config.live_url).replace('http', 'ws', 1)}" if config.live_url else ""

    @app.after_request
    def add(answer: Response) -> Response:
        headers = answer.headers
        present = {name.lower() for name, _ in headers}
        for name, value in fixed:
            if name.lower() not in present:
                headers.add(name, value)
        if answer.mimetype == "text/html":
            headers["Content-Security-Policy"] = policy(live)
        if request.endpoint == "static":
            named = request.args.get("v") or request.path.startswith(VENDOR)  # a folder there names its version
            headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        else:
            headers.setdefault("Cache-Control", "no-store")
        return answer


def policy(live: str = "") -> str:
    """The Content-Security-Policy of one page."""
    return "; ".join((
        "default-src 'none'", f"script-src 'nonce-{nonce()}' 'strict-dynamic'", "style-src 'self'",
        "img-src 'self' data:", f"connect-src 'self'{live}", "font-src 'self'", "manifest-src 'self'",
        f"form-action 'self'{_issuers()}", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ))  # fmt: skip


def _issuers() -> str:
    """Where a form's answer may lead on to: signing in begins with a form and goes on at the issuer."""
    profiles = getattr(services().google, "profiles", ())
    return "".join(sorted({f" {origin_of(profile.authorize_url)}" for profile in profiles}))


def of_static(path: str) -> str:
    """Address of a static file; its version makes it cacheable for good."""
    return f"{current_app.static_url_path}/{path}"
