"""A person in the roster, as far as tests of other nouns need one."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import insert

from dokodemo.store.rows.people import people
from tests.installation import Installation


def add_person(installation: Installation, email: str = "maeda@city.akagi.example", **columns: object) -> UUID:
    """One row of the roster."""
    person_id = uuid4()
    row = {
        "id": person_id, "staff_number": f"{person_id.int % 10_000_000:07d}", "name": "前田 聡", "kana": "マエダ サトシ",
        "email": email, "extension": "2301", "employment": "regular", "valid_from": date(2020, 4, 1),
    }  # fmt: skip
    installation.services.write(lambda transaction: transaction.execute(insert(people).values(row | columns)))
    return person_id
