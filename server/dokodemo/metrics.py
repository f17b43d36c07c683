"""Prometheus metrics of one serving process, by route and never by person."""

import hmac
import time
from pathlib import Path

from flask import Flask, Request, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from dokodemo.config import Config

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


def install(app: Flask, config: Config) -> None:
    """Count and time every request of this application."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    requests = Counter(
        "dokodemo_http_requests", "Requests by route, method and status", ["route", "method", "status"], registry=registry
    )
    seconds = Histogram(
        "dokodemo_http_request_seconds", "Time to answer by route", ["route"], buckets=BUCKETS, registry=registry
    )

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "(none)"
        observe(route, request.method, response.status_code, g.get("began"))
        return response

    def observe(route: str, method: str, status: int, began: float | None) -> None:
        requests.labels(route, method, str(status)).inc()
        if began is not None:
            seconds.labels(route).observe(time.perf_counter() - began)

    app.extensions["dokodemo_observe"] = observe

    app.extensions["dokodemo_metrics"] = lambda: (generate_latest(registry), CONTENT_TYPE_LATEST)
    app.extensions["dokodemo_metrics_allowed"] = lambda asked: _allowed(asked, config)


def _allowed(asked: Request, config: Config) -> bool:
    if config.metrics_token_file is not None:
        token = Path(config.metrics_token_file).read_text(encoding="utf-8").strip()
        return hmac.compare_digest(asked.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    return config.trusted_proxies == 0 and (asked.remote_addr or "").startswith("127.")
