"""Somebody with a session in the city of the tests, and what they ask for."""

from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.web.city import City

UNIT = "020300"


class Person:
    """Somebody with a session."""

    def __init__(self, city: City, client: FlaskClient, name: str) -> None:
        self.client = client
        self.headers = {"Cookie": f"dk={city.cookie(name)}", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, *, page: bool = False) -> Any:
        accept = "text/html" if page else "application/json"
        return self.client.get(path, headers=self.headers | {"Accept": accept})

    def put(self, **body: Any) -> Any:
        return self.client.put("/api/v1/whereabouts", json=body, headers=self.headers)


def facts(person: Person, city: City, name: str, unit: str = UNIT) -> dict[str, Any]:
    answer = person.get(f"/api/v1/board?unit={unit}")
    assert answer.status_code == 200, answer.text
    (one,) = [fact for fact in answer.json["facts"] if fact["person_id"] == str(city.ids[name])]
    return dict(one)


def entry(city: City, **members: Any) -> dict[str, Any]:
    made_at = city.installation.clock().isoformat()
    return {"id": str(uuid4()), "status": "in_office", "made_at": made_at} | members
