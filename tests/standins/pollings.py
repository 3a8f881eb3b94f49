"""Stand-ins for VK's Bots Long Poll and MAX's long polling: events are kept until they are confirmed."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from aiohttp import web


class Polled:
    """What both share. `faults` are the next answers to a poll, as (status, tree), before any event is given;
    `asked` are the places that were asked from; `silent` holds a poll for ever."""

    def __init__(self) -> None:
        self.url = ""
        self.faults: deque[tuple[int, Any]] = deque()
        self.asked: list[str] = []
        self.rung = asyncio.Event()
        self.silent = False

    async def __aenter__(self) -> Any:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _poll(self, place: str) -> web.Response | None:
        """What happens to a poll instead of its answer."""
        self.asked.append(place)
        self.rung.set()
        if self.silent:
            await asyncio.sleep(60)
        if self.faults:
            status, tree = self.faults.popleft()
            return (
                web.Response(status=status, text=tree)
                if isinstance(tree, str)
                else web.json_response(tree, status=status)
            )
        return None

    async def _serve(self, request: web.Request) -> web.Response:
        raise NotImplementedError


class VkLongPoll(Polled):
    """A community's long poll: `events` from `first` on, the dialogs nobody answered, the callback servers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = 10
        self.events: list[dict[str, Any]] = []
        self.key = "key1"
        self.unanswered: list[dict[str, Any]] = []
        self.servers: list[dict[str, Any]] = []
        self.refusal: dict[str, Any] | None = None
        self.methods: list[str] = []
        self.sent: dict[str, str] = {}
        """random id -> what was written to a client: once, however often it was sent."""

    def happens(self, *texts: str) -> None:
        """Somebody writes."""
        for text in texts:
            number = self.first + len(self.events)
            message = {
                "id": number,
                "conversation_message_id": number,
                "peer_id": 8080,
                "from_id": 8080,
                "text": text,
            }
            event = {
                "type": "message_new",
                "group_id": 1,
                "event_id": f"e{number}",
                "object": {"message": message},
            }
            self.events.append(event)

    @property
    def last(self) -> int:
        """The place after the last event."""
        return self.first + len(self.events)

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        if request.path != "/poll":
            self.methods.append(method)
            if self.refusal:
                return web.json_response({"error": self.refusal})
            session = {"server": f"{self.url}/poll", "key": self.key, "ts": str(self.last)}
            said = await request.post()
            if method == "messages.send":
                self.sent[str(said["random_id"])] = str(said["message"])
            told: Any = {
                "users.get": [{"id": 8080, "first_name": "Иван", "last_name": "Петров"}],
                "messages.send": 77,
                "groups.getLongPollServer": session,
                "messages.getConversations": {"items": [{"last_message": one} for one in self.unanswered]},
                "groups.getCallbackServers": {"items": self.servers},
            }[method]
            return web.json_response({"response": told})
        ts = request.query["ts"]
        fault = await self._poll(ts)
        if fault is not None:
            return fault
        if request.query["key"] != self.key:
            return web.json_response({"failed": 2})
        given = self.events[max(int(ts) - self.first, 0) :]
        await asyncio.sleep(0 if given else 0.01)
        # the place comes as a number or as a text, as VK pleases
        return web.json_response({"ts": self.last if given else ts, "updates": given})


class MaxPolling(Polled):
    """A bot's updates: what stands before the marker that is asked with is forgotten; and its subscriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[dict[str, Any]] = []
        self.forgotten = 0
        self.subscriptions: list[dict[str, Any]] = []
        self.makes = True

    def happens(self, *texts: str) -> None:
        """Somebody writes."""
        for text in texts:
            body = {"mid": f"mid.{len(self.updates)}", "text": text}
            message = {
                "sender": {"user_id": 8080},
                "recipient": {"chat_id": 9, "chat_type": "dialog"},
                "body": body,
            }
            self.updates.append(
                {"update_type": "message_created", "timestamp": 1790000000000, "message": message}
            )

    async def _serve(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "demo-secret"
        if request.path == "/subscriptions":
            if request.method == "POST":
                self.subscriptions += [await request.json()] if self.makes else []
                return web.json_response(
                    {"success": self.makes, "message": "" if self.makes else "not reached"}
                )
            return web.json_response({"subscriptions": self.subscriptions})
        marker = request.query.get("marker", "")
        fault = await self._poll(marker)
        if fault is not None:
            return fault
        self.forgotten = max(self.forgotten, int(marker or 0))
        given = self.updates[self.forgotten :]
        await asyncio.sleep(0 if given else 0.01)
        return web.json_response({"updates": given, "marker": len(self.updates)})
