"""Houses for the tests: an empty one and a furnished one, on SQLite, and both databases for the store's reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dashboard.gate import COOKIE, csrf_token
from tests.dashboard.house import House, build, furnish

Client = TestClient[object, object]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty house on SQLite."""
    built = build(f"sqlite:///{tmp_path}/ledger.db")
    yield built
    built.store.close()


@pytest.fixture
def ids(house: House) -> dict[str, str]:
    """The same house, furnished; ids by name."""
    return furnish(house)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """An empty house on each of the two databases."""
    if request.param == "sqlite":
        built = build(f"sqlite:///{tmp_path}/ledger.db")
    else:
        built = build(request.getfixturevalue("postgres_url"))
    yield built
    built.store.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """A visitor of the house."""
    async with TestClient(TestServer(house.app())) as visitor:
        yield visitor


class Visitor:
    """A browser with an open session."""

    def __init__(self, client: Client, session: str) -> None:
        self._client = client
        self._session = session
        self.csrf = csrf_token(session)

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        answer = await self._client.get(path, headers=self._headers(), allow_redirects=False)
        return answer.status, await answer.text()

    async def post(
        self, path: str, _headers: dict[str, str] | None = None, **form: str | list[str]
    ) -> tuple[int, str]:
        """Status and text after a form, with the session's mark unless it is given."""
        fields = {"csrf": self.csrf, **form}
        pairs = [
            (name, one)
            for name, value in fields.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        answer = await self._client.post(
            path, data=pairs, headers={**self._headers(), **(_headers or {})}, allow_redirects=False
        )
        return answer.status, answer.headers.get(
            "Location", ""
        ) if answer.status == 303 else await answer.text()

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self._session}"}


@pytest.fixture
def visitor(client: Client, house: House) -> Callable[..., Visitor]:
    """Signs somebody in: `visitor("admin", "petrova")`."""
    return lambda role, manager="": Visitor(client, house.session(role, manager))


@pytest.fixture
def api(client: Client, house: House) -> Callable[..., object]:
    """Asks the API: `await api("admin", "/balance")` gives status and JSON."""

    async def ask(role: str, path: str, body: object = None, *, manager: str = "") -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {house.token(role, manager)}"}
        if body is None:
            answer = await client.get(f"/api/v1{path}", headers=headers)
        else:
            answer = await client.post(f"/api/v1{path}", json=body, headers=headers)
        return answer.status, await answer.json()

    return ask
