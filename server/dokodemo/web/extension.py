"""The extension for Chrome's own updater: what version there is, and the package. Open: Chrome sends no credentials."""

import hashlib
from pathlib import Path

import structlog
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import extension, packages
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.web.auth import guard

log = structlog.get_logger()
blueprint = Blueprint("extension", __name__, url_prefix="/extension")


def _package() -> tuple[extension.Package, str]:
    config = current_app.extensions["dokodemo_config"]
    source: Path | None = current_app.extensions.get("dokodemo_extension_folder")
    package = extension.package(config.crx_key_file, config.public_url, source)
    try:
        packages.keep(config.data_dir, package)
    except OSError as error:  # a full disk must not keep an update from a device
        log.warning("package_not_kept", error=type(error).__name__)
    return package, config.public_url


@blueprint.get("/update.xml")
@guard("public")
def update_manifest() -> Response:
    """The version that this installation hands out. Chrome's own question (id, installed version) changes nothing."""
    package, public_url = _package()
    answer = Response(extension.update_manifest(package, public_url), content_type="text/xml; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/<version>.crx")
@guard("public")
def package_of(version: str) -> ResponseReturnValue:
    """The signed package of the current version, or of one of the last that were handed out."""
    package, _ = _package()
    data_dir: Path = current_app.extensions["dokodemo_config"].data_dir
    same = version == package.version
    data = package.data if same else packages.kept(data_dir, package.extension_id, version)
    if data is None:
        raise MissingError(ErrorCode.NOT_FOUND, "this version is not handed out")
    answer = Response(data, content_type="application/x-chrome-extension")
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(package.sha256 if same else hashlib.sha256(data).hexdigest())
    return answer.make_conditional(request)
