"""A small city for tests of settings: one 部 with two 課, a person in one of them, and the acts of the IT office."""

from dataclasses import replace
from datetime import date
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import insert

from dokodemo.actions import Services
from dokodemo.actions.settings import Change, publish
from dokodemo.domain.audit import Actor, Via
from dokodemo.domain.settings import Layer, Revision
from dokodemo.store.rows.people import postings, units
from tests.installation import Installation
from tests.people import add_person


class Settled(Protocol):
    """Whatever has services: an installation of a test, an office on a port."""

    @property
    def services(self) -> Services:
        """Its services."""


IT = Actor("operator", "it", Via.CLI)
LONG_AGO = date(2020, 4, 1)
UNITS = [("01", "総務部", "department", None), ("0101", "情報政策課", "section", "01"),
         ("010101", "情報係", "subsection", "0101"), ("0102", "人事課", "section", "01")]  # fmt: skip


def settle(installation: Installation, unit_code: str = "010101", email: str = "maeda@city.akagi.example") -> UUID:
    """The units and one person with a main post."""
    person_id = add_person(installation, email)

    def work(transaction: Any) -> None:
        transaction.execute(insert(units), [
            {"id": uuid4(), "code": code, "name": name, "level": level, "parent_code": parent, "flags": "",
             "valid_from": LONG_AGO}
            for code, name, level, parent in UNITS
        ])  # fmt: skip
        transaction.execute(insert(postings).values(**posting(person_id, unit_code, LONG_AGO, date(2027, 4, 1))))
        transaction.execute(insert(postings).values(**posting(person_id, "0102", date(2027, 4, 1), None)))

    installation.services.write(work)
    return person_id


def posting(person_id: UUID, unit_code: str, begins: date, ends: date | None) -> dict[str, Any]:
    """A main post."""
    return {
        "id": uuid4(), "person_id": person_id, "unit_code": unit_code, "post": "staff", "title": "主事", "kind": "main",
        "ordered_on": begins, "valid_from": begins, "valid_to": ends, "visible_from": begins,
    }  # fmt: skip


def put(
    installation: Settled, key: str, value: Any, layer: Layer = Layer.ORGANISATION, subject: str = "",
    **members: Any,
) -> Revision:  # fmt: skip
    """Publish one value."""
    change = replace(Change(layer, subject, key, value), **members)
    return publish(installation.services, [change], by=IT, comment="試験")
