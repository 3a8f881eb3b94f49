"""Row F46 through the real journal, parsing and fold: whatever the order of a call's events, the office ends alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from channels.catalogue import channels_by_kind
from intake.inquiry import NewRaw
from tests.channels.contract import samples, setup_of
from tests.channels.telephony.test_order_of_events import CALLS
from tests.workers.office import Office, opened
from tests.workers.switchboard import answered_at, card_of_deal, feed_of, give, planned

KINDS = sorted({name.partition("/")[0] for name in CALLS})
CLIENT = "79161234567"


def settings_of(kind: str) -> str:
    """The kind's account as the file has it."""
    given_ = setup_of(kind).account
    lines = [f"{name} = {json.dumps(value)}" for name, value in given_.options.items()]
    lines += [f'secret = "{given_.secret}"'] if given_.secret else []
    return "\n".join(["", "[[account]]", f'id = "{kind}"', f'kind = "{kind}"', *lines, ""])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("exchanges")
    with opened(folder, "".join(map(settings_of, KINDS))) as one:
        yield one


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count(1)


def events(office: Office, kind: str, names: tuple[str, ...], number: int) -> list[NewRaw]:
    """The events of a call of its own: the captured ones, with another id and another client's number."""
    channel, account = channels_by_kind()[kind], office.instance.accounts[kind]
    assert channel.webhook
    found = {sample.path.stem: sample.call for sample in samples(channel)}
    told: list[NewRaw] = []
    for name in names:
        call = found[name]
        (group,) = {one.group for one in channel.webhook.hear(call, account).events}
        phone = f"7916{5_000_000 + number}"
        body, query = (_other(one, group, number, phone) for one in (call.body, call.query.encode()))
        call = replace(call, body=body, query=query.decode())
        raws = channel.webhook.hear(call, account).raws(call, account)
        # legs and records have ids of their own
        told += [replace(one, external_id=f"{number}:{one.external_id}") for one in raws]
    assert len({one.group for one in told}) == 1
    return told


def _other(body: bytes, group: str, number: int, phone: str) -> bytes:
    # the last signs of an id may be its padding
    for known in {group, quote(group), quote(group, safe="")}:
        digits = str(100_000 + number)
        body = body.replace(known.encode(), f"{digits}{known[len(digits) :]}".encode())
    national = ("0971532839", f"0{970_000_000 + number}")
    return body.replace(CLIENT[1:].encode(), phone[1:].encode()).replace(
        national[0].encode(), national[1].encode()
    )


def ends(office: Office, inquiry_id: str) -> dict[str, Any]:
    """What a call has become, without what is its own: ids, numbers, moments of arrival."""
    inquiry, deal = office.inquiry(inquiry_id), office.deal_of(inquiry_id)
    card = card_of_deal(office, inquiry_id)
    owners = {deal["owner"], card.manager, inquiry["decision"]["owner"]}
    return {
        "call": {
            name: value for name, value in inquiry["call"].items() if name not in ("id", "recording_url")
        },
        "recorded": bool(inquiry["call"]["recording_url"]),
        "phones": len(inquiry["sender"]["phones"]),
        "line": inquiry["recipient"]["line"],
        "state": (inquiry["state"], deal["state"], card.state.value),
        "answered": answered_at(office, inquiry_id) is not None,
        # a missed call's owner is whose turn it is
        # whoever is not told of a manager's extension leaves it to the turn
        "owner": owners if inquiry["call"]["answered_by"] == "101" else len(owners),
        "tasks": sorted((one.kind, one.owner == deal["owner"]) for one in planned(office, inquiry_id)),
        "feed": [(one.direction, one.text, one.actor) for one in feed_of(office, inquiry_id)],
    }


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_f46_any_order_of_events_leaves_the_office_alike(
    name: str, office: Office, numbers: Iterator[int], data: st.DataObject
) -> None:
    """A hang-up before its ring, a record first, everything twice, in batches or one by one."""
    kind, (told, expected) = name.partition("/")[0], CALLS[name]
    places = range(len(told))
    order = data.draw(st.permutations(places)) + data.draw(st.lists(st.sampled_from(places), max_size=3))
    at_once = data.draw(st.integers(1, len(order)))
    straight = {give(office, [one])[0] for one in events(office, kind, told, next(numbers))}
    another = events(office, kind, told, next(numbers))
    batches = [order[at : at + at_once] for at in range(0, len(order), at_once)]
    shuffled = {one for batch in batches for one in give(office, [another[place] for place in batch])}
    assert len(straight) == len(shuffled) == 1
    state = ends(office, straight.pop())
    assert ends(office, shuffled.pop()) == state
    assert (
        state["call"].items() >= {field: one for field, one in expected.items() if "url" not in field}.items()
    )
