"""Stand-ins for the call lists of Mango Office, Zadarma, UIS and MegaFon, as each documents its API: keys and
signatures are checked, lists come in pages or after a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

KEY, SALT = "demo-key", "demo-secret"


@dataclass
class Exchanges:
    """`async with Exchanges() as there`: all of them on `there.url`. `calls` are what they list, by kind, in each
    one's own words; `busy` is how many of the next requests are answered 429; `unready` how often Mango's list is
    not made yet."""

    calls: dict[str, list[Any]] = field(default_factory=dict)
    busy: int = 0
    unready: int = 1
    page: int = 1000
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Exchanges:
        app = web.Application(middlewares=[self._calm])
        app.router.add_post("/vpbx/stats/request", self._mango_request)
        app.router.add_post("/vpbx/stats/result", self._mango_result)
        app.router.add_get("/v1/statistics/pbx/", self._zadarma)
        app.router.add_post("/", self._uis)
        app.router.add_post("/sys/crm_api.wcgp", self._megafon)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *fault: object) -> None:
        assert self._runner
        await self._runner.cleanup()

    @web.middleware
    async def _calm(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.busy:
            self.busy -= 1
            return web.Response(status=429, headers={"Retry-After": "30"})
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _mango_said(self, request: web.Request) -> dict[str, Any] | None:
        form = await request.post()
        told = str(form["json"])
        good = hashlib.sha256(f"{KEY}{told}{SALT}".encode()).hexdigest()
        if form["vpbx_api_key"] != KEY or form["sign"] != good:
            return None
        said: dict[str, Any] = json.loads(told)
        return said

    async def _mango_request(self, request: web.Request) -> web.Response:
        said = await self._mango_said(request)
        if said is None:
            return web.Response(status=401)
        assert int(said["date_from"]) <= int(said["date_to"])
        return web.json_response({"key": "made-later"})

    async def _mango_result(self, request: web.Request) -> web.Response:
        said = await self._mango_said(request)
        assert said == {"key": "made-later"}
        if self.unready:
            self.unready -= 1
            return web.Response(status=204)
        lines = [";".join(str(cell) for cell in row) for row in self.calls.get("mango", [])]
        return web.Response(text="\r\n".join(lines), content_type="text/csv")

    async def _zadarma(self, request: web.Request) -> web.Response:
        asked = sorted(request.query.items())
        query = urlencode(asked)
        digest = hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
        signed = hmac.new(SALT.encode(), f"{request.path}{query}{digest}".encode(), "sha1").hexdigest()
        if request.headers.get("Authorization") != f"{KEY}:{base64.b64encode(signed.encode()).decode()}":
            return web.json_response({"status": "error", "message": "Not authorized"}, status=401)
        skip, limit = int(request.query["skip"]), int(request.query["limit"])
        rows = self.calls.get("zadarma", [])[skip : skip + min(limit, self.page)]
        return web.json_response({"status": "success", "version": 2, "stats": rows})

    async def _uis(self, request: web.Request) -> web.Response:
        said = await request.json()
        asked = said["params"]
        if said["method"] != "get.calls_report" or asked["access_token"] != KEY:
            error = {
                "code": -32001,
                "message": "Access token invalid",
                "data": {"mnemonic": "access_token_invalid"},
            }
            return web.json_response({"jsonrpc": "2.0", "id": said["id"], "error": error})
        rows = [
            {name: row.get(name) for name in asked["fields"]}
            for row in self.calls.get("uis", [])[asked["offset"] : asked["offset"] + asked["limit"]]
        ]
        return web.json_response({"jsonrpc": "2.0", "id": said["id"], "result": {"data": rows}})

    async def _megafon(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form["token"] != KEY:
            return web.json_response({"error": "Invalid token"}, status=401)
        assert form["cmd"] == "history"
        lines = [",".join(str(cell) for cell in row) for row in self.calls.get("megafon", [])]
        return web.Response(text="\r\n".join(lines) + "\r\n", content_type="text/csv")
