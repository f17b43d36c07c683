"""The two doors of a declaration: a device's key speaks for its person, a page for whoever is signed in."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.board import colleagues_enter
from dokodemo.actions.people import subject_of, today, viewer_of
from dokodemo.actions.whereabouts import Declaration, declare
from dokodemo.domain import access
from dokodemo.domain.access import Verb, Viewer
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.domain.fact_documents import document_of_whereabouts
from dokodemo.domain.readings import loaded
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Via
from dokodemo.store import people, readings

Asked = Mapping[str, Any]


def from_device(services: Services, binding_id: UUID, author_id: UUID, asked: Asked) -> dict[str, Any]:
    """What the popup declares; ``made_at`` is corrected by the offset that the device recorded."""
    with services.read() as transaction:
        standing = readings.find(transaction, binding_id)
        viewer = viewer_of(transaction, author_id, today(services))
    offset = loaded(standing.reading).offset if standing else timedelta(0)
    return _declared(services, viewer, author_id, asked, Via.POPUP, offset)


def from_page(services: Services, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """What a page declares; a fresh entry of somebody else is shown first."""
    if viewer.person_id is None:
        raise TypeError("a page's viewer is a person")
    return _declared(services, viewer, viewer.person_id, asked, Via.WEB, timedelta(0))


def _declared(
    services: Services, viewer: Viewer, author_id: UUID, asked: Asked, via: Via, offset: timedelta
) -> dict[str, Any]:
    person_id = asked.get("for_person") or author_id
    with services.read() as transaction:
        if people.find(transaction, person_id) is None:
            raise MissingError(ErrorCode.NOT_FOUND, "no such person")
        subject = subject_of(transaction, person_id, today(services))
        colleagues = colleagues_enter(services, transaction)
    permit = access.permit(viewer, Verb.SET_WHEREABOUTS, subject, colleagues=colleagues)
    declaration = Declaration(
        id=asked["id"], person_id=person_id, author_id=author_id, via=via, status=Status(asked["status"]),
        made_at=asked["made_at"], destination=asked.get("destination"), back_at=asked.get("back_at"),
        note=asked.get("note"), from_at=asked.get("from_at"), until_at=asked.get("until_at"), offset=offset,
        over=asked.get("over"), asks_first=via is Via.WEB, role=permit.role,
    )  # fmt: skip
    return document_of_whereabouts(declare(services, declaration))
