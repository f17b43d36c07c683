"""The extension for Chrome's own updater: what version there is, and the package. Open: Chrome sends no credentials."""

from pathlib import Path

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import extension
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.web.auth import guard

blueprint = Blueprint("extension", __name__, url_prefix="/extension")


def _package() -> tuple[extension.Package, str]:
    config = current_app.extensions["dokodemo_config"]
    source: Path | None = current_app.extensions.get("dokodemo_extension_folder")
    return extension.package(config.crx_key_file, config.public_url, source), config.public_url


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
    """The signed package of the current version; older ones are not kept."""
    package, _ = _package()
    if version != package.version:
        raise MissingError(ErrorCode.NOT_FOUND, "this version is not handed out")
    answer = Response(package.data, content_type="application/x-chrome-extension")
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(package.sha256)
    return answer.make_conditional(request)
