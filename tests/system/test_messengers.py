"""A messenger through the whole house: heard by polling, named and answered by the relay, though that is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.standins.pollings import VkLongPoll
from tests.system.instance import instance, until

_CONFIG = """
[[account]]
id = "vk"
kind = "vk"
token = "demo-secret"
group_id = 1
polling = true
api = "{api}"
auto_reply = {{in_hours = "{{name}}, ответим скоро"}}

[[manager]]
id = "petrova"
name = "Анна Петрова"
"""


async def test_f45_a_community_is_heard_and_answered_though_the_relay_is_killed(
    tmp_path: Path,
) -> None:
    """Each message is one inquiry of one deal, the writer gets a name, each answer arrives once."""
    async with VkLongPoll() as there, instance(tmp_path / "var", _CONFIG.format(api=there.url)) as house:
        await house.start()
        await until(lambda: there.asked, "the community is polled")
        there.happens("Сколько стоит?")
        await house.settled(1)

        async def named() -> bool:
            found = await house.everything("/inquiries")
            return [one["sender"]["name"] for one in found] == ["Иван Петров"]

        await until(named, "the name is there")
        await until(lambda: there.sent, "the automatic answer is sent")
        # the name may or may not have been there by then
        (robots,) = there.sent.values()
        assert robots in ("ответим скоро", "Иван Петров, ответим скоро")
        (inquiry,) = await house.everything("/inquiries")
        (card,) = await house.everything("/cards")
        assert card["state"] == "new"

        os.kill(house.pid("relay"), signal.SIGKILL)
        there.happens("Алло?")
        body = {"manager": "petrova", "text": "Сто рублей", "key": "1"}
        for _ in range(2):
            status, _ = await house.act(f"/inquiries/{inquiry['id']}/reply", **body)
            assert status == 200
        await house.settled(2)
        await until(lambda: "Сто рублей" in there.sent.values(), "the answer is sent")

        async def taken() -> bool:
            return [one["state"] for one in await house.everything("/cards")] == ["taken"]

        await until(taken, "the answer keeps the promise")
        assert sorted(there.sent.values()) == sorted(["Сто рублей", robots])
        assert {one["state"] for one in await house.everything("/inquiries")} == {"created", "attached"}
        assert len(await house.everything("/deals")) == 1
        assert (await house.api("/balance"))["difference"] == 0
