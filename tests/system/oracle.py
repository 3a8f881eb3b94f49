"""The oracle: numbered requests, what their sender was told of each, and whether the ledger closes."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.system.instance import Instance


@dataclass
class Oracle:
    """Sends forms of `people` different phones; remembers who was told "ok". A request without an answer is sent
    again with the same number, as a browser's script would."""

    house: Instance
    people: int = 40
    seed: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    """number -> receipt"""
    sent: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def phone(self, person: int) -> str:
        """The phone of a person; each has one of their own."""
        return f"+7916{2_000_000 + self.seed % 1000 * 1000 + person:07d}"

    async def send(self, number: str, person: int, *, patience: int = 200) -> None:
        """Post one request until it is acknowledged."""
        fields = {"request_id": number, "phone": self.phone(person), "name": f"Иван {_SURNAMES[person % 20]}"}
        for _ in range(patience):
            self.sent += 1
            try:
                status, answer = await self.house.post("site", **fields, comment=f"запрос {number}")
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                await asyncio.sleep(0.05)
                continue
            if status == 200:
                self.acknowledged[number] = answer["receipt"]
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{number} was never acknowledged")

    async def stream(self, count: int, per_s: float = 50.0) -> None:
        """Send `count` requests at that pace, each in a task of its own."""
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                person = self._random.randrange(self.people)
                group.create_task(self.send(f"{self.seed}-{number}", person))
                await asyncio.sleep(1 / per_s)

    async def judge(self) -> dict[str, Any]:
        """Nothing lost, nothing doubled, nothing of nobody's, nothing in another's deal."""
        balance = await self.house.settled(len(self.acknowledged))
        inquiries = {one["id"]: one for one in await self.house.everything("/inquiries")}
        deals = await self.house.everything("/deals")
        lost = set(self.acknowledged.values()) - inquiries.keys()
        assert not lost, f"LOST {len(lost)}"
        numbers = [one["external_id"] for one in inquiries.values()]
        assert len(numbers) == len(set(numbers)), "DOUBLE inquiries"
        assert set(numbers) <= set(self.acknowledged), "GHOST"
        owner_of: dict[str, str] = {}
        for one in inquiries.values():
            assert one["state"] in ("created", "attached"), one
            phone, deal = one["sender"]["phones"][0], one["decision"]["deal_id"]
            assert owner_of.setdefault(phone, deal) == deal, "DOUBLE deal for one phone"
        assert len(deals) == len(owner_of), "a deal too many or too few"
        held = [ident for deal in deals for ident in deal["inquiries"]]
        assert sorted(held) == sorted(inquiries), "an inquiry in no deal or in two"
        assert balance["difference"] == 0
        cards = await self.house.everything("/cards")
        assert len(cards) == len(deals), "a card a deal"
        return balance


_SURNAMES = (
    *(
        "Петров",
        "Сидоров",
        "Кузнецов",
        "Орлов",
        "Волков",
        "Зайцев",
        "Соколов",
        "Лебедев",
        "Козлов",
        "Новиков",
    ),
    *(
        "Морозов",
        "Павлов",
        "Семёнов",
        "Голубев",
        "Виноградов",
        "Богданов",
        "Воробьёв",
        "Фёдоров",
        "Беляев",
        "Тарасов",
    ),
)
