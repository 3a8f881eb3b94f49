"""An outage of the way from the exchange to us: what its list still tells is taken in once, and only once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from intake.ports import InquiryFilter
from intake.store.past import SqlPast
from tests.channels.telephony.test_again import HOUR, LISTS, NOON
from tests.standins.exchanges import KEY, Exchanges
from tests.workers.office import Office, opened
from tests.workers.switchboard import LINES, Switchboard, planned
from workers.again import Again, Count, back_fill_of
from workers.bootstrap import Silence, door_of


async def read_again(office: Office, url: str) -> Count:
    """What `backfill` does, with the exchange's API at `url`."""
    plain = office.instance.accounts["ats"]
    account = replace(plain, options={**plain.options, "api": url, "api_token": KEY})
    door = door_of(office.instance, Silence())
    try:
        return await Again(account, back_fill_of(account), SqlPast(office.instance.store), door).run(
            NOON - HOUR, NOON + HOUR, lambda _: None
        )
    finally:
        await door.close()
        office.processor.process()


async def test_calls_that_never_came_are_read_again_once(tmp_path: Path) -> None:
    """The first call came by itself; its end, and the two after it, are in the list alone."""
    with opened(tmp_path, LINES) as office:
        office.clock.advance((NOON - office.clock.now()) / 1000)
        first = Switchboard(office).rings("c1", user="anna", phone="79161234567")
        office.clock.advance(HOUR / 1000)
        async with Exchanges(dict(LISTS)) as there:
            count = await read_again(office, there.url)
            assert (count.listed, count.here, count.taken) == (3, 1, 2)
            count = await read_again(office, there.url)
            assert (count.listed, count.here, count.taken) == (3, 3, 0)
        calls = office.reader.inquiries(InquiryFilter()).items
        assert {one["external_id"]: one["call"]["status"] for one in calls} == {
            "c1": "answered",
            "c2": "missed",
            "c3": "answered",
        }
        assert office.inquiry(first)["call"]["talk_s"] == 48
        # the missed call was called back a minute later: nothing is left to do but the next step
        missed = next(one["id"] for one in calls if one["external_id"] == "c2")
        assert [one.kind for one in planned(office, missed)] == ["next_step"]
