"""The pages: the same numbers everywhere, foreign text inert, forms that do what they say."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import lxml.html
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree

from dashboard.gate import COOKIE
from intake.decision import Decision
from intake.inquiry import Attachment, Attribution, Kind, Sender, State
from intake.ports import ROLES
from tests.dashboard.browser import drawn_by_chromium
from tests.dashboard.conftest import Client, Visitor
from tests.dashboard.house import ADMIN_TOKEN, COMPANY, House

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Sign = Callable[..., Visitor]
HOSTILE = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror="window.hit=1">',
    "'><svg/onload=window.hit=1>",
    "{{ 7*7 }}{% for x in y %}",
    "</title></pre></textarea><iframe src=javascript:window.hit=1>",
    "javascript:window.hit=1",
)


async def test_the_same_number_on_every_page(visitor: Sign, client: Client, ids: dict[str, str]) -> None:
    """Each state's number on the first page is the length of its list, and what the API and the metrics say."""
    someone = visitor("admin", "petrova")
    _, page = await someone.get("/")
    numbers = {name: int(value) for name, value in re.findall(r'data-number="(\w+)">(-?\d+)<', page)}
    told = await (
        await client.get("/api/v1/balance", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
    ).json()
    assert numbers == {name: value for name, value in told.items() if name != "sources"}
    for state in ("waiting", "offered", "attached", "created", "rejected", "ignored", "buried"):
        _, listed = await someone.get(f"/inquiries?state={state}")
        assert listed.count('class="row"') == numbers[state], state
    _, buried = await someone.get("/buried")
    assert buried.count('name="id"') == numbers["buried"]
    metrics = await (await client.get("/metrics")).text()
    assert f'lead_intake_inquiries{{state="buried"}} {numbers["buried"]}.0' in metrics


@pytest.mark.parametrize("role", ROLES)
async def test_f64_every_page_answers_every_role(visitor: Sign, ids: dict[str, str], role: str) -> None:
    """With the page or with a refusal in words, never with a fault; contacts only for those who may see them."""
    someone = visitor(role, "sidorov" if role == "manager" else "")
    paths = [
        "/",
        "/overview",
        "/inquiries",
        "/buried",
        "/cards",
        "/cards/live",
        "/digest",
        "/digest?day=2026-09-21",
        f"/inquiries/{ids['letter']}",
    ]
    for path in [*paths, f"/cards/{ids['letter']}k", "/inquiries/nobody", "/inquiries?after=zzz&q=%25"]:
        status, text = await someone.get(path)
        assert status in (200, 303, 403, 404), (path, status)
        if "/cards" not in path:
            assert "4951234567" not in text, path
            assert "orlov@" not in text, path
    if role == "manager":
        assert (await someone.get(f"/inquiries/{ids['letter']}"))[0] == 404
        assert (await someone.get(f"/cards/{ids['letter']}k"))[0] == 404
    if role == "observer":
        assert (await someone.post(f"/inquiries/{ids['letter']}/reveal"))[0] == 403


async def test_a_reveal_shows_contacts_and_is_noted(visitor: Sign, house: House, ids: dict[str, str]) -> None:
    """Contacts and the original appear after a press that stands on record with who pressed."""
    someone, path = visitor("head", "petrova"), f"/inquiries/{ids['letter']}"
    assert "+74951234567" not in (await someone.get(path))[1]
    status, text = await someone.post(f"{path}/reveal")
    assert status == 200
    assert "+74951234567" in text
    assert "orlov@zavod.example" in text
    assert "Subject: Счёт на насосы" in text
    [act] = house.reader.acts("inquiry", ids["letter"])
    assert (act.who, act.verb) == ("petrova", "reveal")


async def test_headers_that_prove_are_not_shown(visitor: Sign, house: House) -> None:
    """The original's head is shown without keys, tokens and signatures."""
    head = {"method": "POST", "headers": [["x-lead-intake-key", "demo-secret"], ["user-agent", "curl"]]}
    one = house.inquiry("site", Kind.FORM, Sender("Иван"), "раз", head=head)
    house.deal(one, "petrova")
    _, text = await visitor("admin").post(f"/inquiries/{one.id}/reveal")
    assert "user-agent: curl" in text
    assert "demo-secret" not in text


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_f62_foreign_text_is_inert_in_every_sink(visitor: Sign, house: House, hostile: str) -> None:
    """Name, subject, text, file name, utm, page, referrer, fields, reason: shown as typed, on every page."""
    one = house.inquiry(
        "site",
        Kind.FORM,
        Sender(hostile, ("+79161234567",), company=hostile, handles={hostile: hostile}),
        hostile,
        subject=hostile,
        attachments=(Attachment(hostile, "image/svg+xml", 10),),
        attribution=Attribution({"utm_source": hostile}, hostile, hostile, hostile),
        fields={hostile: hostile},
        body=hostile,
        head={"method": "POST", "headers": [["referer", hostile]], hostile: hostile},
    )
    deal = house.deal(one, "petrova")
    bad = house.inquiry("site", Kind.FORM, Sender(hostile), hostile)
    house.decide(bad, Decision(bad.id, State.BURIED, hostile))
    house.tell("ats", "error", hostile)
    someone = visitor("admin", "petrova")
    pages = [
        "/",
        "/inquiries",
        "/inquiries?q=" + html.escape(hostile),
        f"/inquiries/{one.id}",
        "/buried",
        "/cards",
    ]
    texts = [(await someone.get(path))[1] for path in [*pages, f"/cards/{one.id}k"]]
    texts.append((await someone.post(f"/inquiries/{one.id}/reveal"))[1])
    assert deal
    for text in texts:
        assert _alive(text) == []


def _alive(page: str) -> list[str]:
    """What a browser would run or fetch of a page, beyond our own script and icon."""
    found: list[str] = []
    for element in lxml.html.document_fromstring(page).iter(etree.Element):
        found += [name for name in element.attrib if name.startswith("on") or name in ("style", "srcdoc")]
        links = (element.get(name, "") for name in ("href", "src", "action", "formaction", "data"))
        found += [link for link in links if link and not link.startswith(("/", "#"))]
        if element.tag in ("iframe", "object", "embed", "svg", "base") or element.get("http-equiv"):
            found.append(str(element.tag))
        if element.tag == "script" and (not element.get("nonce") or element.text):
            found.append("script")
    return found


@pytest.mark.servers
async def test_f62_nothing_runs_in_a_browser(house: House) -> None:
    """A real browser draws a page full of hostile text; none of it gets to run."""
    text = "".join(HOSTILE).replace("window.hit=1", "document.title='HIT'")
    one = house.inquiry("site", Kind.FORM, Sender(text[:200]), text, subject=text)
    house.deal(one, "petrova")
    cookie = f"{COOKIE}={house.session('admin', 'petrova')}"

    @web.middleware
    async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request.clone(headers={**request.headers, "Cookie": cookie}))

    app = house.app()
    app.middlewares.append(signed_in)
    async with TestServer(app) as server:
        for path in ("/", f"/inquiries/{one.id}", "/cards"):
            drawn = await asyncio.to_thread(drawn_by_chromium, str(server.make_url(path)))
            assert "<title>" in drawn
            assert "document.title" in drawn, "the hostile text is there, as text"
            assert "HIT</title>" not in drawn


async def test_buried_groups_touch_exactly_what_was_shown(
    visitor: Sign, house: House, ids: dict[str, str]
) -> None:
    """An inquiry buried after the page was drawn stays untouched; dropping asks once more."""
    someone = visitor("duty")
    _, page = await someone.get("/buried")
    shown = re.findall(r'name="id" value="(\w+)"', page)
    late = house.inquiry("site", Kind.FORM, Sender(), "")
    house.decide(late, Decision(late.id, State.BURIED, "битая кодировка"))
    status, where = await someone.post("/buried/replay", id=shown)
    assert (status, where) == (303, "/buried?done=replay&count=3&failed=0")
    assert [command.ident for command, _ in house.desk.asked] == shown
    assert late.id not in shown
    house.desk.asked.clear()
    status, text = await someone.post("/buried/drop", id=shown[:2])
    assert status == 200
    assert house.desk.asked == []
    assert text.count('name="id"') == 2
    await someone.post("/buried/drop", id=shown[:2], confirm="1")
    assert [command.verb for command, _ in house.desk.asked] == ["drop", "drop"]


async def test_a_cards_button_acts_and_comes_back(visitor: Sign, house: House, ids: dict[str, str]) -> None:
    """The manager's card has the messenger's buttons; a press is the same use case, and leads back."""
    someone = visitor("manager", "petrova")
    _, page = await someone.get("/cards")
    assert "Счёт на насосы" in page
    forms = re.findall(
        r'action="(/cards/[^"]+/press)".*?name="version" value="(\d+)".*?value="(take )"', page, re.S
    )
    action, version, press = forms[0]
    status, where = await someone.post(action, back="/cards", version=version, press=press)
    assert (status, where) == (303, "/cards?done=take")
    command, who = house.desk.asked[-1]
    assert (command.verb, command.what, who.manager) == ("press", "card", "petrova")
    assert command.args == {"act": "take", "version": version}


async def test_empty_lists_say_why(visitor: Sign) -> None:
    """An empty house tells how to send a first request; an empty search tells where it looked."""
    someone = visitor("admin", "petrova")
    assert "curl http://127.0.0.1:8080/in/site" in html.unescape((await someone.get("/"))[1])
    assert "ничего не нашлось" in (await someone.get("/inquiries?q=нет"))[1]
    assert "Отложенных нет" in (await someone.get("/buried"))[1]
    assert "Карточек пока нет" in (await someone.get("/cards"))[1]


async def test_the_language_is_the_readers_choice(client: Client, visitor: Sign, house: House) -> None:
    """Russian by the company's setting, English after the switch; only a page of ours may switch."""
    someone = visitor("admin")
    assert "Обращения" in (await someone.get("/inquiries"))[1]
    answer = await client.post(
        "/language", data={"language": "en", "back": "/inquiries"}, allow_redirects=False
    )
    assert answer.status == 303
    assert "lead_intake_language=en" in answer.headers["Set-Cookie"]
    assert (await client.post("/language", data={"language": "xx"})).status == 400
    del house


async def test_times_are_the_companys_with_utc_beside(visitor: Sign, ids: dict[str, str]) -> None:
    """Moscow on the page, UTC on hover, the instant for machines."""
    _, page = await visitor("admin").get("/")
    assert re.search(r'<time datetime="2026-\d\d-\d\dT[\d:.]+Z" title="2026-\d\d-\d\d [\d:]+ UTC">', page)
    assert replace(COMPANY).timezone == "Europe/Moscow"
