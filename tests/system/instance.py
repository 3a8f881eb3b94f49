"""A whole instance in processes of its own, with what its users can see of it and do to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.servers.child import free_port
from tests.workers.running import alive, children_of
from workers.embedded import socket_path

TOKEN = "demo-admin"
PATIENCE_S = 60.0
"""A bound for a busy machine, not an expectation."""


class Instance:
    """`lead-intake up` (or single processes) on a data directory."""

    def __init__(self, data: Path, config: str, session: aiohttp.ClientSession) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = session
        self.environ: dict[str, str] = {}
        (data / "lead-intake.toml").write_text(config, encoding="utf-8")
        self._log = data / "test.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._others: list[subprocess.Popen[bytes]] = []

    async def start(self, *options: str) -> None:
        """`lead-intake up`, until it answers."""
        self.process = self._run("up", "--host", "127.0.0.1", "--port", str(self.port), *options)
        await self.ready()

    def _run(self, command: str, *options: str) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "workers.cli", command, "--data", str(self.data), *options]
        environ = {**os.environ, "LEAD_INTAKE_ADMIN_TOKEN": TOKEN, **self.environ}
        with self._log.open("ab") as log:
            return subprocess.Popen(argv, stdout=log, stderr=log, env=environ)

    def run(self, command: str, *options: str) -> subprocess.Popen[bytes]:
        """Another process of the same instance."""
        started = self._run(command, *options)
        self._others.append(started)
        return started

    async def ready(self) -> None:
        """Wait until the web face answers."""

        async def answers() -> bool:
            try:
                async with self.http.get(f"{self.url}/healthz") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        await until(answers, f"{self.url} answers; log: {self.log()[-2000:]}")

    def log(self) -> str:
        """What its processes have told."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def pids(self) -> list[int]:
        """The supervisor's children."""
        return children_of(self.process.pid) if self.process and self.process.poll() is None else []

    def pid(self, name: str) -> int:
        """The newest process of that name (web, work-1, relay, ...), by the supervisor's own telling."""
        started = [
            line
            for line in self.log().splitlines()
            if '"event":"started"' in line and f'"child":"{name}"' in line
        ]
        return int(started[-1].partition('"pid":')[2].split(",")[0].rstrip("}"))

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal the supervisor and wait for its end."""
        assert self.process
        children = self.pids()
        self.process.send_signal(how)
        code = await asyncio.to_thread(self.process.wait, PATIENCE_S)
        await until(lambda: not any(alive(one) for one in children), "every child is gone")
        return code

    async def post(self, account: str, **fields: str) -> tuple[int, Any]:
        """Post a form; the status and the answer's JSON (or text)."""
        async with self.http.post(f"{self.url}/in/{account}", data=fields) as answer:
            text = await answer.text()
            return answer.status, (await answer.json() if answer.content_type == "application/json" else text)

    async def api(self, path: str) -> Any:
        """GET of the API."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.get(f"{self.url}/api/v1{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def act(self, path: str, **body: str) -> tuple[int, Any]:
        """POST of the API."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.post(f"{self.url}/api/v1{path}", headers=headers, json=body) as answer:
            return answer.status, await answer.json()

    async def everything(self, path: str) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            sign = "&" if "?" in path else "?"
            page = await self.api(f"{path}{sign}limit=500{f'&after={after}' if after else ''}")
            items += page["items"]
            if not page["next"]:
                return items
            after = page["next"]

    async def settled(self, received: int) -> dict[str, Any]:
        """Wait until that many were received and nothing waits any more; the balance."""
        balance: dict[str, Any] = {}

        async def quiet() -> bool:
            nonlocal balance
            balance = await self.api("/balance")
            return balance["received"] >= received and balance["waiting"] == 0

        await until(quiet, f"{received} received and nothing waits: {balance}")
        return balance

    def end(self) -> None:
        """Take everything away, whatever happened."""
        started = [*self._others, *([self.process] if self.process else [])]
        children = self.pids()
        for one in started:
            if one.poll() is None:
                one.kill()
            one.wait()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        shutil.rmtree(socket_path(self.data).parent, ignore_errors=True)


async def until(hold: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until it holds (a plain or an async question); fail with `what` when it does not come to hold."""
    end = time.monotonic() + patience_s
    while True:
        answer = hold()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < end, f"never: {what}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def instance(data: Path, config: str) -> AsyncIterator[Instance]:
    """An instance that is not started yet, gone in the end."""
    async with aiohttp.ClientSession() as session:
        one = Instance(data, config, session)
        try:
            yield one
        finally:
            await asyncio.to_thread(one.end)
