import threading
from collections.abc import Iterator

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from dokodemo.demo.issuer import IssuerClient, create_issuer, searching
from dokodemo.google.id_tokens import Verifier
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from tests.demo.issuer_city import CROWD, DOMAIN, EXTENSION_REDIRECT, KATO, SATO, Browser, City, product


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    key_path = tmp_path_factory.mktemp("demo") / "issuer.pem"
    server = make_server("127.0.0.1", 0, product, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    base = f"{origin}/issuer"
    clients = [
        IssuerClient("web", (f"{origin}/sign-in/callback",), "web secret"),
        IssuerClient("extension", (EXTENSION_REDIRECT,)),
    ]
    app = create_issuer(people=searching([SATO, KATO, *CROWD]), base_url=base, clients=clients, key_path=key_path)
    server.app = DispatcherMiddleware(product, {"/issuer": app})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    profile = IssuerProfile(
        kind=IssuerKind.DEMO,
        name="demo",
        issuer=base,
        client_ids=("web", "extension"),
        client_secret="web secret",
        authorize_url=f"{base}/authorize",
        token_url=f"{base}/token",
        certs_url=f"{base}/certs",
        hosted_domain=DOMAIN,
    )
    yield City(origin, key_path, Verifier([profile]), clients)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def browser() -> Browser:
    return Browser()
