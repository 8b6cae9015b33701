"""A browser that shows the dialogs of Home Assistant, and a person who fills them in."""

from http import HTTPStatus
from typing import Any, Self

from aiohttp.test_utils import TestClient

from custom_components.zapi.const import DOMAIN

type Json = dict[str, Any]


def filled_in(fields: list[Json]) -> Json:
    """Return what the frontend puts into a form before a person does."""
    data: Json = {}
    for field in fields:
        suggested = field.get("description", {}).get("suggested_value")
        if suggested is not None:
            data[field["name"]] = suggested
        elif "default" in field:
            data[field["name"]] = field["default"]
        elif field.get("type") == "expandable":
            inner = filled_in(field["schema"])
            if inner or field["required"]:
                data[field["name"]] = inner
        elif field["required"] and "select" in field["selector"]:
            data[field["name"]] = field["selector"]["select"]["options"][0]
    return data


def is_missing(fields: list[Json], data: Json) -> bool:
    """Tell whether the frontend says that a required field is empty."""
    return any(
        is_missing(field["schema"], data.get(field["name"], {}))
        if "schema" in field
        else field["required"] and data.get(field["name"]) in (None, "")
        for field in fields
    )


class Browser:
    """Fills in what a person does, and leaves the rest to the form."""

    def __init__(self, client: TestClient[Any, Any], flows: str = "flow") -> None:
        """Sign in.

        Args:
            client: the connection.
            flows: the kind of dialogs, ``options/flow`` or ``subentries/flow``.
        """
        self._client = client
        self._path = f"/api/config/config_entries/{flows}"

    def at(self, flows: str) -> Self:
        """Return the browser before dialogs of another kind."""
        return type(self)(self._client, flows)

    async def open(self, handler: str | list[str] = DOMAIN, **what: str) -> Json:
        """Open a dialog."""
        return await self._post(self._path, {"handler": handler, **what})

    async def choose(self, menu: Json, step_id: str) -> Json:
        """Choose from a menu."""
        assert step_id in menu["menu_options"]
        return await self._post(
            f"{self._path}/{menu['flow_id']}", {"next_step_id": step_id}
        )

    async def show(self, flow_id: str) -> Json:
        """Return the form that a dialog shows."""
        async with self._client.get(f"{self._path}/{flow_id}") as response:
            assert response.status == HTTPStatus.OK
            return dict(await response.json())

    async def send(self, form: Json, **values: str | bool | list[str]) -> Json:
        """Fill in some fields and press Submit."""
        data = {**filled_in(form["data_schema"]), **values}
        assert not is_missing(form["data_schema"], data)
        return await self._post(f"{self._path}/{form['flow_id']}", data)

    async def _post(self, path: str, data: Json) -> Json:
        async with self._client.post(path, json=data) as response:
            assert response.status == HTTPStatus.OK, await response.text()
            return dict(await response.json())
