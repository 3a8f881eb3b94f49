"""F65: every route is walked - without a sign-in, with a forged form, by a GET that would change something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.gate import COOKIE
from tests.dashboard.conftest import Client, Visitor
from tests.dashboard.house import ADMIN_TOKEN, House

OPEN = {"/healthz", "/readyz", "/metrics", "/static/{name}", "/sign-in/{secret}", "/language"}
"""What a stranger may reach: machines' watch, what a sign-in page needs, the sign-in itself."""


def _routes(house: House) -> Iterator[tuple[str, str, str]]:
    for route in house.app().router.routes():
        resource = route.resource
        assert resource is not None
        path = resource.canonical.format(id="x1", name="app.css", secret="s", verb="same")
        yield route.method, resource.canonical, path


async def test_f65_every_route_needs_a_sign_in(client: Client, house: House) -> None:
    """A stranger gets 401 or, for a form without a session, 403 - from every route but the open ones."""
    for method, canonical, path in _routes(house):
        answer = await client.request(method, path, allow_redirects=False)
        if canonical not in OPEN:
            assert answer.status in (401, 403), (method, canonical)
        assert answer.status != 500, (method, canonical)
    assert house.desk.asked == []


async def test_f65_every_change_by_form_needs_the_sessions_mark(client: Client, house: House) -> None:
    """A signed-in administrator's browser, tricked into a form without the mark or from another site: refused."""
    session = house.session("admin", "petrova")
    for method, canonical, path in _routes(house):
        if method == "GET" or canonical.startswith("/api/") or canonical in OPEN:
            continue
        cookie = {"Cookie": f"{COOKIE}={session}"}
        assert (await client.post(path, headers=cookie)).status == 403, canonical
        assert (await client.post(path, headers=cookie, data={"csrf": "0" * 64})).status == 403, canonical
    assert house.desk.asked == []
    assert house.access.who(session) is not None


@pytest.mark.parametrize(
    "forged", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_f65_a_form_of_another_site_is_refused(
    visitor: Callable[..., Visitor], house: House, forged: dict[str, str]
) -> None:
    """Even with the right mark."""
    status, _ = await visitor("admin", "petrova").post("/inquiries/x1/take", forged)
    assert status == 403
    assert house.desk.asked == []


async def test_f65_the_api_takes_no_cookie(client: Client, house: House) -> None:
    """A session opens pages, not the API: no other site's page can make a browser call it."""
    cookie = {"Cookie": f"{COOKIE}={house.session('admin')}"}
    assert (await client.get("/api/v1/balance", headers=cookie)).status == 401


async def test_f65_no_get_changes_anything(
    visitor: Callable[..., Visitor], house: House, ids: dict[str, str]
) -> None:
    """Walking every page changes nothing in the ledger and asks nothing of the use cases."""
    before = house.reader.balance(None)
    someone = visitor("admin", "petrova")
    for method, canonical, path in _routes(house):
        if method == "GET" and not canonical.startswith("/api/"):
            await someone.get(path.replace("x1", ids["letter"]))
    assert house.desk.asked == []
    assert house.reader.balance(None) == before
    assert house.reader.acts("inquiry", ids["letter"]) == []


async def test_f65_looking_at_a_link_does_not_use_it_up(client: Client, house: House) -> None:
    """A messenger's preview fetches it; the person's button opens the session, once, with a strict cookie."""
    link = house.access.sign_in_link("admin", "petrova", house.clock.now())
    for _ in range(3):
        assert (await client.get(f"/sign-in/{link}")).status == 200
    assert (await client.post(f"/sign-in/{link}", headers={"Origin": "https://evil.example"})).status == 403
    answer = await client.post(f"/sign-in/{link}", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert (await client.post(f"/sign-in/{link}")).status == 403


async def test_f65_signing_out_ends_the_session(visitor: Callable[..., Visitor]) -> None:
    """On the server too: the old cookie opens nothing."""
    someone = visitor("head")
    assert (await someone.get("/"))[0] == 200
    assert (await someone.post("/sign-out"))[0] == 303
    assert (await someone.get("/"))[0] == 401


async def test_f65_a_redirect_stays_here(visitor: Callable[..., Visitor], house: House) -> None:
    """The way back that a form names cannot lead to another site."""
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        status, where = await visitor("admin", "petrova").post("/inquiries/x1/take", back=back)
        assert (status, where) == (303, "/?done=take")


async def test_f65_every_answer_forbids_foreign_scripts(
    client: Client, visitor: Callable[..., Visitor]
) -> None:
    """Pages and API alike carry a policy without unsafe-inline; two pages have two nonces."""
    found: set[Any] = set()
    for path in ("/", "/inquiries", "/api/v1/balance", "/nothing"):
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        answer = await client.get(path, headers=headers)
        if path == "/nothing":
            assert answer.status == 404
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        found.add(policy)
    assert len(found) == 3
