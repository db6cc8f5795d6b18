"""A double of Example's API, as its documentation describes it, over real HTTP."""

from __future__ import annotations

from typing import Any

from supasaasy.testing import API_KEY, Provider, Request, Response


class ExampleDouble(Provider):
    """Its objects can be added, changed and deleted by whoever tests with it."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, list[dict[str, Any]]] = {"thing": [thing(number) for number in range(1, 151)]}

    def respond(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {API_KEY}":  # TODO: how a request carries the key
            return Response.json(401, {"error": {"code": "unauthorized", "message": "This key is not valid."}})
        if request.path == "/v1/things":  # TODO: every endpoint that the declaration names
            return self._list(self.objects["thing"], request)
        return Response.json(404, {"error": {"code": "not_found", "message": f"There is no {request.path}."}})

    def _list(self, objects: list[dict[str, Any]], request: Request) -> Response:
        """A page. The cursor is the place in the list."""  # TODO: how pages follow one another
        start, limit = int(request.query.get("cursor", 0)), int(request.query.get("limit", 20))
        end = start + limit
        following = str(end) if end < len(objects) else None
        return Response.json(200, {"data": objects[start:end], "next_cursor": following})


def thing(number: int) -> dict[str, Any]:
    """An object with every field that the provider documents."""  # TODO
    return {
        "id": f"thing_{number}",
        "name": f"Thing {number}",
        "owner": {"id": "user_1"},
        "created_at": "2024-01-01T00:00:00Z",
    }
